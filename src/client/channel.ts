import { RealmError, toRealmError } from '../errors/index.ts'
import {
  type BlockKind,
  clientMessages,
  type Joined,
  JoinReply,
  type MessageOf,
  type serverMessages,
  type WorldFrameHead,
} from '../protocol/index.ts'
import { decode, type Reader } from '../schema/index.ts'
import { backoffMs } from './backoff.ts'
import { type BlockTypes, encodeInput } from './catalogue.ts'
import { type Emitter, emitter, type Off } from './emitter.ts'
import type { Hub } from './hub.ts'
import { errorFromWire } from './verdict.ts'

/** How long a channel tries to get back into what it had joined. */
const rejoinMs = 30_000
/** Reliable commands that wait for a rejoin. */
const waitingCommandsMax = 256

/** Values of `mode` in a join. */
export const joinMode = { joinOrCreate: 0, create: 1, join: 2 } as const

type ServerMessage = MessageOf<typeof serverMessages.table>

/** What a channel is sent. */
export type ChannelMessage =
  | Extract<ServerMessage, { type: 'stateFull' | 'stateDelta' | 'event' | 'left' }>
  | { readonly type: 'world'; readonly head: WorldFrameHead; readonly parts: Reader }

export type ContentMessage = Exclude<ChannelMessage, { type: 'event' | 'left' }>

/** What is joined: the state of a room or actor, or a world. */
export interface Content {
  /** Whether the first state is still to come. */
  readonly waiting: boolean
  /** Entered, for the first time or again. */
  joined(joined: Joined): void
  /** @throws RealmError for a message that does not fit */
  take(message: ContentMessage): void
  /** The socket was replaced: streams that are not numbered begin anew. */
  restarted(): void
  /** The game was replaced: types may be others. */
  retype(block: BlockTypes): void
  /** The moment of the world that the player is shown, for commands; 0 where nobody asks. */
  seen?(): number
}

/** What to join. */
export interface Ask {
  readonly kind: Exclude<BlockKind, 'service'>
  readonly name: string
  readonly mode: number
  readonly key: string
  readonly options: unknown
}

/** Which of a channel's events one is. */
interface EventMark {
  readonly epoch: number
  readonly number: number
}

function isAfter({ epoch, number }: EventMark, other: EventMark): boolean {
  return epoch === other.epoch ? number > other.number : epoch > other.epoch
}

type Phase = 'joining' | 'waiting' | 'settling' | 'live' | 'left'

/**
 * One room, world or watched actor that this client is in, over all sockets and sessions. Messages
 * that come before the game can have added its listeners are held back for one turn of the event
 * loop.
 */
export class Channel {
  readonly left: Emitter<[code: string]>
  readonly errors: Emitter<[error: RealmError]>
  number: number
  /**
   * The key under which it was entered: the id of the room, the line of the world, the key of the
   * actor.
   */
  key: string
  readonly #hub: Hub
  readonly #ask: Ask
  readonly #content: Content
  readonly #events = new Map<string, Emitter<[payload: unknown]>>()
  /** The last event that was taken in. */
  #seen: EventMark = { epoch: 0, number: 0 }
  #block: BlockTypes
  #phase: Phase = 'joining'
  #opening: { resolve(): void; reject(error: RealmError): void } | undefined
  /** Counts joins; the outcome of an earlier one is ignored. */
  #joins = 0
  #rejoining = false
  #rejoinUntil = 0
  #rejoinAttempts = 0
  #held: ChannelMessage[] = []
  /** Events from before the first state. */
  #early: ChannelMessage[] = []
  #waitingCommands: (() => void)[] = []
  #sequence = 0
  /** The last that a server may have got. */
  #sentSequence = 0
  #errorListeners = 0

  constructor(hub: Hub, ask: Ask, content: (block: BlockTypes, channel: Channel) => Content) {
    this.#hub = hub
    this.#ask = ask
    this.key = ask.key
    this.#block = hub.block(ask.kind, ask.name)
    this.left = emitter((thrown) => hub.fault(thrown))
    this.errors = emitter((thrown) => hub.fault(thrown))
    this.#content = content(this.#block, this)
    this.number = hub.enlist(this)
  }

  /** Enters for the first time; resolves once the state is there. */
  open(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#opening = { resolve, reject }
      this.#enter(this.#ask.mode, this.#ask.key)
    })
  }

  /** Whether commands reach something now. */
  get ready(): boolean {
    return this.#hub.connected && !this.#rejoining && this.#phase !== 'left'
  }

  on(event: string, listener: (payload: never) => void): Off {
    let events = this.#events.get(event)
    if (events === undefined) {
      events = emitter((thrown) => this.#hub.fault(thrown))
      this.#events.set(event, events)
    }
    return events.on(listener as (payload: unknown) => void)
  }

  onError(listener: (error: RealmError) => void): Off {
    this.#errorListeners++
    const off = this.errors.on(listener)
    return () => {
      this.#errorListeners--
      off()
    }
  }

  /**
   * Sends a command. After the channel has ended it does nothing.
   * @returns its sequence number, 0 where it was certainly not sent
   * @throws RealmError `SCHEMA_INVALID` for input that does not fit, `UNKNOWN_COMMAND`
   */
  send(name: string, input: unknown): number {
    const { command, reliable, input: type } = this.#block.command(name)
    const bytes = encodeInput(type, input ?? {})
    if (this.#phase === 'left') return 0
    const sequence = ++this.#sequence
    const seen = this.#content.seen?.() ?? 0
    const post = (): boolean => {
      const body = { channel: this.number, command, sequence, seen, input: bytes }
      if (this.#hub.connected) this.#sentSequence = sequence
      if (!reliable) return this.#hub.sendLoose(clientMessages.encode('commandUnreliable', body))
      const message = clientMessages.encode('command', body)
      return this.#post('command', message)
    }
    if (!this.#rejoining) return post() ? sequence : 0
    if (!reliable || this.#waitingCommands.length >= waitingCommandsMax) return 0
    this.#waitingCommands.push(post)
    return sequence
  }

  /** Sends a message about what is joined that is no command; nobody minds if it gets lost. */
  note(bytes: Uint8Array): void {
    if (this.ready) this.#post('note', bytes)
  }

  leave(): void {
    if (this.#phase === 'left') return
    this.#post('leave', clientMessages.encode('leave', { channel: this.number }))
    this.#close()
  }

  /** The server, or the loss of the session, has ended the channel. */
  end(code: string): void {
    if (this.#phase === 'left') return
    this.#close()
    const opening = this.#opening
    this.#opening = undefined
    if (opening !== undefined) opening.reject(errorFromWire(code, ''))
    else this.left.emit(code)
  }

  // ── sockets and sessions come and go ────────────────────────────────────────────────────

  /** The same session on a new socket. */
  resumed(): void {
    this.#held = this.#held.filter((message) => message.type !== 'world')
    this.#content.restarted()
  }

  /** A new session: what was joined must be joined again. */
  renewed(): void {
    if (this.#phase === 'left') return
    this.resumed()
    this.#rejoinUntil = this.#hub.host.clock.now() + rejoinMs
    this.#rejoinAttempts = 0
    if (this.#phase === 'joining') this.#enter(this.#ask.mode, this.#ask.key)
    else this.#rejoin(joinMode.join, this.key)
    // All that was kept goes out behind it.
    this.#sentSequence = this.#sequence
  }

  /** The game was replaced. */
  retype(): void {
    try {
      this.#block = this.#hub.block(this.#ask.kind, this.#ask.name)
      this.#content.retype(this.#block)
    } catch {
      this.end('BLOCK_GONE')
    }
  }

  // ── messages ────────────────────────────────────────────────────────────────────────────

  /** @throws RealmError for a message that does not fit */
  take(message: ChannelMessage): void {
    if (this.#phase === 'joining' || this.#phase === 'settling') this.#held.push(message)
    else this.#apply(message)
  }

  /** A command was refused, or nothing is joined any more. */
  refused(error: RealmError): void {
    if (error.code === 'UNKNOWN_CHANNEL' && !this.#rejoining) this.end(error.code)
    else if (this.#errorListeners > 0) this.errors.emit(error)
    else this.#hub.report(error)
  }

  #apply(message: ChannelMessage): void {
    if (message.type === 'event' && this.#phase === 'waiting') {
      // Emitted while the server let us in: nobody can listen yet.
      this.#early.push(message)
    } else if (message.type === 'event') {
      const { epoch, number, event } = message.body
      // A server that cannot know what has arrived may tell it again.
      if (!isAfter({ epoch, number }, this.#seen)) return
      const { name, payload } = this.#block.event(event)
      const value = decode(payload, message.body.payload)
      this.#seen = { epoch, number }
      this.#events.get(name)?.emit(value)
    } else if (message.type === 'left') {
      this.#takeLeft(message.body.error)
    } else {
      this.#content.take(message)
      if (this.#phase === 'waiting' && !this.#content.waiting) this.#settle()
    }
  }

  #takeLeft(code: string): void {
    const { retry } = errorFromWire(code, '')
    if (!retry || this.#phase === 'waiting') {
      this.end(code)
      return
    }
    // Whoever held the room or actor went away, the room itself did not.
    this.#hub.dismiss(this.number)
    this.number = this.#hub.enlist(this)
    this.#rejoinUntil = this.#hub.host.clock.now() + rejoinMs
    this.#rejoin(joinMode.join, this.key)
  }

  // ── joining ─────────────────────────────────────────────────────────────────────────────

  #rejoin(mode: number, key: string): void {
    this.#rejoining = true
    this.#enter(mode, key)
  }

  #enter(mode: number, key: string): void {
    const join = ++this.#joins
    const { requests, requestTimeoutMs } = this.#hub
    const request = {
      kind: 'join' as const,
      channel: this.number,
      timeoutMs: requestTimeoutMs,
      encode: (id: number) => this.#encodeJoin(id, mode, key),
    }
    requests.ask(request).then(
      (output) => join === this.#joins && this.#entered(output),
      (thrown: unknown) => join === this.#joins && this.#failed(toRealmError(thrown), mode),
    )
  }

  #encodeJoin(id: number, mode: number, key: string): Uint8Array {
    const { number, descriptor } = this.#block
    const options = encodeInput(this.#block.type(descriptor.options), this.#ask.options ?? {})
    // Who was in already gets what happened meanwhile.
    if (this.#phase !== 'joining' && mode === joinMode.join) {
      const has = { ...this.#seen, sequence: this.#sentSequence }
      const again = { id, block: number, key, channel: this.number, options, ...has }
      return clientMessages.encode('rejoin', again)
    }
    const body = { id, block: number, mode, key, channel: this.number, options }
    return clientMessages.encode('join', body)
  }

  #entered(output: Uint8Array): void {
    if (this.#phase === 'left') return
    try {
      const { epoch, number, ...joined } = decode(JoinReply, output)
      // Events that are held back are among those the server counts as told.
      const holding = this.#held.some(({ type }) => type === 'event')
      if (!holding && isAfter({ epoch, number }, this.#seen)) this.#seen = { epoch, number }
      this.key = joined.key
      this.#rejoining = false
      this.#content.joined(joined)
      for (const post of this.#waitingCommands.splice(0)) post()
      if (this.#phase === 'joining') {
        this.#phase = 'waiting'
        if (!this.#content.waiting) this.#settle()
        this.#drain()
      }
    } catch (thrown) {
      this.#hub.outOfStep(thrown)
    }
  }

  #failed(error: RealmError, mode: number): void {
    if (this.#phase === 'left') return
    if (this.#opening !== undefined) {
      const opening = this.#opening
      this.#opening = undefined
      // The server may still let us in: then it shall let us out again.
      if (error.code === 'DEADLINE') this.leave()
      else this.#close()
      opening.reject(error)
      return
    }
    const { clock, random } = this.#hub.host
    if (error.retry && clock.now() < this.#rejoinUntil) {
      const join = this.#joins
      clock.after(backoffMs(this.#rejoinAttempts++, random), () => {
        if (join === this.#joins && this.#phase !== 'left') this.#rejoin(mode, this.key)
      })
    } else if (mode === joinMode.join && this.#ask.mode === joinMode.joinOrCreate) {
      this.#rejoin(joinMode.joinOrCreate, this.#ask.key)
    } else {
      this.end(error.code)
    }
  }

  /** The state is there: the game gets its handle, and a turn later everything that came since. */
  #settle(): void {
    this.#phase = 'settling'
    this.#held.unshift(...this.#early.splice(0))
    const opening = this.#opening
    this.#opening = undefined
    opening?.resolve()
    this.#hub.host.clock.after(0, () => {
      if (this.#phase !== 'settling') return
      this.#phase = 'live'
      try {
        this.#drain()
      } catch (thrown) {
        this.#hub.outOfStep(thrown)
      }
    })
  }

  /** Applies what was held back, until it must be held back again. */
  #drain(): void {
    while (this.#phase === 'waiting' || this.#phase === 'live') {
      const message = this.#held.shift()
      if (message === undefined) return
      this.#apply(message)
    }
  }

  #close(): void {
    this.#phase = 'left'
    this.#joins++
    this.#held = []
    this.#waitingCommands = []
    this.#hub.dismiss(this.number)
  }

  #post(kind: 'command' | 'leave' | 'note', bytes: Uint8Array): boolean {
    const kept = this.#hub.send({ kind, id: 0, channel: this.number, bytes, sent: false })
    if (!kept) this.#hub.report(new RealmError('UPLINK_FULL'))
    return kept
  }
}
