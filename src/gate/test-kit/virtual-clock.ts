import type { Clock, Timer } from '../../ports/index.ts'

interface Pending {
  at: number
  readonly order: number
  readonly periodMs: number
  readonly run: () => void
}

/** A clock that moves only when a test says so. */
export class VirtualClock implements Clock {
  #now = 1000
  #order = 0
  readonly #pending = new Set<Pending>()

  now(): number {
    return this.#now
  }

  wallMs(): number {
    return 1_700_000_000_000 + this.#now
  }

  after(delayMs: number, run: () => void): Timer {
    return this.#add({ at: this.#now + delayMs, order: this.#order++, periodMs: 0, run })
  }

  every(periodMs: number, run: () => void): Timer {
    return this.#add({ at: this.#now + periodMs, order: this.#order++, periodMs, run })
  }

  /** Lets time pass; promises settle between timers. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms
    await settled()
    for (;;) {
      const next = this.#next(end)
      if (next === undefined) break
      this.#now = next.at
      if (next.periodMs > 0) next.at += next.periodMs
      else this.#pending.delete(next)
      next.run()
      await settled()
    }
    this.#now = end
  }

  #add(pending: Pending): Timer {
    this.#pending.add(pending)
    return { cancel: () => this.#pending.delete(pending) }
  }

  #next(end: number): Pending | undefined {
    let first: Pending | undefined
    for (const pending of this.#pending) {
      if (pending.at > end) continue
      const { at = Number.POSITIVE_INFINITY, order = 0 } = first ?? {}
      if (pending.at < at || (pending.at === at && pending.order < order)) first = pending
    }
    return first
  }
}

/** Waits until no promise is left to settle. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 30; turn++) await Promise.resolve()
}
