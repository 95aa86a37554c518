import type { ClientClock, ClientTimer } from '../host.ts'

interface Timer {
  readonly at: number
  readonly order: number
  readonly run: () => void
}

/** A clock that moves only when a test says so. */
export class VirtualClock implements ClientClock {
  #now = 1000
  #sequence = 0
  #timers: Timer[] = []

  now(): number {
    return this.#now
  }

  after(delayMs: number, run: () => void): ClientTimer {
    const timer = { at: this.#now + Math.max(0, delayMs), order: this.#sequence++, run }
    this.#timers.push(timer)
    return {
      cancel: () => {
        this.#timers = this.#timers.filter((other) => other !== timer)
      },
    }
  }

  get timers(): number {
    return this.#timers.length
  }

  /** Lets time pass; promises are settled between timers as they would be in life. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms
    await settled()
    for (;;) {
      const next = this.#next(end)
      if (next === undefined) break
      this.#timers = this.#timers.filter((timer) => timer !== next)
      this.#now = Math.max(this.#now, next.at)
      next.run()
      await settled()
    }
    this.#now = end
  }

  /** Time passes while nothing runs, as for a page that is frozen: timers come late. */
  skip(ms: number): void {
    this.#now += ms
  }

  #next(end: number): Timer | undefined {
    let first: Timer | undefined
    for (const timer of this.#timers) {
      if (timer.at > end) continue
      const earlier = first === undefined || timer.at < first.at
      if (earlier || (timer.at === first?.at && timer.order < first.order)) first = timer
    }
    return first
  }
}

/** Waits until no promise is left to settle. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 12; turn++) await Promise.resolve()
}

/** Waits for a promise while virtual time passes. @throws Error after `limitMs` of it */
export async function within<T>(
  clock: VirtualClock,
  promise: Promise<T>,
  limitMs = 20_000,
): Promise<T> {
  let state: { value: T } | { error: unknown } | undefined
  promise.then(
    (value) => {
      state = { value }
    },
    (error: unknown) => {
      state = { error }
    },
  )
  for (let passed = 0; passed <= limitMs; passed += 5) {
    await clock.advance(5)
    if (state === undefined) continue
    if ('error' in state) throw state.error
    return state.value
  }
  throw new Error(`Nothing within ${limitMs} ms of virtual time.`)
}
