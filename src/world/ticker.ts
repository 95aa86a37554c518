import type { Clock, Timer } from '../ports/index.ts'

/** Ticks run in a row to catch up; what is due beyond is skipped. */
const catchUpMax = 3
/** A timer may fire this much early by the rounding of its clock, in ms. */
const earlyMs = 1e-6

/** Runs `tick` at a fixed rate. A stall is made up for by at most three ticks in a row. */
export class Ticker {
  /** Ticks that were due and skipped. */
  overruns = 0
  readonly #clock: Clock
  readonly #periodMs: number
  readonly #tick: () => void
  #dueMs = 0
  #timer: Timer | undefined
  #stopped = false

  constructor(clock: Clock, hz: number, tick: () => void) {
    this.#clock = clock
    this.#periodMs = 1000 / hz
    this.#tick = tick
  }

  start(): void {
    this.#dueMs = this.#clock.now() + this.#periodMs
    this.#arm()
  }

  stop(): void {
    this.#stopped = true
    this.#timer?.cancel()
  }

  #arm(): void {
    const delayMs = Math.max(0, this.#dueMs - this.#clock.now())
    this.#timer = this.#clock.after(delayMs, () => this.#fire())
  }

  #fire(): void {
    const now = this.#clock.now() + earlyMs
    for (let run = 0; run < catchUpMax && now >= this.#dueMs && !this.#stopped; run += 1) {
      this.#dueMs += this.#periodMs
      this.#tick()
    }
    if (this.#stopped) return
    if (now >= this.#dueMs) {
      const skipped = Math.floor((now - this.#dueMs) / this.#periodMs) + 1
      this.overruns += skipped
      this.#dueMs += skipped * this.#periodMs
    }
    this.#arm()
  }
}
