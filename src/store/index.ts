export { type AskBooks, booksAt, ledgerOf } from './ledger/books.ts'
export { type MemoryStoreOptions, memoryStore } from './memory.ts'
export { type PostgresStoreOptions, postgresStore } from './postgres.ts'
export {
  type SharableStore,
  type SqliteStoreOptions,
  sharedSqliteStore,
  sqliteStore,
} from './sqlite.ts'
export { Table } from './table.ts'
