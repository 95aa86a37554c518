import type { Clock, Timer } from '../ports/index.ts'

/** Ticks that may be due at once; what is due beyond is skipped. */
const behindMax = 3
/** A timer may fire this much early by the rounding of its clock, in ms. */
const earlyMs = 1e-6
/** And so much late by itself: that is nobody's work. */
const coarseMs = 1

/**
 * Runs `tick` at a fixed rate. A stall is made up for by at most three ticks; a tick that takes
 * longer than its period is never made up for by more of them at once, so what else the thread has
 * to do gets its turn in between, however slow the ticks are.
 */
export class Ticker {
  /** Ticks that were due and skipped. */
  overruns = 0
  /** How many times as long as usual the period is; changes count from the next tick on. */
  dilation = 1
  readonly #clock: Clock
  readonly #periodMs: number
  readonly #tick: (lateMs: number) => void
  #dueMs = 0
  #armedMs = 0
  #timer: Timer | undefined
  #stopped = false

  /**
   * @param tick is told how long it had to wait because the thread was busy with something else, in
   * ms
   */
  constructor(clock: Clock, hz: number, tick: (lateMs: number) => void) {
    this.#clock = clock
    this.#periodMs = 1000 / hz
    this.#tick = tick
  }

  /** From tick to tick, in ms of real time. */
  get periodMs(): number {
    return this.#periodMs * this.dilation
  }

  start(): void {
    this.#dueMs = this.#clock.now() + this.periodMs
    this.#arm()
  }

  stop(): void {
    this.#stopped = true
    this.#timer?.cancel()
  }

  #arm(): void {
    this.#armedMs = this.#clock.now()
    const delayMs = Math.max(0, this.#dueMs - this.#armedMs)
    this.#timer = this.#clock.after(delayMs, () => this.#fire())
  }

  #fire(): void {
    const begunMs = this.#clock.now()
    let lateMs = Math.max(0, begunMs - Math.max(this.#dueMs, this.#armedMs) - coarseMs)
    this.#skip(begunMs)
    let now = begunMs
    let tookMs = 0
    // Several at once only where all of them together fit into the time of one.
    while (begunMs + earlyMs >= this.#dueMs && now + tookMs - begunMs <= this.periodMs) {
      this.#dueMs += this.periodMs
      this.#tick(lateMs)
      if (this.#stopped) return
      lateMs = 0
      tookMs = this.#clock.now() - now
      now += tookMs
    }
    this.#arm()
  }

  #skip(now: number): void {
    const behind = Math.floor((now + earlyMs - this.#dueMs) / this.periodMs) + 1
    const skipped = Math.max(0, behind - behindMax)
    this.overruns += skipped
    this.#dueMs += skipped * this.periodMs
  }
}
