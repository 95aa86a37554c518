const delayMsMin = 50
const delayMsMax = 500
/** Frames over which the network is judged. */
const windowFrames = 64
/** Frames before what was seen is trusted more than the first guess of two ticks. */
const warmupFrames = 8
/** How much faster or slower than real time the shown time may run while the delay changes. */
const slewRate = 0.1
/** A change of more than this is no jitter: another server, or its clock, or a long pause. */
const breakMs = 2000

/**
 * Where in server time rendering is. Frames leave the server in even steps and arrive unevenly;
 * the shown time runs evenly, just far enough behind that the next frame is (nearly) always there.
 * A jitter buffer: the base is the fastest delivery seen lately, the delay on top of it follows the
 * 95th percentile of the lateness.
 *
 * All times are in ms. Server time is `tick × tickMs`, local time is the client's clock.
 */
export class Timeline {
  readonly #tickMs: number
  /** Local arrival minus server time, of the last frames. */
  #transits: number[] = []
  #tick = -1
  #targetMs = 0
  /** Shown time = local time − lag. */
  #lagMs = 0
  #slewedAt = 0
  #delayMs: number

  constructor(tickMs: number) {
    this.#tickMs = tickMs
    this.#delayMs = clampDelay(2 * tickMs)
  }

  /** How far behind the fastest frames rendering is, 50…500 ms. */
  get delayMs(): number {
    return this.#delayMs
  }

  /** Server time of the newest frame; −∞ before the first. */
  get newestMs(): number {
    return this.#tick < 0 ? Number.NEGATIVE_INFINITY : this.#tick * this.#tickMs
  }

  /**
   * A frame has arrived.
   * @returns false where time has jumped, so that what was seen before says nothing about now
   */
  arrived(now: number, tick: number): boolean {
    const transit = now - tick * this.#tickMs
    const last = this.#transits.at(-1)
    const broken = last !== undefined && (tick < this.#tick || Math.abs(transit - last) > breakMs)
    if (broken) this.#transits = []
    const fresh = this.#transits.length === 0
    this.#tick = tick
    this.#transits.push(transit)
    if (this.#transits.length > windowFrames) this.#transits.shift()
    this.#judge()
    if (fresh) {
      this.#lagMs = this.#targetMs
      this.#slewedAt = now
    }
    return !broken
  }

  /** The next frame is taken as the first: after a reconnection. */
  restart(): void {
    this.#transits = []
    this.#tick = -1
  }

  /** The server time to show at local time `now`. Never runs backwards while `now` does not. */
  shownMs(now: number): number {
    const elapsed = now - this.#slewedAt
    if (elapsed > 0) {
      const missing = this.#targetMs - this.#lagMs
      const most = elapsed * slewRate
      this.#lagMs += Math.max(-most, Math.min(most, missing))
      this.#slewedAt = now
    }
    return now - this.#lagMs
  }

  #judge(): void {
    const sorted = [...this.#transits].sort((a, b) => a - b)
    const base = sorted[0] as number
    if (sorted.length >= warmupFrames) {
      const late = (sorted[Math.floor((sorted.length - 1) * 0.95)] as number) - base
      this.#delayMs = clampDelay(1.5 * this.#tickMs + late)
    }
    this.#targetMs = base + this.#delayMs
  }
}

function clampDelay(delayMs: number): number {
  return Math.max(delayMsMin, Math.min(delayMsMax, delayMs))
}
