/** What a gate asks of a world, gathered until it is sent. */
export interface TileRequest {
  readonly subscribe: readonly number[]
  readonly unsubscribe: readonly number[]
  readonly keyframes: readonly number[]
}

/**
 * Counts which tiles of a world the views of this gate hold. Subscribes with the first view of a
 * tile, unsubscribes with the last, and asks for one keyframe where any number of views wait for
 * it.
 */
export class TileWants {
  readonly #counts = new Map<number, number>()
  #subscribe = new Set<number>()
  #unsubscribe = new Set<number>()
  #keyframes = new Set<number>()
  /** Keyframes that were asked for and have not come, with the time of asking. */
  readonly #awaited = new Map<number, number>()

  get tiles(): number {
    return this.#counts.size
  }

  /** One more view holds the tile. */
  hold(tile: number): void {
    const count = this.#counts.get(tile) ?? 0
    this.#counts.set(tile, count + 1)
    if (count === 0 && !this.#unsubscribe.delete(tile)) this.#subscribe.add(tile)
  }

  /** One view less holds the tile. */
  release(tile: number): void {
    const count = (this.#counts.get(tile) ?? 0) - 1
    if (count > 0) {
      this.#counts.set(tile, count)
      return
    }
    this.#counts.delete(tile)
    this.#keyframes.delete(tile)
    this.#awaited.delete(tile)
    if (!this.#subscribe.delete(tile)) this.#unsubscribe.add(tile)
  }

  /** A view that holds the tile needs its whole content. */
  needKeyframe(tile: number): void {
    if (!this.#awaited.has(tile)) this.#keyframes.add(tile)
  }

  /** @returns whether it was asked for */
  keyframeCame(tile: number): boolean {
    this.#keyframes.delete(tile)
    return this.#awaited.delete(tile)
  }

  /**
   * Asks again for what was asked for before `beforeMs` and never came: the request or the answer
   * was lost.
   */
  retry(beforeMs: number): void {
    for (const [tile, askedMs] of this.#awaited) {
      if (askedMs > beforeMs) continue
      this.#awaited.delete(tile)
      this.#subscribe.add(tile)
      this.#keyframes.add(tile)
    }
  }

  /** Asks for everything anew: the world does not know this gate any more. */
  restart(): void {
    this.#awaited.clear()
    for (const tile of this.#counts.keys()) this.#subscribe.add(tile)
  }

  /** What is to be sent now, if anything. */
  take(nowMs: number): TileRequest | undefined {
    if (this.#subscribe.size + this.#unsubscribe.size + this.#keyframes.size === 0) return undefined
    for (const tile of this.#subscribe) this.#keyframes.add(tile)
    for (const tile of this.#keyframes) this.#awaited.set(tile, nowMs)
    const request = {
      subscribe: [...this.#subscribe],
      unsubscribe: [...this.#unsubscribe],
      keyframes: [...this.#keyframes],
    }
    this.#subscribe = new Set()
    this.#unsubscribe = new Set()
    this.#keyframes = new Set()
    return request
  }
}
