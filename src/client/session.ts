import { RealmError, toRealmError } from '../errors/index.ts'
import { clientMessages, protocolVersion, serverMessages } from '../protocol/index.ts'
import { backoffMs } from './backoff.ts'
import { Heartbeat } from './heartbeat.ts'
import type { ClientTimer } from './host.ts'
import type { Queued } from './login.ts'
import { Outbox } from './outbox.ts'
import { PingRounds } from './ping-rounds.ts'
import {
  closes,
  expected,
  keptBeforePingMax,
  looseWaitingBytesMax,
  malformedInARowMax,
  moveWaitMs,
  pingPeriodMs,
  silentGateMs,
  unacknowledgedMax,
} from './session-limits.ts'
import type {
  Hello,
  Opening,
  ServerMessage,
  SessionParts,
  Status,
  Welcome,
} from './session-parts.ts'
import { Silence } from './silence.ts'
import { openSocket, type Socket } from './socket.ts'
import { type Kept, Uplink } from './uplink.ts'
import { errorFromWire, isFinal, isMalformed, isStaleTicket, silent, tooLate } from './verdict.ts'
import { whenIdle } from './when-idle.ts'

/**
 * One player's session: opens sockets for as long as it takes, says hello, repeats what got lost,
 * counts what came. Nothing that arrives makes it throw: malformed messages cost the socket, and
 * in a row the session.
 */
export class Session {
  readonly heartbeat = new Heartbeat()
  readonly #parts: SessionParts
  readonly #uplink = new Uplink()
  readonly #outbox = new Outbox((bytes) => {
    if (this.#socket?.send(bytes) === true) this.#parts.traffic.sent(bytes.length)
  })
  #status: Status = 'reconnecting'
  #opening: Opening | undefined
  /** What a resume needs; undefined while there is no session. */
  #identity: { readonly session: string; readonly token: string } | undefined
  #socket: Socket | undefined
  /** Counts attempts; whatever belongs to an earlier one is ignored. */
  #generation = 0
  #attempts = 0
  #malformed = 0
  #received = 0
  #receivedTold = 0
  #postedSincePing = 0
  #resuming = false
  #timer: ClientTimer | undefined
  readonly #rounds = new PingRounds()
  readonly #silence: Silence

  constructor(parts: SessionParts) {
    this.#parts = parts
    this.#silence = new Silence({
      clock: parts.host.clock,
      rttMs: () => this.heartbeat.rttMs,
      watched: () => parts.gates.several,
      ask: () => this.#ping(),
      gone: () => this.#lose(silent(), true),
    })
  }

  /** Connects for the first time. @throws RealmError why it did not work; it is not tried again */
  open(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#opening = { resolve, reject }
      this.#connect()
    })
  }

  get status(): Status {
    return this.#status
  }

  /**
   * Sends a numbered message now or as soon as there is a socket; false where too many are kept
   * already.
   */
  send(message: Kept): boolean {
    if (this.#status === 'closed' || !this.#uplink.hasRoom(message.bytes.length)) return false
    this.#uplink.keep(message)
    if (this.#status === 'connected') this.#post(message)
    return true
  }

  /** Sends a message that may get lost; false where it certainly is. */
  sendLoose(bytes: Uint8Array): boolean {
    const socket = this.#socket
    if (this.#status !== 'connected' || socket === undefined) return false
    if (socket.waitingBytes > looseWaitingBytesMax) return false
    this.#outbox.write(bytes)
    return true
  }

  /** Ends the session on purpose. */
  close(): void {
    if (this.#status === 'closed') return
    if (this.#status === 'connected') {
      this.#outbox.write(clientMessages.encode('bye', {}))
      this.#outbox.flush()
    }
    this.#end(new RealmError('REALM_CLOSED'))
  }

  /** What came makes no sense with what we hold: the session is given up for a new one. */
  abandon(error: RealmError): void {
    if (this.#status === 'closed') return
    this.#forget()
    this.#lose(error)
  }

  /** Tries again at once where the session waits for its next attempt. */
  nudge(): void {
    if (this.#status === 'reconnecting' && this.#socket === undefined && !this.#opening) {
      this.#connect()
    }
  }

  // ── connecting ──────────────────────────────────────────────────────────────────────────

  #connect(): void {
    const attempt = ++this.#generation
    const alive = (): boolean => attempt === this.#generation
    const { gates, handshakeTimeoutMs: timeoutMs } = this.#parts
    this.#limit(gates.several ? Math.min(silentGateMs, timeoutMs) : timeoutMs, alive)
    const identity = this.#identity
    this.#resuming = identity !== undefined
    if (identity !== undefined) {
      this.#openSocket(alive, { type: 'resume', ...identity, received: this.#received, attempt })
      return
    }
    const wait = (queued: Queued): Promise<boolean> => this.#queue(queued, alive)
    this.#parts.login.ticket(wait).then(
      (ticket) => alive() && this.#openSocket(alive, { type: 'ticket', ticket }),
      (error: unknown) => alive() && this.#refused(toRealmError(error, 'CONNECT_FAILED')),
    )
  }

  /** Others are before us: the attempt goes on. @returns whether anybody waits any more */
  #queue({ pollMs, ...place }: Queued, alive: () => boolean): Promise<boolean> {
    if (!alive()) return Promise.resolve(false)
    const { host, handshakeTimeoutMs, events } = this.#parts
    events.queued(place)
    // Not all who came together need ask together.
    const pauseMs = pollMs * (0.9 + host.random() * 0.2)
    this.#limit(pauseMs + handshakeTimeoutMs, alive)
    return new Promise((resolve) => host.clock.after(pauseMs, () => resolve(alive())))
  }

  #limit(timeoutMs: number, alive: () => boolean): void {
    this.#timer?.cancel()
    this.#timer = this.#parts.host.clock.after(timeoutMs, () => {
      if (alive()) this.#lose(tooLate(), true)
    })
  }

  #openSocket(alive: () => boolean, login: Hello['login']): void {
    const { host, gates, traffic, events } = this.#parts
    this.#socket = openSocket(host.WebSocket, gates.current.socket, {
      opened: () => {
        if (!alive()) return
        const manifestHash = events.manifestHash()
        const hello = { protocol: protocolVersion, manifestHash, login }
        this.#outbox.clear()
        this.#outbox.write(clientMessages.encode('hello', hello))
        this.#outbox.flush()
      },
      received: (bytes) => {
        if (!alive()) return
        traffic.received(bytes.length)
        this.#rounds.heard()
        this.#silence.heard()
        this.#receive(bytes, alive)
      },
      closed: () => {
        if (alive()) this.#lose(new RealmError('CONNECT_FAILED', 'The connection was lost.'))
      },
    })
  }

  /** The login itself was answered with an error, or could not be reached. */
  #refused(error: RealmError): void {
    if (isFinal(error)) this.#end(error, true)
    else this.#lose(error)
  }

  /**
   * This socket is done with; another attempt follows, unless it was the very first. A gate that is
   * `mute` is left for another at once: it may hold sockets open without serving them.
   */
  #lose(error: RealmError, mute = false): void {
    this.#hangUp()
    if (this.#status === 'closed') return
    const fresh = this.#parts.gates.failed(mute || closes.includes(error.code) || !!this.#opening)
    if (this.#opening !== undefined) {
      if (fresh) this.#connect()
      else this.#end(error)
      return
    }
    if (this.#identity === undefined && !this.#parts.login.repeatable) {
      this.#end(new RealmError('SESSION_LOST'), true)
      return
    }
    this.#setStatus('reconnecting')
    if (!expected.includes(error.code)) this.#parts.events.error(error)
    const { host } = this.#parts
    this.#timer = host.clock.after(backoffMs(this.#attempts++, host.random), () => this.#connect())
  }

  /** The gate asks to go elsewhere: once nothing is awaited from it, or after a while. */
  async #move(url: string): Promise<void> {
    const generation = this.#generation
    const { events, gates, host } = this.#parts
    await whenIdle(host.clock, () => events.waiting(), moveWaitMs)
    if (generation !== this.#generation) return
    this.#hangUp()
    gates.moveTo(url)
    this.#setStatus('reconnecting')
    this.#connect()
  }

  #hangUp(): void {
    this.#generation++
    this.#timer?.cancel()
    this.#silence.stop()
    this.#socket?.close()
    this.#socket = undefined
    this.#outbox.clear()
  }

  #end(error: RealmError, report = false): void {
    this.#hangUp()
    const opening = this.#opening
    this.#opening = undefined
    this.#status = 'closed'
    this.#parts.events.ended(error)
    this.#parts.events.status('closed')
    if (opening !== undefined) opening.reject(error)
    else if (report) this.#parts.events.error(error)
  }

  #setStatus(status: Status): void {
    if (status === this.#status) return
    this.#status = status
    this.#parts.events.status(status)
  }

  // ── receiving ───────────────────────────────────────────────────────────────────────────

  #receive(bytes: Uint8Array, alive: () => boolean): void {
    try {
      if (bytes.length === 0) throw new RealmError('PROTOCOL_GARBAGE', 'The message is empty.')
      serverMessages.decode(bytes, (message) => {
        // An earlier message of the same batch may have ended this socket.
        if (alive()) this.#take(message)
      })
    } catch (thrown) {
      if (!alive()) return
      const error = toRealmError(thrown)
      if (!isMalformed(error) || ++this.#malformed > malformedInARowMax) this.#forget()
      this.#lose(error)
    }
    if (alive() && this.#received - this.#receivedTold >= unacknowledgedMax) this.#ping()
  }

  #take(message: ServerMessage): void {
    if (message.type === 'bye') return void this.#takeBye(message.body)
    if (this.#status !== 'connected') {
      if (message.type !== 'welcome')
        throw new RealmError('PROTOCOL_GARBAGE', 'Expected a welcome.')
      this.#takeWelcome(message.body)
      return
    }
    if (message.type === 'gates') {
      this.#parts.gates.told(message.body.urls)
      if (message.body.move) void this.#move(message.body.urls[0] ?? '')
      return
    }
    if (message.type === 'pong') return void this.#takePong(message.body)
    if (message.type === 'manifest') {
      this.#uplink.outdate(++this.#received)
      // The acknowledgement tells the server that from here on the new numbers are used.
      this.#ping()
      this.#parts.events.manifest(message.body.manifestHash, message.body.manifest)
      return
    }
    this.#deliver(message)
    if (serverMessages.isNumbered(message.type)) this.#received++
  }

  /**
   * What is well-formed but does not fit what we hold leaves us out of step: only a new session
   * mends that.
   */
  #deliver(message: ServerMessage): void {
    try {
      this.#parts.events.message(message)
    } catch (thrown) {
      // World frames are not numbered and start with keyframes again: for them a resume is enough.
      if (message.type !== 'world') this.#forget()
      throw thrown
    }
  }

  #takeWelcome(body: Welcome): void {
    const { events, host } = this.#parts
    const resumed = body.resumed && this.#resuming
    const same = this.#resuming && body.session === this.#identity?.session
    if (body.manifest.length > 0) events.manifest(body.manifestHash, body.manifest)
    else if (body.manifestHash !== events.manifestHash()) {
      throw new RealmError('PROTOCOL_GARBAGE', 'The manifest is missing.')
    }
    if (resumed && !this.#uplink.acknowledge(body.received)) {
      this.#forget()
      throw new RealmError('PROTOCOL_GARBAGE', 'The server counts other messages than were sent.')
    }
    this.#identity = { session: body.session, token: body.resumeToken }
    this.#received = resumed ? this.#received + body.missed : 0
    const kept = resumed ? this.#uplink.pending() : this.#uplink.renew()
    this.#receivedTold = this.#received
    this.#timer?.cancel()
    this.heartbeat.welcome(host.clock.now(), body.wallMs)
    const opening = this.#opening
    this.#opening = undefined
    // Resent messages go first; what listeners of the status send in answer comes after.
    const ping = (received: number): void => this.#ping(received)
    this.#uplink.sendAgain((message) => this.#post(message), ping)
    if (resumed) this.#ping()
    this.#status = 'connected'
    this.#silence.start()
    this.#parts.gates.connected()
    events.welcome(body, resumed ? 'resumed' : same ? 'takenUp' : 'new', kept)
    events.status('connected')
    opening?.resolve()
    this.#pingRegularly()
  }

  #takePong(body: { time: number; wallMs: number; received: number }): void {
    this.heartbeat.pong(this.#parts.host.clock.now(), body.time, body.wallMs)
    if (!this.#uplink.acknowledge(body.received)) {
      this.#forget()
      throw new RealmError('PROTOCOL_GARBAGE', 'The server counts other messages than were sent.')
    }
    this.#attempts = 0
    this.#malformed = 0
  }

  #takeBye(body: { error: string; detail: string }): void {
    const error = errorFromWire(body.error, body.detail)
    const greeted = this.#status === 'connected'
    const mended = this.#resuming || (isStaleTicket(error) && this.#parts.login.repeatable)
    const malformed = greeted && isMalformed(error)
    if (malformed ? ++this.#malformed > malformedInARowMax : !greeted && !error.retry) {
      this.#forget()
    }
    // A refused resume is followed by a login; a refused ticket as well, where another can be had.
    if (greeted ? isFinal(error) : !error.retry && !mended) this.#end(error, true)
    else this.#lose(error)
  }

  /** The next attempt logs in anew, where that is possible. */
  #forget(): void {
    if (this.#parts.login.repeatable || this.#resuming) this.#identity = undefined
  }

  // ── sending ─────────────────────────────────────────────────────────────────────────────

  #pingRegularly(): void {
    this.#timer?.cancel()
    this.#timer = this.#parts.host.clock.after(pingPeriodMs, () => this.#pingRegularly())
    const next = this.#rounds.next(this.heartbeat.settled)
    if (next === 'silent') this.#lose(silent(), true)
    else if (next === 'ping') this.#ping()
  }

  #ping(received = this.#received): void {
    const time = this.#parts.host.clock.now()
    this.#receivedTold = received
    this.#postedSincePing = 0
    this.#outbox.write(clientMessages.encode('ping', { time, received }))
  }

  #post(message: Kept): void {
    message.sent = true
    this.#outbox.write(message.bytes)
    if (++this.#postedSincePing >= keptBeforePingMax) this.#ping()
  }
}
