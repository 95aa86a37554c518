import type { ClientClock, ClientTimer } from './host.ts'
import { quietMs, unheardMs } from './session-limits.ts'

const lookMs = 250
/** Where it is not watched, it is only looked whether that has changed. */
const idleLookMs = 2000

export interface SilenceOptions {
  readonly clock: ClientClock
  /** Whether it matters now. */
  readonly watched: () => boolean
  /** The round trip as known, ms. */
  readonly rttMs: () => number
  /** Sends something that must be answered. */
  readonly ask: () => void
  /** Nothing came, though it was asked for. */
  readonly gone: () => void
}

/**
 * Whether the other side of an open socket is still there: after a moment without anything it is
 * asked, and gone when nothing comes then either. A page that itself stood still asks again, for
 * what came meanwhile may not have been handed to it yet.
 */
export class Silence {
  readonly #options: SilenceOptions
  #timer: ClientTimer | undefined
  #heardMs = 0
  #askedMs: number | undefined
  #dueMs = 0

  constructor(options: SilenceOptions) {
    this.#options = options
  }

  start(): void {
    this.stop()
    this.heard()
    this.#again()
  }

  stop(): void {
    this.#timer?.cancel()
  }

  heard(): void {
    this.#heardMs = this.#options.clock.now()
    this.#askedMs = undefined
  }

  #again(): void {
    const { clock, watched } = this.#options
    const waitMs = watched() ? lookMs : idleLookMs
    this.#dueMs = clock.now() + waitMs
    this.#timer = clock.after(waitMs, () => this.#look())
  }

  #look(): void {
    const { clock, watched, ask, gone, rttMs } = this.#options
    const now = clock.now()
    const stoodStill = now > this.#dueMs + lookMs
    if (!watched() || stoodStill) this.#askedMs = undefined
    if (watched() && now >= this.#heardMs + quietMs) {
      if (this.#askedMs === undefined) {
        this.#askedMs = now
        ask()
      } else if (now >= this.#askedMs + unheardMs + 2 * rttMs()) {
        gone()
        return
      }
    }
    this.#again()
  }
}
