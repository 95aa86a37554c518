export { type AskBooks, booksAt, ledgerOf } from './ledger/books.ts'
export { type MemoryStoreOptions, memoryStore } from './memory.ts'
export { type SqliteStoreOptions, sqliteStore } from './sqlite.ts'
export { Table } from './table.ts'
