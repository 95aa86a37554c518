import type { ConnectionOptions } from 'node:tls'
import type { Client, ClientConfig, QueryArrayConfig, QueryArrayResult } from 'pg'
import { RealmError } from '../../errors/index.ts'
import type { Clock, Log, Timer } from '../../ports/index.ts'

/** How to reach the database. */
export interface SessionSettings {
  readonly url: string
  readonly tls?: ConnectionOptions | undefined
  readonly applicationName: string
  /** For all it takes until the connection can be used. */
  readonly connectTimeoutMs: number
  readonly clock: Clock
  readonly log: Log
}

/** A connection that was found fit to decide on. */
export interface Session {
  readonly client: Client
  /** The server's process for this connection, told from all that ever were. */
  readonly backend: Backend
  /** What was asked and is not answered yet, and what ends a wait that is too long. */
  readonly waiting: { questions: number; watchdog: Timer | undefined }
}

export interface Backend {
  readonly processId: string
  readonly startedAt: string
}

export interface Statement {
  /** Prepared once in a session where it has a name. */
  readonly name?: string
  readonly text: string
}

/** Rows of texts as the server sent them. */
export type Answer = QueryArrayResult<(string | null)[]>

/** Sends a statement behind those that were sent before it; they are answered in that order. */
export type Ask = (statement: Statement, values?: readonly unknown[]) => Promise<Answer>

/** Every field as the text that the server sent, so that nothing is parsed in vain. */
const plainText = { getTypeParser: () => (text: string) => text } as NonNullable<
  ClientConfig['types']
>

const oldestServer = 150_000

/**
 * Bounds for a server that waits. A transaction may stand idle for less than a lease lasts: who
 * takes over from a frozen process finds its locks gone. Locks are waited for longer than that.
 */
const statementTimeoutMs = 15_000
const lockTimeoutMs = 10_000
const idleInTransactionMs = 2_000
const keepAliveDelayMs = 5_000
/** Bytes sent and not acknowledged for so long mean that the other machine is gone. */
const unacknowledgedMsMax = 10_000

/**
 * The statements join at most a few thousand keys with a table of any size: one plan, by index, is
 * right for all of them, however old the statistics are.
 */
const settings = `
  SET bytea_output = hex;
  SET client_min_messages = warning;
  SET search_path = pg_catalog;
  SET default_transaction_isolation = 'read committed';
  SET plan_cache_mode = force_generic_plan;
  SET enable_seqscan = off;
  SET enable_bitmapscan = off;
  SET enable_hashjoin = off;
  SET enable_mergejoin = off;
  SET jit = off;
  SET tcp_user_timeout = ${unacknowledgedMsMax}`

const look = `
  SELECT pg_is_in_recovery(), current_setting('transaction_read_only'),
    current_setting('server_version_num'), current_setting('server_encoding'),
    current_setting('synchronous_commit'), current_setting('fsync'),
    pid, backend_start
  FROM pg_stat_activity WHERE pid = pg_backend_pid()`

/**
 * Connects, and leaves again where the server may not decide: a replica, one that takes no writes,
 * one that is too old.
 * @throws RealmError `STORE_UNFIT`, and what the client throws where it cannot connect.
 */
export async function openSession(from: SessionSettings): Promise<Session> {
  // Loaded here, so that only who uses PostgreSQL loads its client.
  const { Client } = await import('pg')
  const client = new Client({
    ...(from.tls === undefined ? {} : { ssl: from.tls }),
    connectionString: from.url,
    application_name: from.applicationName,
    statement_timeout: statementTimeoutMs,
    lock_timeout: lockTimeoutMs,
    idle_in_transaction_session_timeout: idleInTransactionMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: keepAliveDelayMs,
    pipeline: true,
  })
  // Losses are told to those who wait for answers; whoever listens for more does so later.
  client.on('error', () => {})
  const late = from.clock.after(from.connectTimeoutMs, () => drop(client))
  try {
    await client.connect()
    const backend = await prepare(client, from.log)
    return { client, backend, waiting: { questions: 0, watchdog: undefined } }
  } catch (error) {
    drop(client)
    throw error
  } finally {
    late.cancel()
  }
}

async function prepare(client: Client, log: Log): Promise<Backend> {
  const { rows } = await query(client, { text: look })
  const [recovering, readOnly, version, encoding, durability, fsync, processId, startedAt] =
    rows[0] as string[]
  const unfit = (why: string) => new RealmError('STORE_UNFIT', why)
  if (recovering === 't') throw unfit('It is a replica.')
  if (readOnly === 'on') throw unfit('It is set read-only.')
  if (Number(version) < oldestServer) throw unfit('It is older than PostgreSQL 15.')
  if (encoding !== 'UTF8') throw unfit(`Its encoding is ${encoding}, not UTF8.`)
  await client.query(settings)
  if (durability !== 'on' && durability !== 'remote_apply') {
    await client.query('SET synchronous_commit = on')
  }
  if (fsync === 'off') {
    log.warn({}, 'PostgreSQL runs with fsync = off: a crash of its machine may lose what it kept')
  }
  return { processId: processId as string, startedAt: startedAt as string }
}

/**
 * Sends a statement behind those that were sent before it; they are answered in that order.
 *
 * With a callback of ours: in storms of logins, young collections kept twice as much, questions and
 * answers above all, where the client made the promises.
 */
export function query(
  client: Client,
  statement: Statement,
  values: readonly unknown[] = [],
): Promise<Answer> {
  const question: QueryArrayConfig = {
    ...statement,
    values: [...values],
    rowMode: 'array',
    types: plainText,
  }
  return new Promise((resolve, reject) => {
    void client.query<(string | null)[]>(question, (error, answer) => {
      if (error) reject(error)
      else resolve(answer)
    })
  })
}

/** Leaves without a word to the server, whatever is under way. */
export function drop(client: Client): void {
  client.connection.stream.destroy()
}
