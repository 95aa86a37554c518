import type { DatabaseSync } from 'node:sqlite'
import { createBooks } from './sqlite-books-sql.ts'

/** What each format added to the one before; the first made the file. */
const steps: readonly string[] = [
  `CREATE TABLE records (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    version INTEGER NOT NULL,
    value BLOB NOT NULL
  ) STRICT`,
  // Versions began at 1 for each key; from here on one counter gives them to all.
  `CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  INSERT INTO counters SELECT 'revision', ifnull(max(version), 0) FROM records`,
  createBooks,
]

/** Counts the steps. A file of a higher format is refused. */
export const formatVersion = steps.length

/** Brings the tables of a file of `version` (0: none yet) up to date, in a transaction. */
export function updateTables(database: DatabaseSync, version: number): void {
  if (version === formatVersion) return
  for (const step of steps.slice(version)) database.exec(step)
  database.exec(`PRAGMA user_version = ${formatVersion}`)
}
