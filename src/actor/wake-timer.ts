import type { Clock, Timer } from '../ports/index.ts'

/** The wall clock is looked at again at least this often: it may have been set. */
const lookMs = 30_000
/** After a wake that failed for want of a lease or of the store. */
const retryMs = 1000

export interface Wake {
  readonly wallMs: number
  readonly reminder: string
}

export interface WakeTimerOptions {
  readonly clock: Clock
  /** What it is to be woken for next; undefined also where it is not to be woken at all. */
  readonly next: () => Wake | undefined
  /** Rejects where the wake came to nothing. */
  readonly wake: (reminder: string) => Promise<unknown>
}

/** Sees to it that an activation is woken at the time of its next reminder, one after the other. */
export class WakeTimer {
  readonly #options: WakeTimerOptions
  #timer: Timer | undefined
  #armed: Wake | undefined
  #waking = false

  constructor(options: WakeTimerOptions) {
    this.#options = options
  }

  /** To be called whenever the next reminder may have changed. */
  arm(): void {
    const next = this.#options.next()
    if (next === undefined) {
      if (this.#armed !== undefined) this.cancel()
    } else if (!this.#waking && !this.#isArmedFor(next)) this.#set(next, 0)
  }

  cancel(): void {
    this.#timer?.cancel()
    this.#armed = undefined
  }

  #isArmedFor(next: Wake): boolean {
    return this.#armed?.wallMs === next.wallMs && this.#armed.reminder === next.reminder
  }

  #set(next: Wake, atLeastMs: number): void {
    const { clock } = this.#options
    this.cancel()
    this.#armed = next
    const waitMs = Math.min(lookMs, Math.max(atLeastMs, next.wallMs - clock.wallMs()))
    this.#timer = clock.after(waitMs, () => this.#fire())
  }

  #fire(): void {
    this.#armed = undefined
    const { clock, next: nextOf, wake } = this.#options
    const next = nextOf()
    if (next === undefined) return
    if (next.wallMs > clock.wallMs()) {
      this.#set(next, 0)
      return
    }
    this.#waking = true
    const done = (waitMs: number) => (): void => {
      this.#waking = false
      const then = nextOf()
      if (then !== undefined) this.#set(then, waitMs)
    }
    wake(next.reminder).then(done(0), done(retryMs))
  }
}
