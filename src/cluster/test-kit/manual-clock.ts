import type { Clock, Timer } from '../../ports/index.ts'

interface Due {
  atMs: number
  readonly order: number
  readonly periodMs: number | undefined
  readonly run: () => void
}

/** A clock that moves only when a test says so. */
export class ManualClock implements Clock {
  #nowMs = 1000
  #orders = 0
  readonly #timers = new Set<Due>()

  now(): number {
    return this.#nowMs
  }

  wallMs(): number {
    return 1_700_000_000_000 + this.#nowMs
  }

  after(delayMs: number, run: () => void): Timer {
    return this.#set(delayMs, undefined, run)
  }

  every(periodMs: number, run: () => void): Timer {
    return this.#set(periodMs, periodMs, run)
  }

  get timers(): number {
    return this.#timers.size
  }

  /** Lets time pass; what is under way settles before and after each timer. */
  async advance(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms
    await settle()
    for (let next = this.#next(endMs); next !== undefined; next = this.#next(endMs)) {
      this.#nowMs = Math.max(this.#nowMs, next.atMs)
      if (next.periodMs === undefined) this.#timers.delete(next)
      else next.atMs += next.periodMs
      next.run()
      await settle()
    }
    this.#nowMs = endMs
  }

  /**
   * Time passes without any timer running: the process was paused. They run at the next `advance`.
   */
  pause(ms: number): void {
    this.#nowMs += ms
  }

  #set(delayMs: number, periodMs: number | undefined, run: () => void): Timer {
    const due = { atMs: this.#nowMs + delayMs, order: this.#orders, periodMs, run }
    this.#orders += 1
    this.#timers.add(due)
    return { cancel: () => this.#timers.delete(due) }
  }

  #next(endMs: number): Due | undefined {
    let first: Due | undefined
    for (const due of this.#timers) {
      if (due.atMs > endMs) continue
      const later = first !== undefined && first.atMs <= due.atMs
      if (first === undefined || !later || (first.atMs === due.atMs && due.order < first.order)) {
        first = due
      }
    }
    return first
  }
}

/** Waits until no promise and no message of a memory bus is left to settle. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}
