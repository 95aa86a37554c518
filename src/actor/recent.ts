/** A call may be under way for so long; see the recorded answers. */
export const rememberedMs = 30_000

/**
 * What was set in the last 30 to 60 s, or less where it was too much: two generations, of which the
 * older goes as a whole.
 */
export class Recent<V> {
  /** Until then something may have been set that is forgotten. */
  forgotMs = Number.NEGATIVE_INFINITY
  readonly #generationMax: number
  #recent: Map<string, V> | undefined
  #former: Map<string, V> | undefined
  #sinceMs = Number.NEGATIVE_INFINITY

  constructor(generationMax: number) {
    this.#generationMax = generationMax
  }

  /** Whether nothing is there to be found. */
  get isEmpty(): boolean {
    return this.#recent === undefined
  }

  get(key: string): V | undefined {
    return this.#recent?.get(key) ?? this.#former?.get(key)
  }

  /** @param nowMs by a clock that never goes back */
  set(key: string, value: V, nowMs: number): void {
    const recent = this.#recent
    if (recent !== undefined && nowMs < this.#sinceMs + rememberedMs) {
      if (recent.size < this.#generationMax || recent.has(key)) {
        recent.set(key, value)
        return
      }
    }
    this.#begin(nowMs)
    this.#recent = new Map([[key, value]])
  }

  /** A new generation: the former one is forgotten, both where this one is too old, too. */
  #begin(nowMs: number): void {
    const old = nowMs >= this.#sinceMs + 2 * rememberedMs
    if (this.#former !== undefined) this.forgotMs = this.#sinceMs
    if (old && this.#recent !== undefined) this.forgotMs = this.#sinceMs + rememberedMs
    this.#former = old ? undefined : this.#recent
    this.#sinceMs = nowMs
  }

  /** The newest value of each key that may still matter. */
  all(nowMs: number): ReadonlyMap<string, V> {
    if (nowMs >= this.#sinceMs + 2 * rememberedMs) return new Map()
    return new Map([...(this.#former ?? []), ...(this.#recent ?? [])])
  }
}
