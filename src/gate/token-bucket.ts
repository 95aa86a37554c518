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

  /** Lets `units` more through, over the burst. */
  grant(units: number): void {
    this.#tokens += units
  }

  /** True where nothing was taken for so long that a new bucket would be the same. */
  isFull(nowMs: number): boolean {
    this.#refill(nowMs)
    return this.#tokens >= this.#burst
  }

  #refill(nowMs: number): void {
    if (nowMs <= this.#at) return
    // What was granted over the burst is not taken away again, but nothing is added to it.
    const more = Math.max(0, this.#burst - this.#tokens)
    this.#tokens += Math.min(more, (nowMs - this.#at) * this.#perMs)
    this.#at = nowMs
  }
}

/** One bucket per key (an address, a player), bounded in number. */
export class TokenBuckets {
  readonly #perSecond: number
  readonly #burst: number
  readonly #keysMax: number
  /** Ordered by last use, so that the longest silent key is the first. */
  readonly #buckets = new Map<string, TokenBucket>()

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
    if (known !== undefined) this.#buckets.delete(key)
    this.#buckets.set(key, bucket)
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
