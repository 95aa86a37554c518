import type { Socket } from 'node:net'
import type { Clock, Log, Random } from '../../ports/index.ts'
import { endsConnection, storeError } from './errors.ts'
import { drop, query, type Session, type Statement } from './session.ts'

const firstDelayMs = 50
/** Leases end after 3 s: a server that is back must be found well before. */
const delayMsMax = 500
const goodbyeMs = 1_000
const plainWarning = '01000'

export interface LineOptions {
  /** For the log. */
  readonly name: string
  readonly open: () => Promise<Session>
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  /** How long a caller waits for a connection. */
  readonly waitMs: number
  /** A server that answers nothing for so long is taken for lost. */
  readonly answerMs: number
}

/** A connection that is made again whenever it was lost and is needed. */
export class Line {
  readonly #options: LineOptions
  #live: Session | undefined
  /** What a database says that was fit once is waited out: it may be failing over. */
  #wasLive = false
  #opening: Promise<Session> | undefined

  constructor(options: LineOptions) {
    this.#options = options
  }

  /** Whether `session` still stands. */
  holds(session: Session): boolean {
    return this.#live === session
  }

  /**
   * The connection; where there is none, tries to make one until `waitMs` have passed.
   * @throws RealmError: why the last attempt failed.
   */
  session(): Promise<Session> {
    if (this.#live) return Promise.resolve(this.#live)
    this.#opening ??= this.#open().finally(() => {
      this.#opening = undefined
    })
    return this.#opening
  }

  async #open(): Promise<Session> {
    const { clock, random, open, waitMs } = this.#options
    const end = clock.now() + waitMs
    for (let delayMs = firstDelayMs; ; delayMs = Math.min(2 * delayMs, delayMsMax)) {
      try {
        return this.#adopt(await open())
      } catch (thrown) {
        const error = storeError(thrown)
        const jitterMs = delayMs * (0.5 + random.float())
        const hopeless = !this.#wasLive && error.code !== 'STORE_UNAVAILABLE'
        if (hopeless || clock.now() + jitterMs >= end) throw error
        await new Promise<void>((resolve) => clock.after(jitterMs, resolve))
      }
    }
  }

  #adopt(session: Session): Session {
    const lost = () => this.drop(session)
    session.client.on('error', lost)
    session.client.on('end', lost)
    // Such as: the wait for a replica was cut short, and the transaction may be here alone. It is a
    // warning, but for us the outcome of that COMMIT is unknown.
    session.client.on('notice', ({ code }) => {
      if (code === plainWarning) this.drop(session)
    })
    socketOf(session).unref()
    this.#live = session
    const { log, name } = this.#options
    if (this.#wasLive) log.info({ name }, 'Connected to PostgreSQL again')
    this.#wasLive = true
    return session
  }

  /** Sends a statement. What was sent before it is answered before it. */
  async query(session: Session, statement: Statement, values?: readonly unknown[]) {
    this.#asked(session)
    try {
      return await query(session.client, statement, values)
    } catch (error) {
      if (endsConnection(error)) this.drop(session)
      throw error
    } finally {
      this.#answered(session)
    }
  }

  #asked(session: Session): void {
    session.waiting.questions += 1
    if (session.waiting.questions > 1) return
    socketOf(session).ref()
    this.#watch(session)
  }

  /** Each answer gives the server as much time again; a further question gives it none. */
  #answered(session: Session): void {
    session.waiting.questions -= 1
    session.waiting.watchdog?.cancel()
    if (session.waiting.questions > 0) this.#watch(session)
    // A connection without a question keeps no process from ending.
    else socketOf(session).unref()
  }

  #watch(session: Session): void {
    const { clock, answerMs } = this.#options
    session.waiting.watchdog = clock.after(answerMs, () => this.drop(session))
  }

  /** Gives the connection up: what is unanswered in it ends with an error. */
  drop(session: Session): void {
    drop(session.client)
    if (this.#live !== session) return
    this.#live = undefined
    const { log, name } = this.#options
    log.warn({ name }, 'Lost the connection to PostgreSQL')
  }

  /** Says goodbye, which the server need not hear; nothing may be unanswered. */
  async close(): Promise<void> {
    const session = this.#live ?? (await this.#opening?.catch(() => undefined))
    this.#live = undefined
    if (!session) return
    const ended = session.client.end()
    const late = this.#options.clock.after(goodbyeMs, () => drop(session.client))
    await ended
    late.cancel()
  }
}

/** The client was made without a stream of its own, so that it has a socket. */
function socketOf({ client }: Session): Socket {
  return client.connection.stream as Socket
}
