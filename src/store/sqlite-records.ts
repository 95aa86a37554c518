import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { comesBefore, prefixEnd } from './key-order.ts'
import { LedgerBatch } from './ledger/batch.ts'
import { answerBooks } from './ledger/books.ts'
import { applyBatch } from './sqlite-batch.ts'
import { SqliteBooks } from './sqlite-books.ts'
import type { BatchOutcome, PackedBatch, ReadRequest } from './sqlite-messages.ts'

/**
 * Keys whose row and version are remembered; the file is ours alone, so they cannot change behind
 * us.
 */
const rememberedKeysMax = 65_536

/** In SQLite every blob comes after every text. */
const afterAllText = new Uint8Array(1)

interface Row {
  readonly id: number
  version: number
}

/**
 * The records in an open file, and the books that are committed with them. Everything here blocks,
 * and throws what SQLite throws.
 */
export class SqliteRecords {
  readonly #database: DatabaseSync
  readonly #books: SqliteBooks
  readonly #rows = new Map<string, Row>()
  readonly #find: StatementSync
  readonly #insert: StatementSync
  readonly #update: StatementSync
  readonly #delete: StatementSync
  readonly #read: StatementSync
  readonly #scan: StatementSync
  readonly #keepRevision: StatementSync
  /** The highest version given so far, to whichever key; and what of it the file has. */
  #revision: number
  #keptRevision: number

  constructor(database: DatabaseSync) {
    this.#database = database
    this.#books = new SqliteBooks(database)
    const prepare = (sql: string): StatementSync => database.prepare(sql)
    this.#find = prepare('SELECT id, version FROM records WHERE key = ?')
    // An empty blob arrives in SQLite as NULL, which the table does not allow.
    this.#insert = prepare(
      "INSERT INTO records (key, version, value) VALUES (?, ?, ifnull(?, x''))",
    )
    this.#update = prepare("UPDATE records SET version = ?, value = ifnull(?, x'') WHERE id = ?")
    this.#delete = prepare('DELETE FROM records WHERE id = ?')
    this.#read = prepare('SELECT key, version, value FROM records WHERE key = ?')
    this.#scan = prepare(
      `SELECT key, version, value FROM records
       WHERE key >= ?1 AND key < ?2 AND key <> ?3 ORDER BY key LIMIT ?4`,
    )
    this.#keepRevision = prepare("UPDATE counters SET value = ? WHERE name = 'revision'")
    const kept = prepare("SELECT value FROM counters WHERE name = 'revision'").get()
    this.#revision = Number(kept?.['value'])
    this.#keptRevision = this.#revision
  }

  /** Commits a batch as one durable transaction of SQLite. */
  commit(batch: PackedBatch): BatchOutcome {
    this.#database.exec('BEGIN IMMEDIATE')
    const ledger = new LedgerBatch(this.#books)
    const outcome = applyBatch(batch, {
      version: (key) => this.#row(key)?.version ?? 0,
      decide: (transfers, hasWrites) => ledger.decide(transfers, hasWrites),
      set: (key, value) => this.#write(key, value),
      delete: (key) => this.#remove(key),
    })
    this.#books.keep(ledger, batch.wallMs)
    if (this.#revision > this.#keptRevision) this.#keepRevision.run(this.#revision)
    this.#database.exec('COMMIT')
    this.#keptRevision = this.#revision
    return outcome
  }

  /** Undoes what a failed `commit` left, so that the next one begins cleanly. */
  rollback(): void {
    this.#rows.clear()
    this.#books.forget()
    if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
  }

  read(request: ReadRequest): unknown {
    if ('key' in request) return this.#read.get(request.key)
    if ('books' in request) return answerBooks(this.#books, request)
    const { prefix, after = '', limit } = request
    const first = comesBefore(prefix, after) ? after : prefix
    return this.#scan.all(first, prefixEnd(prefix) ?? afterAllText, after, limit)
  }

  #row(key: string): Row | undefined {
    const remembered = this.#rows.get(key)
    if (remembered) return remembered
    const row = this.#find.get(key) as unknown as Row | undefined
    return row && this.#remember(key, row)
  }

  #remember(key: string, row: Row): Row {
    if (this.#rows.size >= rememberedKeysMax) {
      for (const oldest of this.#rows.keys()) {
        this.#rows.delete(oldest)
        break
      }
    }
    this.#rows.set(key, row)
    return row
  }

  #write(key: string, value: Uint8Array): number {
    const row = this.#row(key)
    this.#revision += 1
    const version = this.#revision
    if (row) {
      row.version = version
      this.#update.run(version, value, row.id)
    } else {
      const { lastInsertRowid } = this.#insert.run(key, version, value)
      this.#remember(key, { id: Number(lastInsertRowid), version })
    }
    return version
  }

  #remove(key: string): void {
    const row = this.#row(key)
    if (!row) return
    this.#rows.delete(key)
    this.#delete.run(row.id)
  }
}
