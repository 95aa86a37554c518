import type { ClientClock } from './host.ts'

const windowMs = 1000
const slots = 10
const slotMs = windowMs / slots

/**
 * What crossed the socket: rates over the last second, totals since `connect`. Bytes are payload
 * bytes.
 */
export interface Traffic {
  /** Bytes per second. */
  readonly bytesIn: number
  readonly bytesOut: number
  /** WebSocket messages per second. */
  readonly messagesIn: number
  readonly messagesOut: number
  readonly totalBytesIn: number
  readonly totalBytesOut: number
}

/** A sum over the last second, in tenths. */
class Rate {
  readonly #sums = new Float64Array(slots)
  #slot = 0
  total = 0

  add(now: number, amount: number): void {
    this.#advance(now)
    const index = this.#slot % slots
    this.#sums[index] = (this.#sums[index] as number) + amount
    this.total += amount
  }

  read(now: number): number {
    this.#advance(now)
    let sum = 0
    for (const part of this.#sums) sum += part
    return sum
  }

  #advance(now: number): void {
    const slot = Math.floor(now / slotMs)
    if (slot - this.#slot >= slots) this.#sums.fill(0)
    else for (let at = this.#slot + 1; at <= slot; at++) this.#sums[at % slots] = 0
    this.#slot = Math.max(this.#slot, slot)
  }
}

/** Counts traffic; reading it is cheap and may happen every frame. */
export class TrafficMeter implements Traffic {
  readonly #clock: ClientClock
  readonly #rates = {
    bytesIn: new Rate(),
    bytesOut: new Rate(),
    messagesIn: new Rate(),
    messagesOut: new Rate(),
  }

  constructor(clock: ClientClock) {
    this.#clock = clock
  }

  received(bytes: number): void {
    const now = this.#clock.now()
    this.#rates.bytesIn.add(now, bytes)
    this.#rates.messagesIn.add(now, 1)
  }

  sent(bytes: number): void {
    const now = this.#clock.now()
    this.#rates.bytesOut.add(now, bytes)
    this.#rates.messagesOut.add(now, 1)
  }

  get bytesIn(): number {
    return this.#rates.bytesIn.read(this.#clock.now())
  }

  get bytesOut(): number {
    return this.#rates.bytesOut.read(this.#clock.now())
  }

  get messagesIn(): number {
    return this.#rates.messagesIn.read(this.#clock.now())
  }

  get messagesOut(): number {
    return this.#rates.messagesOut.read(this.#clock.now())
  }

  get totalBytesIn(): number {
    return this.#rates.bytesIn.total
  }

  get totalBytesOut(): number {
    return this.#rates.bytesOut.total
  }
}
