import { RealmError } from '../errors/index.ts'
import type { Clock, Random, Timer } from '../ports/index.ts'
import type { GateLimits } from './limits.ts'
import { newSecret, sameText } from './secrets.ts'

const stepMs = 100
/** A ticket that was given out is taken for a player who is about to come, for so long. */
const promisedMs = 5000
const pollMsMin = 1000
const pollMsMax = 30_000
/** Of the time that is left, since those before may give up. */
const pollShare = 0.75

export interface LoginQueueParts {
  readonly clock: Clock
  readonly random: Random
  readonly limits: GateLimits
  /** How many more players fit in. */
  room(): number
}

/** A place among those who wait to be let in. */
export interface Queued {
  /** 1 is the next. At most so many are before it. */
  readonly place: number
  /** How long it will take at the present rate, ms. */
  readonly estimateMs: number
  /** Keeps the place, shown within `queueKeepMs` each time. */
  readonly token: string
  /** When to ask again, ms. */
  readonly pollMs: number
}

interface Waiting {
  /** Shows whose place it is: drawn once, since a signature would be made anew for each poll. */
  readonly secret: string
  seenMs: number
  called: boolean
}

/**
 * Lets logins in as fast as those inside can bear, and in the order in which they came: who comes
 * while others wait gets a number. The rate falls while the event loop lags, and where everything
 * is full nobody is called.
 */
export class LoginQueue {
  readonly #parts: LoginQueueParts
  /** By number, whoever was silent for longest first. */
  readonly #waiting = new Map<number, Waiting>()
  #last = 0
  /** All numbers up to this one were called, or have given up. */
  #called = 0
  #rate: number
  #budget: number
  #budgetMs: number
  #steppedMs = 0
  /** When each of the latest was let in. */
  #promised: number[] = []
  /** How many were called and have not asked since: there must be room when they do. */
  #owed = 0

  constructor(parts: LoginQueueParts) {
    const { clock, limits } = parts
    this.#parts = parts
    this.#rate = limits.admissionsPerSecondMax
    this.#budget = this.#burst()
    this.#budgetMs = clock.now()
  }

  /** Begins to measure how late the event loop is. */
  start(): Timer {
    const { clock } = this.#parts
    this.#steppedMs = clock.now()
    return clock.every(stepMs, () => this.#step())
  }

  get size(): number {
    return this.#waiting.size
  }

  /** Whether a token is one of this queue, whose place is still kept. */
  knows(token: unknown): boolean {
    return this.#numberOf(token) !== undefined
  }

  /**
   * Whether a login may go on now.
   * @param token of the place it has, if any; one that is not good any more is as none
   * @returns its place where it must wait
   * @throws RealmError `QUEUE_FULL`
   */
  admit(token: unknown): Queued | undefined {
    const now = this.#parts.clock.now()
    this.#call(now)
    const known = this.#numberOf(token)
    if (known !== undefined) return this.#returned(known, now)
    const { limits } = this.#parts
    if (this.#called === this.#last && this.#mayCall()) {
      this.#budget -= 1
      this.#promised.push(now)
      return undefined
    }
    if (this.#waiting.size >= limits.queueMax) throw new RealmError('QUEUE_FULL')
    this.#last += 1
    const secret = newSecret(this.#parts.random)
    this.#waiting.set(this.#last, { secret, seenMs: now, called: false })
    return this.#placeOf(this.#last, secret)
  }

  #returned(number: number, now: number): Queued | undefined {
    const waiting = this.#waiting.get(number) as Waiting
    this.#forget(number, waiting)
    if (waiting.called) {
      this.#promised.push(now)
      return undefined
    }
    waiting.seenMs = now
    this.#waiting.set(number, waiting)
    return this.#placeOf(number, waiting.secret)
  }

  #placeOf(number: number, secret: string): Queued {
    const place = number - this.#called
    const estimateMs = Math.round((place / this.#rate) * 1000)
    const pollMs = Math.min(pollMsMax, Math.max(pollMsMin, Math.round(estimateMs * pollShare)))
    return { place, estimateMs, pollMs, token: `${number}.${secret}` }
  }

  #numberOf(token: unknown): number | undefined {
    const match = typeof token === 'string' ? /^(\d{1,15})\.([\w-]{43})$/.exec(token) : null
    const number = Number(match?.[1])
    const waiting = this.#waiting.get(number)
    if (match === null || waiting === undefined) return undefined
    return sameText(waiting.secret, match[2] ?? '') ? number : undefined
  }

  /** Calls those whose turn it is; who has not been seen for too long has lost the place. */
  #call(now: number): void {
    this.#refill(now)
    while (this.#called < this.#last && this.#mayCall()) {
      this.#called += 1
      const waiting = this.#waiting.get(this.#called)
      if (waiting === undefined) continue
      if (this.#isGone(waiting, now)) {
        this.#forget(this.#called, waiting)
        continue
      }
      waiting.called = true
      this.#owed += 1
      this.#budget -= 1
    }
  }

  #mayCall(): boolean {
    return this.#budget >= 1 && this.#parts.room() > this.#promised.length + this.#owed
  }

  #forget(number: number, { called }: Waiting): void {
    this.#waiting.delete(number)
    if (called) this.#owed -= 1
  }

  #isGone({ seenMs }: Waiting, now: number): boolean {
    return now - seenMs > this.#parts.limits.queueKeepMs
  }

  #refill(now: number): void {
    const earned = ((now - this.#budgetMs) / 1000) * this.#rate
    this.#budget = Math.min(this.#burst(), this.#budget + earned)
    this.#budgetMs = now
  }

  /** Each login costs those inside some time: many at once would be felt. */
  #burst(): number {
    return Math.max(1, Math.min(this.#rate, this.#parts.limits.admissionsBurstMax))
  }

  #step(): void {
    const { clock, limits } = this.#parts
    const now = clock.now()
    const lateMs = now - this.#steppedMs - stepMs
    this.#steppedMs = now
    const { admissionsPerSecondMax: most, admissionsPerSecondMin: least } = limits
    const next = lateMs > limits.lagMsMax ? this.#rate * 0.7 : this.#rate * 1.05 + 1
    this.#rate = Math.min(most, Math.max(least, next))
    const oldMs = now - promisedMs
    const first = this.#promised.findIndex((atMs) => atMs > oldMs)
    this.#promised = first < 0 ? [] : this.#promised.slice(first)
    this.#call(now)
    this.#forgetGone(now)
  }

  #forgetGone(now: number): void {
    let forgotten = 0
    for (const [number, waiting] of this.#waiting) {
      if (!this.#isGone(waiting, now) || forgotten >= forgottenMax) return
      this.#forget(number, waiting)
      forgotten += 1
    }
  }
}

/** In one step: 10,000 a second. */
const forgottenMax = 1000
