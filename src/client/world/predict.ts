/** Inputs that were sent and not acknowledged. */
const pendingMax = 256
/** An input that is not acknowledged after this time, or four round trips, was lost. */
const pendingMsMin = 1000

/** Inputs after a pause of so many ticks have nothing to do with those before. */
const pausePeriods = 4
/** The avatar is shown at most so many ticks behind its inputs. */
const behindPeriods = 4
/** A part of the difference by which the usual time between inputs follows, per input. */
const intervalGain = 0.1

/** What is predicted: the avatar's position and fields. */
export type PredictedState = Record<string, unknown> & { x: number; y: number }

export type Apply = (state: PredictedState, input: unknown, dt: number) => void

interface Pending {
  /** The position that it led to. */
  x: number
  y: number
  readonly sequence: number
  readonly sentAt: number
  readonly apply: Apply
  readonly input: unknown
}

export interface PredictorParts {
  /** Length of a tick, ms. */
  readonly tickMs: number
  /** How fast the world's time passes: 1, less where it is overloaded. */
  pace(): number
  /** Step of the positions that the server tells. */
  readonly precision: number
  /** Time in which a correction has all but faded (to 5 %), ms. */
  readonly smoothMs: number
  /** A correction longer than this is shown at once. */
  snap(): number
  /** Round trip, ms. */
  rttMs(): number
  /** A prediction function of the game threw. */
  fault(thrown: unknown): void
}

/**
 * Client-side prediction with server reconciliation: inputs act at once on a copy of the avatar;
 * with every frame the copy starts again from the server's state and the inputs the server has not
 * applied yet are repeated on top. What the two disagree on is not shown as a jump, it fades.
 */
export class Predictor {
  readonly #parts: PredictorParts
  /** The newest prediction; undefined while there is no avatar. */
  state: PredictedState | undefined
  /** How far apart prediction and server were at the last reconciliation. */
  error = 0
  /** The position after the last acknowledged input, unrounded; undefined where none is known. */
  #base: { x: number; y: number } | undefined
  #pending: Pending[] = []
  /** What is shown is the state plus both offsets. The error fades exponentially. */
  #error = { x: 0, y: 0, at: 0 }
  /** Inputs come in steps; each is walked through until the next is due, at constant speed. */
  #step = { x: 0, y: 0, at: 0, lastsMs: 0 }
  /** When the last input came, and how long after one another they come. */
  #inputAt = Number.NEGATIVE_INFINITY
  #intervalMs = 0

  constructor(parts: PredictorParts) {
    this.#parts = parts
  }

  get pending(): number {
    return this.#pending.length
  }

  /** Applies an input at once. `sequence` is the number under which it was sent. */
  input(now: number, sequence: number, apply: Apply, input: unknown): void {
    const { state } = this
    if (state === undefined) return
    const { x, y } = state
    const shown = this.#stepOffset(now)
    const pending = { sequence, sentAt: now, apply, input, x, y }
    this.#pending.push(pending)
    if (this.#pending.length > pendingMax) this.#pending.shift()
    this.#apply(state, pending)
    const lastsMs = this.#lasting(now)
    this.#step = { x: x + shown.x - state.x, y: y + shown.y - state.y, at: now, lastsMs }
  }

  /**
   * The server's word: the avatar as it was once all inputs up to `acknowledged` had been applied.
   * `avatar` undefined: there is none.
   */
  reconcile(now: number, acknowledged: number, avatar: PredictedState | undefined): void {
    const before = this.state
    if (avatar === undefined) {
      this.reset()
      return
    }
    for (const pending of this.#pending) if (pending.sequence <= acknowledged) this.#base = pending
    const oldest = now - Math.max(pendingMsMin, 4 * this.#parts.rttMs())
    this.#pending = this.#pending.filter(
      ({ sequence, sentAt }) => sequence > acknowledged && sentAt >= oldest,
    )
    const state = { ...avatar }
    this.#unround(state)
    for (const pending of this.#pending) this.#apply(state, pending)
    this.state = state
    if (before === undefined) return
    this.error = Math.hypot(before.x - state.x, before.y - state.y)
    this.#correct(now, before.x - state.x, before.y - state.y)
  }

  /** Forgets everything: another avatar, another session. */
  reset(): void {
    this.state = undefined
    this.error = 0
    this.#base = undefined
    this.#pending = []
    this.#error = { x: 0, y: 0, at: 0 }
    this.#step = { x: 0, y: 0, at: 0, lastsMs: 0 }
  }

  /** Where the avatar is shown. */
  sample(now: number, into: { x: number; y: number }): void {
    const { state } = this
    if (state === undefined) return
    const step = this.#stepOffset(now)
    const fade = this.#fade(now)
    into.x = state.x + this.#error.x * fade + step.x
    into.y = state.y + this.#error.y * fade + step.y
  }

  #apply(state: PredictedState, pending: Pending): void {
    try {
      pending.apply(state, pending.input, this.#parts.tickMs / 1000)
    } catch (thrown) {
      this.#parts.fault(thrown)
    }
    pending.x = state.x
    pending.y = state.y
  }

  /**
   * The server tells positions rounded, and the prediction began with such a one. Where the two are
   * no farther apart than both roundings explain, nothing is corrected, not by a hair.
   */
  #unround(state: PredictedState): void {
    const step = this.#parts.precision * 1.001
    const base = this.#base
    const same =
      base !== undefined && Math.abs(base.x - state.x) <= step && Math.abs(base.y - state.y) <= step
    if (same) {
      state.x = base.x
      state.y = base.y
    } else this.#base = undefined
  }

  #correct(now: number, dx: number, dy: number): void {
    if (dx === 0 && dy === 0) return
    const fade = this.#fade(now)
    const x = this.#error.x * fade + dx
    const y = this.#error.y * fade + dy
    const jump = x * x + y * y > this.#parts.snap() ** 2
    this.#error = jump ? { x: 0, y: 0, at: now } : { x, y, at: now }
  }

  #fade(now: number): number {
    // e^−3 ≈ 5 % are left after `smoothMs`.
    return Math.exp((-3 * Math.max(0, now - this.#error.at)) / this.#parts.smoothMs)
  }

  /**
   * How long it takes to walk from where the avatar is shown to where it is: what is left of the
   * former steps, and one more. Steps that come in bursts, as with slow frames, are walked evenly.
   */
  #lasting(now: number): number {
    const { tickMs, pace } = this.#parts
    const periodMs = tickMs / pace()
    const sinceMs = now - this.#inputAt
    this.#inputAt = now
    if (sinceMs > pausePeriods * periodMs) this.#intervalMs = periodMs
    else this.#intervalMs += (sinceMs - this.#intervalMs) * intervalGain
    const leftMs = Math.max(0, this.#step.at + this.#step.lastsMs - now)
    return Math.min(leftMs + Math.min(periodMs, this.#intervalMs), behindPeriods * periodMs)
  }

  #stepOffset(now: number): { x: number; y: number } {
    const { x, y, at, lastsMs } = this.#step
    const left = lastsMs > 0 ? Math.max(0, 1 - (now - at) / lastsMs) : 0
    return { x: x * left, y: y * left }
  }
}
