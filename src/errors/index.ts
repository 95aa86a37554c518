export { RealmError, toRealmError } from './realm-error.ts'
export { type ErrorCode, type ErrorEntry, errorRegistry, errorSections } from './registry/index.ts'
