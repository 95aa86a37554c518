import { mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type ErrorCode, RealmError } from '../errors/index.ts'
import { formatVersion, updateTables } from './sqlite-format.ts'
import type { SqliteFileOptions } from './sqlite-messages.ts'

/** Marks the file as ours ("RLMK"), so that no other program's file is ever taken for one. */
const applicationId = 0x52_4c_4d_4b
const pageBytes = 4096
/** A larger file is not read through at the start; damage shows when the page is read. */
const checkedBytesMax = 64 * 1024 * 1024
/** Pages of the log before they are brought into the file: 16 MiB. */
const checkpointPages = 4096

/**
 * Opens the file for this process alone, and creates it where there is none.
 * @throws RealmError `STORE_LOCKED`, `STORE_CORRUPT`, `STORE_VERSION`, `STORE_UNAVAILABLE`.
 */
export function openFile({ file, fileBytesMax }: SqliteFileOptions): DatabaseSync {
  let database: DatabaseSync | undefined
  try {
    if (file !== ':memory:') mkdirSync(dirname(file), { recursive: true })
    database = new DatabaseSync(file, { timeout: 0 })
    prepare(database, file)
    database.exec(`PRAGMA max_page_count = ${Math.floor(fileBytesMax / pageBytes)}`)
    return database
  } catch (error) {
    database?.close()
    throw storeError(error)
  }
}

/** Looks before it changes anything, so that a file that is not ours stays as it is. */
function prepare(database: DatabaseSync, file: string): void {
  database.exec('PRAGMA locking_mode = EXCLUSIVE')
  const tables = pragma(database, 'SELECT count(*) FROM sqlite_schema')
  const application = pragma(database, 'PRAGMA application_id')
  const version = pragma(database, 'PRAGMA user_version')
  const fresh = tables === 0 && application === 0 && version === 0
  if (!fresh) {
    if (application !== applicationId) {
      throw new RealmError('STORE_CORRUPT', 'It is an SQLite file of another program.')
    }
    if (Number(version) > formatVersion) {
      throw new RealmError('STORE_VERSION', `Its format is ${version}, known is ${formatVersion}.`)
    }
    checkPages(database, file)
  }
  database.exec(`PRAGMA page_size = ${pageBytes}`)
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
  database.exec(`PRAGMA wal_autocheckpoint = ${checkpointPages}`)
  database.exec(`PRAGMA journal_size_limit = ${checkpointPages * pageBytes}`)
  database.exec('BEGIN IMMEDIATE')
  if (fresh) database.exec(`PRAGMA application_id = ${applicationId}`)
  updateTables(database, Number(version))
  database.exec('COMMIT')
}

function pragma(database: DatabaseSync, sql: string): unknown {
  const row = database.prepare(sql).get()
  return row && Object.values(row)[0]
}

function checkPages(database: DatabaseSync, file: string): void {
  if (statSync(file).size > checkedBytesMax) return
  const verdict = pragma(database, 'PRAGMA quick_check(1)')
  if (verdict !== 'ok') throw new RealmError('STORE_CORRUPT', String(verdict))
}

/**
 * Primary result codes of SQLite (https://sqlite.org/rescode.html) that say more than
 * "unavailable".
 */
const errorCodes: Readonly<Record<number, ErrorCode>> = {
  5: 'STORE_LOCKED',
  11: 'STORE_CORRUPT',
  26: 'STORE_CORRUPT',
}

/** The registered error for anything that SQLite or the file system threw. */
export function storeError(thrown: unknown): RealmError {
  if (thrown instanceof RealmError) return thrown
  const { errcode, errstr, code } = thrown as { errcode?: number; errstr?: string; code?: string }
  const known = errcode === undefined ? undefined : errorCodes[errcode & 0xff]
  const why = errstr ?? code ?? 'unknown'
  return new RealmError(known ?? 'STORE_UNAVAILABLE', `Reason: ${why}.`, { cause: thrown })
}
