/** Moments kept of each entity. At 60 ticks a second they reach back half a second. */
const momentsMax = 40
/** How long an entity is moved on past the newest frame. */
const extrapolateMs = 100
/** When a frame is overdue by this, what was extrapolated is taken back, in the same time again. */
const doubtMs = 400

/** The least often that streams tell of anybody, in ticks. */
const slowestTicks = 16
/** Words that come less often than so mean nothing about the next. */
const glideMsMax = 1000
/** Whoever is not spoken of for longer than so many ticks, and comes no faster, has rested. */
const burstTicksMax = 8
/** A step counts as longer than that of a tick, or than the whole way, by this factor. */
const glideFactor = 1.5

const turn = Math.PI * 2

/** Where an entity is shown. */
export interface Shown {
  x: number
  y: number
  /** In the order of the kind's angle fields; radians, 0…2π. */
  readonly angles: number[]
}

/**
 * The recent past of one entity: a ring of moments, each with time, x, y and the angle fields.
 * Times are server ms and only rise.
 */
export class Track {
  readonly #stride: number
  readonly #moments: Float64Array
  #first = 0
  #count = 0
  /** How long after one another the last two moments came, where the entity moved in between. */
  #glideMs = 0
  /** How long after one another the last two words on it came, whether it moved or not. */
  #wordMs = 0
  #saidMs = 0

  /** @param angles how many angle fields the entity's kind has */
  constructor(angles: number) {
    this.#stride = 3 + angles
    this.#moments = new Float64Array(momentsMax * this.#stride)
  }

  /** Time of the newest moment; −∞ where there is none. */
  get newestMs(): number {
    return this.#count === 0 ? Number.NEGATIVE_INFINITY : this.#at(this.#count - 1, 0)
  }

  clear(): void {
    this.#count = 0
    this.#glideMs = 0
  }

  /**
   * Whether somebody who comes to (x, y) at `timeMs`, and was not spoken of before, was under way
   * all the time: comes regularly, or has come farther than a tick's way and no farther than at the
   * speed before. So it is with far tiles, of which an overloaded world tells less often, and with
   * players whose commands were held up. Otherwise they rested until the tick before.
   */
  glides(timeMs: number, x: number, y: number, tickMs: number): boolean {
    const spanMs = timeMs - this.newestMs
    if (this.#count < 2 || spanMs < tickMs * 1.5 || spanMs > tickMs * slowestTicks) return false
    if (Math.abs(spanMs - this.#wordMs) < 1) return true
    if (spanMs > tickMs * burstTicksMax) return false
    const last = this.#offset(this.#count - 1)
    const former = this.#offset(this.#count - 2)
    const moments = this.#moments
    const [lastX, lastY] = [moments[last + 1] as number, moments[last + 2] as number]
    const before = Math.hypot(
      lastX - (moments[former + 1] as number),
      lastY - (moments[former + 2] as number),
    )
    const speed = before / ((moments[last] as number) - (moments[former] as number))
    const way = Math.hypot(x - lastX, y - lastY)
    return way > speed * tickMs * glideFactor && way < speed * spanMs * glideFactor
  }

  /** The entity was still as in its newest moment at `timeMs`: it rested until then. */
  rest(timeMs: number): void {
    if (this.#count === 0 || timeMs <= this.newestMs) return
    const from = this.#offset(this.#count - 1)
    const to = this.#append()
    this.#moments.copyWithin(to, from, from + this.#stride)
    this.#moments[to] = timeMs
  }

  /** A new moment; one of the same time is replaced. */
  push(timeMs: number, x: number, y: number, angles: readonly number[]): void {
    const newest = this.newestMs
    if (timeMs < newest) return
    this.#wordMs = timeMs - this.#saidMs
    this.#saidMs = timeMs
    const spanMs = timeMs - newest
    if (spanMs > 0) this.#glideMs = spanMs <= glideMsMax ? spanMs : 0
    const to = timeMs === newest ? this.#offset(this.#count - 1) : this.#append()
    this.#moments[to] = timeMs
    this.#moments[to + 1] = x
    this.#moments[to + 2] = y
    for (let index = 3; index < this.#stride; index++) {
      this.#moments[to + index] = angles[index - 3] ?? 0
    }
  }

  /**
   * Where the entity is shown at `timeMs`.
   * @param frameMs time of the newest frame: an entity it did not speak of has not moved until then
   * @param snap a step longer than this is a jump, which is not walked through
   * @param overdueMs for how long the next frame has been missing
   */
  sample(
    timeMs: number,
    frameMs: number,
    snap: number,
    into: Shown,
    overdueMs = timeMs - frameMs,
  ): void {
    const last = this.#count - 1
    if (last < 0) return
    let index = last
    while (index > 0 && this.#at(index, 0) > timeMs) index--
    const from = this.#offset(index)
    if (index < last && this.#at(index, 0) <= timeMs) {
      const to = this.#offset(index + 1)
      const span = (this.#moments[to] as number) - (this.#moments[from] as number)
      const part = (timeMs - (this.#moments[from] as number)) / span
      this.#blend(from, to, this.#jumps(from, to, snap) ? 0 : part, into)
      return
    }
    // Of whom frames tell less often than of others, the next word may still be under way.
    const glides = frameMs - this.newestMs < this.#glideMs
    const knownMs = glides ? Math.min(frameMs, this.newestMs) : frameMs
    const past = timeMs - knownMs
    const moving = index === last && last > 0 && this.newestMs >= knownMs
    if (past > 0 && moving) this.#extrapolate(past, overdueMs, snap, into)
    else this.#blend(from, from, 0, into)
  }

  /** Goes on as between the last two moments, for a short while; then doubts it and returns. */
  #extrapolate(pastMs: number, overdueMs: number, snap: number, into: Shown): void {
    const from = this.#offset(this.#count - 2)
    const to = this.#offset(this.#count - 1)
    const span = (this.#moments[to] as number) - (this.#moments[from] as number)
    if (this.#jumps(from, to, snap)) {
      this.#blend(to, to, 0, into)
      return
    }
    const doubt = Math.max(0, Math.min(1, (overdueMs - doubtMs) / doubtMs))
    const onwardMs = Math.max(extrapolateMs, this.#glideMs)
    const onward = Math.min(pastMs, onwardMs) * (1 - doubt)
    this.#blend(from, to, 1 + onward / span, into)
  }

  #jumps(from: number, to: number, snap: number): boolean {
    const dx = (this.#moments[to + 1] as number) - (this.#moments[from + 1] as number)
    const dy = (this.#moments[to + 2] as number) - (this.#moments[from + 2] as number)
    return dx * dx + dy * dy > snap * snap
  }

  #blend(from: number, to: number, part: number, into: Shown): void {
    const moments = this.#moments
    into.x = lerp(moments[from + 1] as number, moments[to + 1] as number, part)
    into.y = lerp(moments[from + 2] as number, moments[to + 2] as number, part)
    for (let index = 3; index < this.#stride; index++) {
      const a = moments[from + index] as number
      into.angles[index - 3] = lerpAngle(a, moments[to + index] as number, part)
    }
  }

  #append(): number {
    if (this.#count === momentsMax) this.#first = (this.#first + 1) % momentsMax
    else this.#count++
    return this.#offset(this.#count - 1)
  }

  #offset(index: number): number {
    return ((this.#first + index) % momentsMax) * this.#stride
  }

  #at(index: number, part: number): number {
    return this.#moments[this.#offset(index) + part] as number
  }
}

/** The number a `part` of the way from `a` to `b`; exact at both ends. */
export function lerp(a: number, b: number, part: number): number {
  return part === 1 ? b : a + (b - a) * part
}

/** The angle a `part` of the short way round from `a` to `b`, in radians, 0…2π. */
export function lerpAngle(a: number, b: number, part: number): number {
  const way = b - a - Math.round((b - a) / turn) * turn
  const angle = (a + way * part) % turn
  return angle < 0 ? angle + turn : angle
}
