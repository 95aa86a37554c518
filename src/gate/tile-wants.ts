/** What a gate asks of a world, gathered until it is sent. */
export interface TileRequest {
  /** Counts the requests of the gate, from 1. */
  readonly number: number
  /** What was subscribed to before is to be forgotten. */
  readonly anew: boolean
  /** Whether any view is not at the full rate. */
  readonly slow: boolean
  readonly subscribe: readonly number[]
  readonly unsubscribe: readonly number[]
  readonly keyframes: readonly number[]
}

/** Stands for the tile of streams that are seen from anywhere. */
export const everywhere = -1

/**
 * Counts which tiles of a world the views of this gate hold. Subscribes with the first view of a
 * tile, unsubscribes with the last, and asks for one keyframe where any number of views wait for
 * it.
 */
export class TileWants {
  readonly #counts = new Map<number, number>()
  /** Tiles the world was asked for. */
  readonly #known = new Set<number>()
  /** Whether the next request is to be as if there had been none. */
  #anew = true
  /** The last request. */
  #number = 0
  readonly #nextNumber: () => number
  /**
   * By tile, the request that subscribed to it again after nobody had looked: what the world tells
   * before that one was heeded belongs to the former subscription. `everywhere` stands for streams
   * that are seen from anywhere.
   */
  readonly #since = new Map<number, number>()
  #returned = new Set<number>()
  #subscribe = new Set<number>()
  #unsubscribe = new Set<number>()
  #keyframes = new Set<number>()
  /** Whether the slow rates are needed. */
  slow = false
  /** The request that asked for them; Infinity while they are not asked for. */
  #slowSince = Number.POSITIVE_INFINITY
  /** Keyframes that were asked for and have not come, with the time of asking. */
  readonly #awaited = new Map<number, number>()

  /**
   * @param nextNumber counts the requests of a gate on and on: a world goes by the number, also
   * where nobody has looked for a while and all that is wanted was forgotten here
   */
  constructor(nextNumber: () => number) {
    this.#nextNumber = nextNumber
  }

  get tiles(): number {
    return this.#counts.size
  }

  /** One more view holds the tile. */
  hold(tile: number): void {
    const count = this.#counts.get(tile) ?? 0
    this.#counts.set(tile, count + 1)
    if (count > 0) return
    this.#unsubscribe.delete(tile)
    if (this.#counts.size === 1) this.#returned.add(everywhere)
    if (this.#known.has(tile)) return
    this.#subscribe.add(tile)
    this.#returned.add(tile)
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
    this.#returned.delete(tile)
    this.#since.delete(tile)
    if (this.#known.has(tile)) this.#unsubscribe.add(tile)
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

  /**
   * Whether what a batch tells of a tile belongs to the present subscription. What was told before
   * the world knew that nobody looks there any more will not be told to end.
   * @param answered the last request that the world had heeded then
   */
  isCurrent(tile: number, answered: number): boolean {
    const held = tile === everywhere ? this.#counts.size > 0 : this.#counts.has(tile)
    return held && !this.#returned.has(tile) && (this.#since.get(tile) ?? 0) <= answered
  }

  /**
   * Whether batches have the slow rates till they are given up here. Those that still come after
   * that, and are asked for again meanwhile, end for a moment, and views that took them would have
   * to begin anew.
   * @param answered as of `isCurrent`
   */
  slowLasts(answered: number): boolean {
    return this.#slowSince <= answered
  }

  /** Asks for everything anew: the world may not know this gate any more, or something got lost. */
  restart(): void {
    this.#anew = true
    this.#awaited.clear()
    this.#known.clear()
    this.#unsubscribe.clear()
    for (const tile of this.#counts.keys()) this.#subscribe.add(tile)
  }

  /**
   * The world was started anew, and knows of what the former one had heeded as of what it was
   * subscribed to. What was asked for after that may have reached either.
   */
  startedAnew(answered: number): void {
    for (const [tile, number] of this.#since) if (number <= answered) this.#since.delete(tile)
  }

  /** What is to be sent now, if anything. */
  take(nowMs: number): TileRequest | undefined {
    const tiles = this.#subscribe.size + this.#unsubscribe.size + this.#keyframes.size
    const anew = this.#anew && (this.#number > 0 || tiles > 0)
    const isSlow = this.#slowSince !== Number.POSITIVE_INFINITY
    if (tiles === 0 && this.slow === isSlow && !anew) return undefined
    this.#anew = false
    this.#number = this.#nextNumber()
    for (const tile of this.#returned) this.#since.set(tile, this.#number)
    this.#returned = new Set()
    if (this.slow !== isSlow) this.#slowSince = this.slow ? this.#number : Number.POSITIVE_INFINITY
    for (const tile of this.#subscribe) {
      this.#keyframes.add(tile)
      this.#known.add(tile)
    }
    for (const tile of this.#unsubscribe) this.#known.delete(tile)
    for (const tile of this.#keyframes) this.#awaited.set(tile, nowMs)
    const request = {
      number: this.#number,
      anew,
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
