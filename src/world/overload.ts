/** 0: all is well; 1: far tiles are told of less often; 2: views are capped; 3: time is slowed. */
export type Pressure = 0 | 1 | 2 | 3

/** Load from which on, if it lasts, the world degrades; and below which it recovers. */
const loadHigh = 0.9
const loadLow = 0.6
/** What time dilation aims at: between the two, so that it comes to rest. */
const loadAim = 0.75
/** How long the load must be high for the next step. */
const climbMs = 1000
/** How long it must be low to go down a level; a step within a level is given back sooner. */
const descendMs = 5000
const easeMs = 1000
/** A level that had to be taken again within this time is given back later the next time. */
const relapseMs = 10_000
const descendMsMax = 60_000
/** Time over which the load is smoothed. */
const smoothMs = 500
/** A single tick counts for at most as many periods: a debugger's halt is no overload. */
const periodsMax = 4
/** Steps by which views are capped before time is slowed. */
export const capStepsMax = 4
/** What a step leaves of a cap. */
const capStep = 0.7
/** Time is slowed by at most this; what cannot be kept up with even then is skipped. */
export const dilationMax = 4
const dilationStepMax = 1.5
const dilationEase = 0.85

/**
 * Decides how far a world degrades that has too much to do, in a stated order: 1 far tiles are told
 * of less often, 2 views are capped, in steps, 3 time is slowed. It goes up one step after the load
 * was above 0.9 for a second, and down after it was below 0.6 for five; in between nothing changes.
 * Pure: it knows only what it is told of ticks.
 */
export class Overload {
  level: Pressure = 0
  /** Steps by which views are capped, 0…4. */
  capSteps = 0
  /** By how much time is slowed, 1…4: the period of ticks is so many times as long. */
  dilation = 1
  /** Time spent at each level, in ms. */
  readonly levelMs: [number, number, number, number] = [0, 0, 0, 0]
  readonly #periodMs: number
  /** What a tick takes of the thread's time, smoothed, in ms. */
  #busyMs = 0
  #lastMs: number
  /** Since when the load has been high, or low; NaN while it is neither. */
  #highSinceMs = Number.NaN
  #lowSinceMs = Number.NaN
  /** How long the load must be low, at present. */
  #patienceMs = descendMs
  #descendedMs = Number.NEGATIVE_INFINITY
  #changedMs: number

  /** @param periodMs from tick to tick while time is not slowed */
  constructor(periodMs: number, nowMs: number) {
    this.#periodMs = periodMs
    this.#lastMs = nowMs
    this.#changedMs = nowMs
  }

  /** Share of the time between ticks that is used up; above 1 the world falls behind. */
  get load(): number {
    return this.#busyMs / (this.#periodMs * this.dilation)
  }

  /** What is left of the number of entities a view may hold, 0.7 per step; 1 for no cap. */
  get capShare(): number {
    return capStep ** this.capSteps
  }

  /**
   * A tick has been made.
   * @param busyMs how long it took, with the time it was late because the thread did something else
   * @param nowMs when it ended
   */
  note(busyMs: number, nowMs: number): void {
    const elapsedMs = Math.max(0, nowMs - this.#lastMs)
    this.#lastMs = nowMs
    this.levelMs[this.level] += elapsedMs
    const most = periodsMax * this.#periodMs * this.dilation
    const weight = 1 - Math.exp(-elapsedMs / smoothMs)
    this.#busyMs += (Math.min(busyMs, most) - this.#busyMs) * weight
    this.#decide(nowMs)
  }

  #decide(nowMs: number): void {
    const { load } = this
    if (!(load > loadHigh)) this.#highSinceMs = Number.NaN
    else if (Number.isNaN(this.#highSinceMs)) this.#highSinceMs = nowMs
    if (!(load < loadLow)) this.#lowSinceMs = Number.NaN
    else if (Number.isNaN(this.#lowSinceMs)) this.#lowSinceMs = nowMs
    // Unchanged for so long means that it has come to rest.
    if (nowMs - this.#changedMs > this.#patienceMs + relapseMs) this.#patienceMs = descendMs
    if (nowMs - this.#highSinceMs >= climbMs) this.#climb(nowMs)
    else if (nowMs - this.#lowSinceMs >= this.#patienceMs) this.#descend(nowMs)
  }

  /** One step up; each is given its time to show its effect. */
  #climb(nowMs: number): void {
    this.#highSinceMs = nowMs
    this.#changedMs = nowMs
    if (nowMs - this.#descendedMs < relapseMs) {
      this.#patienceMs = Math.min(descendMsMax, this.#patienceMs * 2)
      this.#descendedMs = Number.NEGATIVE_INFINITY
    }
    if (this.level === 0) {
      this.level = 1
    } else if (this.capSteps < capStepsMax) {
      this.level = 2
      this.capSteps += 1
    } else {
      this.level = 3
      const factor = Math.min(dilationStepMax, this.load / loadAim)
      this.dilation = Math.min(dilationMax, this.dilation * factor)
    }
  }

  /** One step down: first time, then caps, then rates. */
  #descend(nowMs: number): void {
    if (this.level === 0) return
    this.#descendedMs = nowMs
    this.#changedMs = nowMs
    // Within a level the next step comes after a second, if the load stays low.
    this.#lowSinceMs = nowMs - this.#patienceMs + easeMs
    if (this.dilation > 1) {
      const eased = this.dilation * dilationEase
      this.dilation = eased < 1.05 ? 1 : eased
    } else if (this.level === 2 && this.capSteps > 1) {
      this.capSteps -= 1
    } else {
      if (this.level === 2) this.capSteps = 0
      this.level = (this.level - 1) as Pressure
      this.#lowSinceMs = nowMs
    }
  }
}
