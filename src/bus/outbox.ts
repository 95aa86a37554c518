import type { BusCounters } from './counters.ts'

/** How much may wait to be sent. */
export interface OutboxLimits {
  readonly messagesMax: number
  readonly bytesMax: number
}

/** What waits for one destination, in order. */
export interface Lane {
  waiting: Uint8Array[]
  waitingBytes: number
}

/**
 * What waits to be sent, bounded over all destinations together: what comes on top is lost, and
 * counted. Everything that was sent in one turn leaves together.
 */
export class Outbox<L extends Lane> {
  readonly #limits: OutboxLimits
  readonly #counters: BusCounters
  readonly #flush: (lane: L) => void
  #dirty = new Set<L>()
  #messages = 0
  #bytes = 0
  #scheduled = false

  /** `flush` is called at the end of a turn with each lane that `put` or `touch` named. */
  constructor(limits: OutboxLimits, counters: BusCounters, flush: (lane: L) => void) {
    this.#limits = limits
    this.#counters = counters
    this.#flush = flush
  }

  put(lane: L, bytes: Uint8Array): void {
    const { messagesMax, bytesMax } = this.#limits
    if (this.#messages >= messagesMax || this.#bytes + bytes.length > bytesMax) {
      this.#counters.messagesLost += 1
      return
    }
    this.#messages += 1
    this.#bytes += bytes.length
    lane.waiting.push(bytes)
    lane.waitingBytes += bytes.length
    this.touch(lane)
  }

  /** Has the lane flushed at the end of the turn. */
  touch(lane: L): void {
    this.#dirty.add(lane)
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => this.flush())
  }

  /** Takes all that waits in the lane. */
  take(lane: L): readonly Uint8Array[] {
    const { waiting } = lane
    this.#messages -= waiting.length
    this.#bytes -= lane.waitingBytes
    lane.waiting = []
    lane.waitingBytes = 0
    return waiting
  }

  /** Loses all that waits in the lane. */
  drop(lane: L): void {
    this.#counters.messagesLost += this.take(lane).length
  }

  /** Flushes now. */
  flush(): void {
    this.#scheduled = false
    const lanes = this.#dirty
    this.#dirty = new Set()
    for (const lane of lanes) if (lane.waiting.length > 0) this.#flush(lane)
  }
}
