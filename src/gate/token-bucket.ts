import type { GateLimits } from './limits.ts'

/** Lets `rate` units a second through, and up to `burst` at once after a silence. */
export class TokenBucket {
  readonly #perMs: number
  readonly #burst: number
  #tokens: number
  #at: number

  constructor(perSecond: number, burst: number, nowMs: number) {
    this.#perMs = perSecond / 1000
    this.#burst = burst
    this.#tokens = burst
    this.#at = nowMs
  }

  /** Takes `units` if they are there; takes nothing otherwise. */
  take(units: number, nowMs: number): boolean {
    this.#refill(nowMs)
    if (this.#tokens < units) return false
    this.#tokens -= units
    return true
  }

  /** True where nothing was taken for so long that a new bucket would be the same. */
  isFull(nowMs: number): boolean {
    this.#refill(nowMs)
    return this.#tokens >= this.#burst
  }

  #refill(nowMs: number): void {
    if (nowMs <= this.#at) return
    this.#tokens = Math.min(this.#burst, this.#tokens + (nowMs - this.#at) * this.#perMs)
    this.#at = nowMs
  }
}

/** Parts of a message or byte that are counted. */
const parts = 1000

/**
 * How much a client may send: a bucket of messages and one of bytes, refilled together. In whole
 * thousandths and milliseconds, so that V8 keeps the numbers in the object itself.
 */
export class MessageRates {
  readonly #limits: RateLimits
  #messages: number
  #bytes: number
  #at: number

  constructor(limits: RateLimits, nowMs: number) {
    this.#limits = limits
    this.#messages = limits.messagesBurstMax * parts
    this.#bytes = limits.bytesBurstMax * parts
    this.#at = Math.floor(nowMs)
  }

  /**
   * So many bytes have arrived.
   * @param nowMs whole milliseconds
   * @returns whether they are within the limit
   */
  arrived(bytes: number, nowMs: number): boolean {
    if (nowMs > this.#at) {
      this.#refill(nowMs - this.#at)
      this.#at = nowMs
    }
    if (this.#bytes < bytes * parts) return false
    this.#bytes -= bytes * parts
    return true
  }

  /** Takes one of the messages that have arrived, if it is within the limit. */
  takeMessage(): boolean {
    if (this.#messages < parts) return false
    this.#messages -= parts
    return true
  }

  /** Lets through what could have come in so many seconds, over the burst. */
  grant(seconds: number): void {
    this.#messages += Math.floor(seconds * this.#limits.messagesPerSecondMax * parts)
    this.#bytes += Math.floor(seconds * this.#limits.bytesPerSecondMax * parts)
  }

  /** What was granted over the burst is not taken away again, but nothing is added to it. */
  #refill(ms: number): void {
    const { messagesPerSecondMax, messagesBurstMax, bytesPerSecondMax, bytesBurstMax } =
      this.#limits
    // A thousandth for each millisecond is what one is for each second.
    const messages = this.#messages + ms * messagesPerSecondMax
    const bytes = this.#bytes + ms * bytesPerSecondMax
    this.#messages = Math.max(this.#messages, Math.min(messages, messagesBurstMax * parts))
    this.#bytes = Math.max(this.#bytes, Math.min(bytes, bytesBurstMax * parts))
  }
}

type RateLimits = Pick<
  GateLimits,
  'messagesPerSecondMax' | 'messagesBurstMax' | 'bytesPerSecondMax' | 'bytesBurstMax'
>

/** One bucket per key (an address, a player), bounded in number. */
export class TokenBuckets {
  readonly #perSecond: number
  readonly #burst: number
  readonly #keysMax: number
  /** Ordered by last use, so that the longest silent key is the first. */
  readonly #buckets = new Map<string, TokenBucket>()
  /** The last of them. */
  #newest: string | undefined

  constructor(perSecond: number, burst: number, keysMax: number) {
    this.#perSecond = perSecond
    this.#burst = burst
    this.#keysMax = keysMax
  }

  get size(): number {
    return this.#buckets.size
  }

  take(key: string, nowMs: number): boolean {
    const known = this.#buckets.get(key)
    const bucket = known ?? new TokenBucket(this.#perSecond, this.#burst, nowMs)
    if (known === undefined || key !== this.#newest) {
      // A map is built anew where it shrinks, so one that holds few keys is not touched in vain.
      if (known !== undefined) this.#buckets.delete(key)
      this.#buckets.set(key, bucket)
      this.#newest = key
    }
    if (this.#buckets.size > this.#keysMax) this.#forgetFirst()
    return bucket.take(1, nowMs)
  }

  /** Forgets keys that were silent long enough. */
  sweep(nowMs: number): void {
    for (const [key, bucket] of this.#buckets) {
      if (!bucket.isFull(nowMs)) continue
      this.#buckets.delete(key)
    }
  }

  #forgetFirst(): void {
    for (const key of this.#buckets.keys()) {
      this.#buckets.delete(key)
      return
    }
  }
}
