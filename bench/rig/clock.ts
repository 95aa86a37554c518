import type { Clock, Timer } from '../../src/ports/index.ts'

interface Alarm {
  dueMs: number
  run(): void
}

/** A clock that stands still until it is told to go on, so that a bench runs ticks back to back. */
export class StepClock implements Clock {
  #nowMs = 1_000
  readonly #alarms = new Set<Alarm>()

  now(): number {
    return this.#nowMs
  }

  wallMs(): number {
    return Date.UTC(2026, 0, 1) + this.#nowMs
  }

  after(delayMs: number, run: () => void): Timer {
    const alarm = { dueMs: this.#nowMs + delayMs, run }
    this.#alarms.add(alarm)
    return { cancel: () => this.#alarms.delete(alarm) }
  }

  every(periodMs: number, run: () => void): Timer {
    const alarm: Alarm = {
      dueMs: this.#nowMs + periodMs,
      run: () => {
        alarm.dueMs += periodMs
        this.#alarms.add(alarm)
        run()
      },
    }
    this.#alarms.add(alarm)
    return { cancel: () => this.#alarms.delete(alarm) }
  }

  /** Lets `ms` pass; what falls due runs in its order, before this returns. */
  advance(ms: number): void {
    const endMs = this.#nowMs + ms
    for (;;) {
      let next: Alarm | undefined
      for (const alarm of this.#alarms) {
        if (alarm.dueMs <= endMs && (next === undefined || alarm.dueMs < next.dueMs)) next = alarm
      }
      if (next === undefined) break
      this.#alarms.delete(next)
      this.#nowMs = Math.max(this.#nowMs, next.dueMs)
      next.run()
    }
    this.#nowMs = endMs
  }
}
