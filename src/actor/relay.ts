import type { Clock } from '../ports/index.ts'
import { Mailbox } from './mailbox.ts'

/** Handled in one go; then everything else has its turn, for this long. */
const burstMax = 4096
const pauseMs = 1
/**
 * The clock is read once for so many, as reading it costs a tenth of what else is done with one. A
 * deadline may be seen late by what they take; whether this node may act is not judged by it.
 */
const perReading = 32

/**
 * Runs what handlers send to others after them, one after the other: actors that send to each other
 * for ever neither exhaust the stack nor keep everything else waiting.
 */
export class Relay<T> {
  readonly #clock: Clock
  readonly #handle: (item: T, nowMs: number) => void
  readonly #queue = new Mailbox<T>()
  #scheduled = false

  constructor(clock: Clock, handle: (item: T, nowMs: number) => void) {
    this.#clock = clock
    this.#handle = handle
  }

  /** Whether something waits that whatever comes now must not overtake. */
  get waiting(): boolean {
    return this.#queue.size > 0
  }

  /** Handles it soon, after all that waits. */
  take(item: T): void {
    this.#queue.push(item)
    if (this.#scheduled) return
    this.#scheduled = true
    queueMicrotask(() => this.#drain())
  }

  #drain(): void {
    let nowMs = 0
    for (let handled = 0; handled < burstMax; handled += 1) {
      const item = this.#queue.shift()
      if (item === undefined) {
        this.#scheduled = false
        return
      }
      if (handled % perReading === 0) nowMs = this.#clock.now()
      this.#handle(item, nowMs)
    }
    this.#clock.after(pauseMs, () => this.#drain())
  }
}
