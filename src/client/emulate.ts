import type { ClientClock, SocketConstructor, SocketLike } from './host.ts'

/** A network to try a game with. All of it holds for each direction on its own. */
export interface NetworkConditions {
  /** How long a message is under way to the other side, ms. A ping takes twice as long. */
  readonly latencyMs: number
  /** The latency varies by at most this, up and down, ms. Default 0. */
  readonly jitterMs?: number
  /** Share of messages that get lost and must be sent again, 0–1. Default 0. */
  readonly stallRate?: number
  /**
   * How much longer such a message takes, at least and at most, ms; all that follow it wait for it,
   * as they do in TCP. Default 200 and 400.
   */
  readonly stallMs?: readonly [least: number, most: number]
  /** The same seed makes the same network. Default 1. */
  readonly seed?: number
}

/** Puts a network between a socket and its host; made by `emulate`. */
export type NetworkEmulation = (sockets: SocketConstructor, clock: ClientClock) => SocketConstructor

const stallMsDefault = [200, 400] as const

/**
 * A bad network for good connections, to feel while developing what far players feel:
 *
 *     connect(url, { network: emulate({ latencyMs: 75, jitterMs: 25, stallRate: 0.02 }) })
 *
 * Messages are delayed, never lost and never reordered, as over TCP. Logins, which are HTTP
 * requests, are not delayed.
 */
export function emulate(conditions: NetworkConditions): NetworkEmulation {
  const delayMs = delaysOf(conditions)
  return (sockets, clock) => slowed(sockets, clock, delayMs)
}

/** How long each message is to be held back, in ms; those before it may hold it back longer. */
export function delaysOf(conditions: NetworkConditions): () => number {
  const { latencyMs, jitterMs = 0, stallRate = 0, stallMs = stallMsDefault, seed = 1 } = conditions
  const random = randomOf(seed)
  return () => {
    const delayMs = latencyMs + (random() * 2 - 1) * jitterMs
    const stalls = random() < stallRate
    return Math.max(0, delayMs + (stalls ? stallMs[0] + random() * (stallMs[1] - stallMs[0]) : 0))
  }
}

/** Uniform numbers, 0 ≤ x < 1 (mulberry32 by T. Ettinger). */
function randomOf(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

type Handler = ((event: never) => void) | null

function slowed(
  sockets: SocketConstructor,
  clock: ClientClock,
  delayMs: () => number,
): SocketConstructor {
  return class SlowSocket implements SocketLike {
    onopen: Handler = null
    onmessage: Handler = null
    onclose: Handler = null
    onerror: Handler = null
    readonly #socket: SocketLike
    readonly #up = new Line(clock, delayMs)
    readonly #down = new Line(clock, delayMs)

    constructor(url: string) {
      const socket = new sockets(url)
      this.#socket = socket
      // Opening takes a round trip, so it is held back by the way there and the way back.
      socket.onopen = (event) => this.#up.add(() => this.#down.add(() => call(this.onopen, event)))
      socket.onmessage = (event) => this.#down.add(() => call(this.onmessage, event))
      socket.onclose = (event) => this.#down.add(() => call(this.onclose, event))
      socket.onerror = (event) => this.#down.add(() => call(this.onerror, event))
    }

    get binaryType(): string {
      return this.#socket.binaryType
    }

    set binaryType(type: string) {
      this.#socket.binaryType = type
    }

    get bufferedAmount(): number {
      return this.#socket.bufferedAmount
    }

    send(bytes: Uint8Array<ArrayBuffer>): void {
      const copy = bytes.slice()
      this.#up.add(() => {
        try {
          this.#socket.send(copy)
        } catch {
          // Closed meanwhile: what was under way is lost, as it would be on a real line.
        }
      })
    }

    close(code?: number, reason?: string): void {
      this.#up.add(() => this.#socket.close(code, reason))
    }
  }
}

function call(handler: Handler, event: never): void {
  handler?.(event)
}

/** One direction: things arrive late and in order. */
class Line {
  readonly #clock: ClientClock
  readonly #delayMs: () => number
  readonly #waiting: { readonly dueMs: number; readonly arrive: () => void }[] = []
  #lastMs = 0
  #armed = false

  constructor(clock: ClientClock, delayMs: () => number) {
    this.#clock = clock
    this.#delayMs = delayMs
  }

  add(arrive: () => void): void {
    this.#lastMs = Math.max(this.#lastMs, this.#clock.now() + this.#delayMs())
    this.#waiting.push({ dueMs: this.#lastMs, arrive })
    this.#arm()
  }

  /** One timer at a time: hosts round timers, and two of them might overtake each other. */
  #arm(): void {
    const [first] = this.#waiting
    if (first === undefined || this.#armed) return
    this.#armed = true
    this.#clock.after(Math.max(0, first.dueMs - this.#clock.now()), () => {
      this.#armed = false
      // What falls due within this millisecond arrives together.
      const nowMs = this.#clock.now() + 1
      while (this.#waiting[0] !== undefined && this.#waiting[0].dueMs <= nowMs) {
        this.#waiting.shift()?.arrive()
      }
      this.#arm()
    })
  }
}
