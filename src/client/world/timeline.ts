const delayMsMin = 50
const delayMsMax = 500
/** Frames before what was seen is trusted more than the first guess of two ticks. */
const warmupFrames = 8
/** The network is judged by the frames of the last seconds: at least, at most so many. */
const windowMs = 6000
const windowFramesMin = 64
const windowFramesMax = 256
/** The delay is made for all frames but this share of them. */
const lateShare = 0.05
/** How much slower and faster than the world the shown time may run while the delay changes. */
const slowest = 0.8
const fastest = 1.3
/** Time in which what is missing to the wanted delay would be made up for, were there no limits. */
const settleMs = 300
/** How far the shown time may run ahead of the newest frame, which it does ever more slowly. */
const aheadMsMax = 100
/** Nobody looks at what has not been asked for longer than this. */
const idleMs = 1000
/** What is farther off is not made up for but skipped. */
const skipMs = 1000
/** A change of more than this is no jitter: another server, or its clock, or a long pause. */
const breakMs = 2000
/** A change of the world's pace is noticed by so many of the last steps between two frames … */
const stepsMin = 10
/** … without the longest and the shortest of them: the network makes those. */
const stepsDropped = 2
/** … and only where all of them were late, or early, by this part of their time. */
const driftMin = 0.15
/** Only a pace that differs by more than this part is believed at once. */
const paceChangeMin = 0.28
/** The exact pace is measured by the fastest of the first and the last frames of a longer time. */
const paceFrames = 40
const paceEndFrames = 12
/** What is nearer to the usual pace than this is measuring error. */
const paceErrorMax = 0.06
/** A part of the difference by which the pace follows its measurements, per frame. */
const paceGain = 0.1
/** Worlds do not run slower than this part of their pace. */
const paceMin = 0.2

/**
 * Where in server time rendering is. Frames leave the server in even steps and arrive unevenly;
 * the shown time runs evenly, just far enough behind that the next frame is (nearly) always there.
 * A jitter buffer: the base is the fastest delivery seen lately, the delay on top of it follows the
 * 95th percentile of the lateness. Where a frame is missing all the same, the shown time slows
 * down until it is there, and catches up afterwards.
 *
 * Server time is `tick × tickMs`, local time is the client's clock, both in ms. They pass equally
 * fast, except where the world is overloaded and makes fewer ticks a second: that is measured, and
 * shown time slows down with it.
 */
export class Timeline {
  readonly #tickMs: number
  readonly #windowFrames: number
  /** Of the last frames: server time, local arrival, and how late they were. */
  #times: number[] = []
  #arrivals: number[] = []
  #lates: number[] = []
  /** Passing of server time per local time: 1, less in an overloaded world. */
  #pace = 1
  #delayMs: number
  /** When the newest frame would have arrived, had it been as fast as the fastest. */
  #dueMs = 0
  #shownMs = Number.NEGATIVE_INFINITY
  #shownAt = 0
  /** When somebody last asked what to show; while nobody does, frames are only noted. */
  #askedAt = Number.NEGATIVE_INFINITY
  #idle = false

  constructor(tickMs: number) {
    this.#tickMs = tickMs
    const frames = Math.round(windowMs / tickMs)
    this.#windowFrames = Math.max(windowFramesMin, Math.min(windowFramesMax, frames))
    this.#delayMs = this.#clamped(2 * tickMs)
  }

  /** How far behind the fastest frames rendering is, 50…500 ms; more in an overloaded world. */
  get delayMs(): number {
    if (this.#idle) this.#measure()
    return this.#delayMs
  }

  /** How fast the world's time passes: 1, less where it is overloaded. */
  get pace(): number {
    return this.#pace
  }

  /** Server time of the newest frame; −∞ before the first. */
  get newestMs(): number {
    return this.#times.at(-1) ?? Number.NEGATIVE_INFINITY
  }

  /**
   * A frame has arrived.
   * @returns false where time has jumped, so that what was seen before says nothing about now
   */
  arrived(now: number, tick: number): boolean {
    const timeMs = tick * this.#tickMs
    const formerMs = this.newestMs
    const broken = this.#times.length > 0 && this.#breaks(now, timeMs)
    if (broken) this.restart()
    const fresh = this.#times.length === 0
    const idle = now - this.#askedAt > idleMs
    if (!fresh && !idle) this.#advance(now)
    this.#add(now, timeMs)
    this.#idle = idle
    if (idle) return !broken
    this.#measure()
    if (fresh) {
      this.#shownMs = this.#wantedMs(now)
      this.#shownAt = now
    } else if (this.#shownMs >= formerMs) {
      // No frames are sent while nothing changes, so nothing happened until the tick before.
      const restMs = Math.min(timeMs - this.#tickMs, this.#wantedMs(now))
      this.#shownMs = Math.max(this.#shownMs, restMs)
    }
    return !broken
  }

  /** The next frame is taken as the first: after a reconnection. */
  restart(): void {
    this.#times = []
    this.#arrivals = []
    this.#lates = []
    this.#pace = 1
    this.#shownMs = Number.NEGATIVE_INFINITY
  }

  /** The server time to show at local time `now`. Never runs backwards while `now` does not. */
  shownMs(now: number): number {
    if (this.#times.length === 0) return Number.NEGATIVE_INFINITY
    this.#askedAt = Math.max(this.#askedAt, now)
    if (this.#idle) {
      this.#idle = false
      this.#measure()
      this.#shownMs = Math.max(this.#shownMs, this.#wantedMs(now))
      this.#shownAt = now
    }
    return this.#advance(now)
  }

  #advance(now: number): number {
    const elapsed = now - this.#shownAt
    if (elapsed <= 0) return this.#shownMs + elapsed * this.#pace
    this.#shownAt = now
    const even = this.#shownMs + elapsed * this.#pace
    const missing = this.#wantedMs(now) - even
    if (missing > skipMs && this.#wantedMs(now) <= this.newestMs) {
      this.#shownMs = this.#wantedMs(now)
      return this.#shownMs
    }
    const speed = Math.max(slowest, Math.min(fastest, 1 + missing / settleMs))
    this.#shownMs = this.#held(this.#shownMs, elapsed * this.#pace * speed)
    return this.#shownMs
  }

  /** For how long the frame that is to be shown at `now` has been missing; 0 where it is there. */
  overdueMs(now: number): number {
    return Math.max(0, this.#wantedMs(now) - this.newestMs)
  }

  /** Goes on by `stepMs`; beyond the newest frame ever more slowly. */
  #held(fromMs: number, stepMs: number): number {
    const { newestMs } = this
    if (fromMs + stepMs <= newestMs) return fromMs + stepMs
    const aheadMs = Math.max(0, fromMs - newestMs)
    const beyondMs = fromMs + stepMs - newestMs - aheadMs
    const leftMs = Math.max(0, aheadMsMax - aheadMs) * Math.exp(-beyondMs / aheadMsMax)
    return Math.max(fromMs, newestMs + aheadMsMax - leftMs)
  }

  #wantedMs(now: number): number {
    return this.newestMs + (now - this.#dueMs - this.#delayMs) * this.#pace
  }

  #breaks(now: number, timeMs: number): boolean {
    const passed = now - (this.#arrivals.at(-1) as number)
    const stepMs = timeMs - this.newestMs
    return stepMs < 0 || Math.abs(passed - stepMs / this.#pace) > breakMs
  }

  #add(now: number, timeMs: number): void {
    const passedMs = now - (this.#arrivals.at(-1) ?? now)
    const stepMs = this.#times.length === 0 ? 0 : timeMs - this.newestMs
    // Only differences count, so lateness may be counted from the first frame on.
    this.#lates.push((this.#lates.at(-1) ?? 0) + passedMs - stepMs / this.#pace)
    this.#times.push(timeMs)
    this.#arrivals.push(now)
    this.#keep(this.#windowFrames)
  }

  /** Forgets all but the last frames. */
  #keep(frames: number): void {
    const excess = this.#times.length - frames
    if (excess <= 0) return
    for (const list of [this.#times, this.#arrivals, this.#lates]) list.splice(0, excess)
  }

  #measure(): void {
    this.#measurePace()
    this.#judge()
  }

  #measurePace(): void {
    const sudden = this.#suddenPace()
    if (Math.abs(sudden - this.#pace) > paceChangeMin * this.#pace) {
      this.#pace = sudden
      // What came at another pace tells nothing about how late frames are now.
      this.#keep(stepsMin / 2)
      this.#relate()
      return
    }
    const measured = this.#exactPace()
    const pace = measured > 1 - paceErrorMax ? 1 : measured
    if (pace === this.#pace) return
    this.#pace += (pace - this.#pace) * paceGain
    if (Math.abs(this.#pace - pace) < 0.005) this.#pace = pace
    this.#keep(paceFrames)
    this.#relate()
  }

  /** Judges the lateness of all frames by the pace that is known now. */
  #relate(): void {
    const [time = 0] = this.#times
    const [arrival = 0] = this.#arrivals
    for (let index = 0; index < this.#times.length; index += 1) {
      const passedMs = (this.#arrivals[index] as number) - arrival
      this.#lates[index] = passedMs - ((this.#times[index] as number) - time) / this.#pace
    }
  }

  /** The pace of the last few steps, those that are not remarkably long or short. */
  #suddenPace(): number {
    const { length } = this.#times
    if (length <= stepsMin) return this.#pace
    // Mostly all of them together are as long as they should be: that is quickly seen.
    const first = length - 1 - stepsMin
    const drift = (this.#lates[length - 1] as number) - (this.#lates[first] as number)
    const allMs = (this.#arrivals[length - 1] as number) - (this.#arrivals[first] as number)
    if (Math.abs(drift) < allMs * driftMin) return this.#pace
    const steps = Array.from({ length: stepsMin }, (_, back) => {
      const index = length - 1 - back
      const timeMs = (this.#times[index] as number) - (this.#times[index - 1] as number)
      const passedMs = (this.#arrivals[index] as number) - (this.#arrivals[index - 1] as number)
      return { timeMs, passedMs, late: passedMs - timeMs / this.#pace }
    })
    steps.sort((a, b) => a.late - b.late)
    let timeMs = 0
    let passedMs = 0
    for (const step of steps.slice(stepsDropped, -stepsDropped)) {
      timeMs += step.timeMs
      passedMs += step.passedMs
    }
    const pace = timeMs / Math.max(1, passedMs)
    // Faster than possible: after a stall the network delivers everything at once.
    return pace > 1 + paceChangeMin ? this.#pace : Math.max(paceMin, Math.min(1, pace))
  }

  /** What lies between two frames that were both fast is what the world took, not the network. */
  #exactPace(): number {
    const { length } = this.#times
    if (length < paceFrames) return this.#pace
    const early = this.#fastest(length - paceFrames, length - paceFrames + paceEndFrames)
    const late = this.#fastest(length - paceEndFrames, length)
    const timeMs = (this.#times[late] as number) - (this.#times[early] as number)
    const passedMs = (this.#arrivals[late] as number) - (this.#arrivals[early] as number)
    return Math.max(paceMin, Math.min(1, timeMs / Math.max(1, passedMs)))
  }

  #fastest(from: number, to: number): number {
    let fastest = from
    for (let index = from + 1; index < to; index += 1) {
      if ((this.#lates[index] as number) < (this.#lates[fastest] as number)) fastest = index
    }
    return fastest
  }

  #judge(): void {
    const newest = this.#lates.at(-1) as number
    const sorted = this.#lates.toSorted((a, b) => a - b)
    const least = sorted[0] as number
    if (sorted.length >= warmupFrames) {
      const rank = Math.floor((sorted.length - 1) * (1 - lateShare))
      const lateMs = (sorted[rank] as number) - least
      this.#delayMs = this.#clamped((1.5 * this.#tickMs) / this.#pace + lateMs)
    }
    this.#dueMs = (this.#arrivals.at(-1) as number) + least - newest
  }

  #clamped(delayMs: number): number {
    const most = Math.max(delayMsMax, (2 * this.#tickMs) / this.#pace)
    return Math.max(delayMsMin, Math.min(most, delayMs))
  }
}
