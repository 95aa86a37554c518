/** What a gate asks of a world, gathered until it is sent. */
export interface TileRequest {
  /** Whether any view is not at the full rate. */
  readonly slow: boolean
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
  /** Tiles the world was asked for; and those of which it may not know any more. */
  readonly #known = new Set<number>()
  readonly #doubted = new Set<number>()
  #subscribe = new Set<number>()
  #unsubscribe = new Set<number>()
  #keyframes = new Set<number>()
  /** Whether the slow rates are needed. */
  slow = false
  #slowTold = false
  /** Keyframes that were asked for and have not come, with the time of asking. */
  readonly #awaited = new Map<number, number>()

  get tiles(): number {
    return this.#counts.size
  }

  /** Whether any view holds the tile. */
  holds(tile: number): boolean {
    return this.#counts.has(tile)
  }

  /** One more view holds the tile. */
  hold(tile: number): void {
    const count = this.#counts.get(tile) ?? 0
    this.#counts.set(tile, count + 1)
    if (count > 0) return
    this.#unsubscribe.delete(tile)
    if (!this.#known.has(tile)) this.#subscribe.add(tile)
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
    this.#subscribe.delete(tile)
    if (this.#known.has(tile) || this.#doubted.has(tile)) this.#unsubscribe.add(tile)
  }

  /** A view that holds the tile needs its whole content. */
  needKeyframe(tile: number): void {
    if (!this.#awaited.has(tile)) this.#keyframes.add(tile)
  }

  keyframeCame(stream: number): void {
    this.#keyframes.delete(stream)
    this.#awaited.delete(stream)
  }

  /** A stream has ended: its keyframe will not come. */
  forget(stream: number): void {
    this.#keyframes.delete(stream)
    this.#awaited.delete(stream)
  }

  /**
   * Asks again for what was asked for before `beforeMs` and never came: the request or the answer
   * was lost.
   */
  retry(beforeMs: number): void {
    for (const [tile, askedMs] of this.#awaited) {
      if (askedMs > beforeMs) continue
      this.#awaited.delete(tile)
      // Streams beyond those of tiles come with their tile.
      if (this.#counts.has(tile)) this.#subscribe.add(tile)
      this.#keyframes.add(tile)
    }
  }

  /** Asks for everything anew: the world does not know this gate any more. */
  restart(): void {
    this.#awaited.clear()
    this.#slowTold = false
    for (const tile of this.#known) this.#doubted.add(tile)
    this.#known.clear()
    for (const tile of this.#counts.keys()) this.#subscribe.add(tile)
  }

  /** The world may tell of what was wanted in a former cut of it; what of that nobody holds ends. */
  inherit(former: TileWants): void {
    for (const tile of [...former.#known, ...former.#doubted]) {
      this.#doubted.add(tile)
      if (!this.#counts.has(tile)) this.#unsubscribe.add(tile)
    }
  }

  /** What is to be sent now, if anything. */
  take(nowMs: number): TileRequest | undefined {
    const tiles = this.#subscribe.size + this.#unsubscribe.size + this.#keyframes.size
    if (tiles === 0 && this.slow === this.#slowTold) return undefined
    this.#slowTold = this.slow
    for (const tile of this.#subscribe) {
      this.#keyframes.add(tile)
      this.#known.add(tile)
    }
    for (const tile of this.#unsubscribe) this.#known.delete(tile)
    this.#doubted.clear()
    for (const tile of this.#keyframes) this.#awaited.set(tile, nowMs)
    const request = {
      slow: this.slow,
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
