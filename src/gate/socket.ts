import { type ErrorEntry, errorRegistry, RealmError, toRealmError } from '../errors/index.ts'
import type { Clock, Connection, ConnectionHandlers, Log, Timer } from '../ports/index.ts'
import {
  type CommandHead,
  clientMessages,
  isCommand,
  isNumberedCommand,
  protocolVersion,
  readCommand,
  serverMessages,
} from '../protocol/index.ts'
import {
  type BodyOf,
  type ClientMessage,
  command,
  type DispatchParts,
  dispatch,
  fail,
} from './dispatch.ts'
import type { GateLimits } from './limits.ts'
import type { Opened } from './resume.ts'
import type { Session } from './session.ts'
import type { GateCounters } from './stats.ts'
import { MessageRates, TokenBucket } from './token-bucket.ts'

/** What a socket needs of the gate. */
export interface SocketParts {
  readonly clock: Clock
  readonly log: Log
  readonly limits: GateLimits
  readonly counters: GateCounters
  readonly dispatch: DispatchParts
  /** Finds out who says hello. */
  open(login: BodyOf<'hello'>['login'], address: string): Promise<Opened>
  /** Gives the session its socket and welcomes the client. */
  welcome(opened: Opened, socket: GateSocket, hello: BodyOf<'hello'>): void
  /** The session's socket is gone. */
  lost(session: Session): void
  /** A session was opened for a client that had gone meanwhile. */
  abandoned(opened: Opened): void
  closed(socket: GateSocket): void
  /** Whether the gate was away for so long that its clients may have gone to others. */
  stoodStill(nowMs: number): boolean
}

/** Close code of a WebSocket ended by an error that names none. */
const closeCodeDefault = 4500
const notices = { perSecond: 1, burst: 2 }
/** The command being read: one after the other, and nobody keeps it. */
const commandHead: CommandHead = {
  channel: 0,
  command: 0,
  sequence: 0,
  seen: 0,
  inputStart: 0,
  inputEnd: 0,
}

/**
 * One client's socket: hello → welcome → messages, each within its limits. Whatever is wrong ends
 * this socket with a `bye` that names the error, and nothing else.
 */
export class GateSocket implements ConnectionHandlers {
  readonly connection: Connection
  readonly #parts: SocketParts
  readonly #helloTimer: Timer
  readonly #rates: MessageRates
  /** Messages that may yet be dropped before it counts as a flood; made when the first one is. */
  #forgiven: TokenBucket | undefined
  #notices: TokenBucket | undefined
  #phase: 'hello' | 'pending' | 'open' | 'closed' = 'hello'
  #session: Session | undefined
  #confirm: (() => void) | undefined

  constructor(connection: Connection, parts: SocketParts) {
    this.connection = connection
    this.#parts = parts
    const { clock, limits } = parts
    this.#rates = new MessageRates(limits, clock.now())
    this.#helloTimer = clock.after(limits.helloTimeoutMs, () => {
      this.end(new RealmError('HELLO_TIMEOUT'))
    })
  }

  /** Undefined before the client was welcomed and after the end. */
  get session(): Session | undefined {
    return this.#session
  }

  message(bytes: Uint8Array, start: number, end: number): void {
    if (this.#phase === 'closed') return
    const { clock, counters, limits } = this.#parts
    const length = end - start
    counters.bytesIn += length
    try {
      if (length > limits.frameBytesMax) throw new RealmError('FRAME_TOO_LARGE')
      if (length === 0) throw new RealmError('PROTOCOL_GARBAGE', 'The message is empty.')
      const now = Math.floor(clock.now())
      // What waited here meanwhile its client may have sent to another gate as well.
      if (this.#parts.stoodStill(now)) throw new RealmError('LEASE_LOST')
      const withinBytes = this.#rates.arrived(length, now)
      let at = start
      while (at < end) {
        at = isCommand(bytes, at)
          ? this.#command(bytes, at, end, withinBytes, now)
          : this.#other(bytes, at, end, withinBytes, now)
      }
    } catch (error) {
      this.end(toRealmError(error))
    }
  }

  text(): void {
    this.end(new RealmError('TEXT_FRAME'))
  }

  closed(_code: number): void {
    this.#detach()
    this.#parts.closed(this)
  }

  /** Says why, then closes. The session, if there is one, waits for its client to come back. */
  end(error: RealmError): void {
    if (this.#phase === 'closed') return
    if (error.code === 'INTERNAL')
      this.#parts.log.error({ error: error.cause ?? error }, 'A socket failed.')
    this.#parts.counters.refused += 1
    endConnection(this.connection, error)
    this.#detach()
  }

  /**
   * A client that was away sends at once what it kept meanwhile: as much as it could have sent in
   * that time.
   */
  allowBacklog(awayMs: number): void {
    const { limits } = this.#parts
    const seconds = Math.min(awayMs, limits.resumeWindowMs) / 1000
    this.#rates.grant(seconds)
  }

  /** The client said goodbye. */
  finish(): void {
    this.#session = undefined
    this.#detach()
    this.connection.close(1000, 'bye')
  }

  /** Cuts a client off that does not read: it would not read a `bye` either. */
  cut(): void {
    this.#detach()
    this.connection.terminate()
  }

  #detach(): void {
    if (this.#phase === 'closed') return
    this.#phase = 'closed'
    this.#helloTimer.cancel()
    const session = this.#session
    this.#session = undefined
    // The session may have gone on in another socket meanwhile.
    if (session?.connection === this.connection) this.#parts.lost(session)
  }

  /** Takes the command that begins at `start`. @returns where it ends */
  #command(bytes: Uint8Array, start: number, limit: number, within: boolean, now: number): number {
    const end = readCommand(bytes, start, limit, commandHead)
    const session = this.#heard(now)
    if (this.#phase === 'closed') return end
    if (session === undefined) throw new RealmError('HELLO_REQUIRED')
    if (isNumberedCommand(bytes, start)) session.received += 1
    if (this.#rates.takeMessage() && within) {
      command(this.#parts.dispatch, session, commandHead, bytes)
    } else this.#drop(session, { id: 0, channel: commandHead.channel }, now)
    return end
  }

  /** Takes any other message. @returns where it ends */
  #other(bytes: Uint8Array, start: number, limit: number, within: boolean, now: number): number {
    return clientMessages.decodeOne(bytes, start, limit, (message) =>
      // Commands are read above.
      this.#take(message as ClientMessage, within, now),
    )
  }

  /** Counts a message. @returns the session, where the client has been welcomed */
  #heard(now: number): Session | undefined {
    const session = this.#session
    if (this.#phase === 'closed') return undefined
    this.#parts.counters.messagesIn += 1
    if (session === undefined) return undefined
    session.heardMs = now
    this.#confirm?.()
    this.#confirm = undefined
    return session
  }

  #take(message: ClientMessage, withinBytes: boolean, now: number): void {
    const session = this.#heard(now)
    if (this.#phase === 'closed') return
    if (session !== undefined) {
      if (clientMessages.isNumbered(message.type)) session.received += 1
      if (this.#rates.takeMessage() && withinBytes) {
        dispatch(this.#parts.dispatch, session, message)
        return
      }
      this.#drop(session, addresseeOf(message), now)
      // Leaving costs nothing and must not get lost.
      if (message.type === 'leave') dispatch(this.#parts.dispatch, session, message)
      return
    }
    if (this.#phase === 'pending' || message.type !== 'hello')
      throw new RealmError('HELLO_REQUIRED')
    this.#hello(message.body)
  }

  /**
   * A message over the limit is not acted on, and its sender is told, at first. @throws RealmError
   * `FLOOD`
   */
  #drop(session: Session, to: { id: number; channel: number }, now: number): void {
    const { counters, limits } = this.#parts
    counters.rateLimited += 1
    const { messagesPerSecondMax, floodMessagesMax } = limits
    this.#forgiven ??= new TokenBucket(messagesPerSecondMax, floodMessagesMax, now)
    this.#notices ??= new TokenBucket(notices.perSecond, notices.burst, now)
    if (!this.#forgiven.take(1, now)) throw new RealmError('FLOOD')
    // Whoever waits for an answer gets one; commands are told about once a second.
    if (to.id === 0 && !this.#notices.take(1, now)) return
    fail(this.#parts.dispatch, session, to, new RealmError('RATE_LIMITED'))
  }

  #hello(hello: BodyOf<'hello'>): void {
    if (hello.protocol !== protocolVersion) {
      const detail = `The server speaks version ${protocolVersion}, the client ${hello.protocol}.`
      throw new RealmError('PROTOCOL_VERSION', detail)
    }
    this.#phase = 'pending'
    this.#parts.open(hello.login, this.connection.remoteAddress).then(
      (opened) => this.#opened(opened, hello),
      (error: unknown) => this.end(toRealmError(error)),
    )
  }

  #opened(opened: Opened, hello: BodyOf<'hello'>): void {
    const { session } = opened
    if (this.#phase === 'closed') {
      this.#parts.abandoned(opened)
      return
    }
    this.#phase = 'open'
    this.#helloTimer.cancel()
    this.#session = session
    this.#confirm = opened.confirm
    try {
      this.#parts.welcome(opened, this, hello)
    } catch (error) {
      this.end(toRealmError(error))
    }
  }
}

/** What to answer to, of a message that was dropped. */
function addresseeOf(message: ClientMessage): { id: number; channel: number } {
  const answered =
    message.type === 'call' ||
    message.type === 'callAgain' ||
    message.type === 'join' ||
    message.type === 'rejoin' ||
    message.type === 'listRooms'
  return { id: answered ? message.body.id : 0, channel: 0 }
}

/**
 * Ends a connection with the reason both as a message, which browsers can read, and as a close
 * code.
 */
export function endConnection(connection: Connection, error: RealmError): void {
  connection.send(
    serverMessages.encode('bye', { error: error.code, detail: error.detail.slice(0, 512) }),
  )
  connection.close(closeCodeOf(error), error.code)
}

function closeCodeOf(error: RealmError): number {
  const entry: ErrorEntry = errorRegistry[error.code]
  return entry.close ?? closeCodeDefault
}
