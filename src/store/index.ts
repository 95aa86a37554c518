export { memoryStore } from './memory.ts'
export { type SqliteStoreOptions, sqliteStore } from './sqlite.ts'
export { Table } from './table.ts'
