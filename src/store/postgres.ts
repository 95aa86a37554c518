import type { ConnectionOptions } from 'node:tls'
import { RealmError } from '../errors/index.ts'
import {
  type Clock,
  type Log,
  type Random,
  type Store,
  silentLog,
  systemClock,
  systemRandom,
} from '../ports/index.ts'
import { ledgerOf } from './ledger/books.ts'
import { checkKey, checkScan, checkTransaction } from './limits.ts'
import { bookStatements } from './postgres/book-statements.ts'
import { askBooks } from './postgres/books.ts'
import { Commits } from './postgres/commits.ts'
import { Doubts } from './postgres/doubts.ts'
import { storeError } from './postgres/errors.ts'
import { Line } from './postgres/line.ts'
import { Reads } from './postgres/reads.ts'
import { checkSchemaName, prepareSchema } from './postgres/schema.ts'
import { openSession, type SessionSettings } from './postgres/session.ts'
import { recordStatements } from './postgres/statements.ts'

export interface PostgresStoreOptions {
  /**
   * `postgres://user:password@host:port/database`; what it leaves out comes from the environment
   * (`PGPASSWORD`, `PGHOST` …). It must lead to the primary, not through a pool of transactions.
   */
  readonly url: string
  /** For connections over TLS; the URL's `sslmode` is the shorter way. */
  readonly tls?: ConnectionOptions
  /** Where the tables are; made where it is missing. Default `realmkit`. */
  readonly schema?: string
  /** By which the server knows these connections. Default `realmkit`. */
  readonly applicationName?: string
  /** How long a call waits for a connection before `STORE_UNAVAILABLE`. Default 10,000. */
  readonly connectionWaitMs?: number
  /** A server that answers nothing for so long is taken for lost. Default 20,000. */
  readonly answerTimeoutMs?: number
  /** Transactions not yet answered; more are refused with `STORE_BUSY`. Default 100,000. */
  readonly pendingTransactionsMax?: number
  /** Bytes of the values of transactions not yet answered, likewise. Default 256 MiB. */
  readonly pendingBytesMax?: number
  /** Reads and scans not yet answered, likewise. Default 100,000. */
  readonly pendingReadsMax?: number
  readonly clock?: Clock
  readonly random?: Random
  readonly log?: Log
}

const connectionWaitMs = 10_000

/**
 * The store of a cluster: a schema in a PostgreSQL database (15 or later) to which many processes
 * write. docs/decisions/012-postgres.md says why what they decide is right.
 * @throws RealmError `STORE_ACCESS`, `STORE_UNFIT`, `STORE_VERSION`, `STORE_CORRUPT` (the schema is
 * left as it is), `STORE_UNAVAILABLE`.
 */
export async function postgresStore(options: PostgresStoreOptions): Promise<Store> {
  const { schema = 'realmkit', clock = systemClock(), random = systemRandom() } = options
  checkSchemaName(schema)
  const settings: SessionSettings = {
    url: options.url,
    tls: options.tls,
    applicationName: options.applicationName ?? 'realmkit',
    connectTimeoutMs: options.connectionWaitMs ?? connectionWaitMs,
    clock,
    log: options.log ?? silentLog,
  }
  const lineOf = (name: string): Line =>
    new Line({
      name,
      open: () => openSession(settings),
      clock,
      random,
      log: settings.log,
      waitMs: options.connectionWaitMs ?? connectionWaitMs,
      answerMs: options.answerTimeoutMs ?? 20_000,
    })
  const commitLine = lineOf('commits')
  const readLine = lineOf('reads')
  try {
    const session = await commitLine.session()
    await prepareSchema((...asked) => commitLine.query(session, ...asked), schema)
    await readLine.session()
  } catch (error) {
    await Promise.all([commitLine.close(), readLine.close()])
    throw storeError(error)
  }
  return storeOf(options, commitLine, readLine, clock, schema)
}

function storeOf(
  options: PostgresStoreOptions,
  commitLine: Line,
  readLine: Line,
  clock: Clock,
  schema: string,
): Store {
  const records = recordStatements(schema)
  const doubts = new Doubts(clock, options.connectionWaitMs ?? connectionWaitMs)
  const commits = new Commits({
    line: commitLine,
    doubts,
    records,
    books: bookStatements(schema),
    pendingTransactionsMax: options.pendingTransactionsMax ?? 100_000,
    pendingBytesMax: options.pendingBytesMax ?? 256 * 1024 * 1024,
  })
  const reads = new Reads({
    line: readLine,
    doubts,
    statements: records,
    pendingReadsMax: options.pendingReadsMax ?? 100_000,
  })
  const books = askBooks((statement, values) => reads.ask(statement, values), schema)
  let closed: Promise<void> | undefined
  const checkOpen = (): void => {
    if (closed) throw new RealmError('STORE_UNAVAILABLE', 'It was closed.')
  }
  const close = async (): Promise<void> => {
    await Promise.all([commits.idle(), reads.idle()])
    await Promise.all([commitLine.close(), readLine.close()])
  }
  return {
    exclusive: false,
    ledger: ledgerOf(async (what, ...args) => {
      checkOpen()
      return books(what, ...args)
    }),
    read: async (key) => {
      checkKey(key)
      checkOpen()
      return reads.read(key)
    },
    scan: async (prefix, { after, limit }) => {
      checkScan(prefix, after, limit)
      checkOpen()
      return reads.scan(prefix, after ?? '', limit)
    },
    transact: (transaction) =>
      new Promise((resolve, reject) => {
        const bytes = checkTransaction(transaction)
        checkOpen()
        commits.add(transaction, bytes, resolve, reject)
      }),
    close: () => {
      closed ??= close()
      return closed
    },
  }
}
