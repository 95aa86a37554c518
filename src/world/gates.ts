import {
  type ActivationContext,
  noParts,
  type StreamParts,
  someParts,
  type ViewChange,
} from '../actor/index.ts'

/** What one gate wants of the world, and what it is told with the next tick. */
interface GateFeed {
  readonly subscribed: Set<number>
  /** Tiles whose whole content it asked for. */
  keyframes: Set<number>
  members: number
  /**
   * When the last member went; Infinity for a subscriber that never had one, such as a neighbour
   * node.
   */
  emptySinceMs: number
  views: ViewChange[]
  acknowledged: { session: string; sequence: number }[]
}

/** A gate without members that has not unsubscribed after this time is taken for dead. */
const abandonedMs = 60_000

/** The gates that show this world: which tiles each wants, and one batch for each per tick. */
export class Gates {
  /** How many gates subscribe to each tile. */
  readonly wanted: Int32Array
  readonly #feeds = new Map<string, GateFeed>()

  constructor(tileCount: number) {
    this.wanted = new Int32Array(tileCount)
  }

  /** A member of the gate came. */
  enter(gate: string): void {
    this.#feed(gate).members += 1
  }

  /** A member of the gate went. */
  exit(gate: string, nowMs: number): void {
    const feed = this.#feeds.get(gate)
    if (feed === undefined) return
    feed.members -= 1
    feed.emptySinceMs = nowMs
  }

  subscribe(gate: string, tiles: Iterable<number>): void {
    const { subscribed } = this.#feed(gate)
    for (const tile of tiles) {
      if (!this.#isTile(tile) || subscribed.has(tile)) continue
      subscribed.add(tile)
      ;(this.wanted[tile] as number) += 1
    }
  }

  unsubscribe(gate: string, tiles: Iterable<number>): void {
    const feed = this.#feeds.get(gate)
    for (const tile of tiles) {
      if (feed?.subscribed.delete(tile)) (this.wanted[tile] as number) -= 1
    }
  }

  requestKeyframes(gate: string, tiles: Iterable<number>): void {
    const { keyframes } = this.#feed(gate)
    for (const tile of tiles) if (this.#isTile(tile)) keyframes.add(tile)
  }

  /** Everything subscribed is sent as a whole: the layout of the stream has changed. */
  requestAll(): void {
    for (const feed of this.#feeds.values()) feed.keyframes = new Set(feed.subscribed)
  }

  view(gate: string, view: ViewChange): void {
    this.#feed(gate).views.push(view)
  }

  acknowledge(gate: string, session: string, sequence: number): void {
    this.#feed(gate).acknowledged.push({ session, sequence })
  }

  /** The tiles of which some gate wants the whole content now, ascending. */
  keyframesWanted(): number[] {
    const all = new Set<number>()
    for (const { keyframes } of this.#feeds.values()) for (const tile of keyframes) all.add(tile)
    return [...all].sort((a, b) => a - b)
  }

  /** Hands each gate its share of the tick. */
  publish(
    context: ActivationContext,
    tick: number,
    deltas: StreamParts,
    keyframes: StreamParts,
  ): void {
    for (const [gate, feed] of this.#feeds) {
      const { subscribed, views, acknowledged } = feed
      const wanted = feed.keyframes
      feed.views = []
      feed.acknowledged = []
      if (wanted.size > 0) feed.keyframes = new Set()
      context.publish(gate, {
        tick,
        slow: noParts,
        crawl: noParts,
        opened: [],
        closed: [],
        pressure: 0,
        deltas: someParts(deltas, (tile) => subscribed.has(tile)),
        keyframes: wanted.size === 0 ? noParts : someParts(keyframes, (tile) => wanted.has(tile)),
        views,
        acknowledged,
      })
      if (feed.members <= 0) this.#forget(gate, feed, context.clock.now())
    }
  }

  /** A gate that lives unsubscribes by itself; one that died does not. */
  #forget(gate: string, feed: GateFeed, nowMs: number): void {
    if (nowMs - feed.emptySinceMs > abandonedMs) this.unsubscribe(gate, [...feed.subscribed])
    if (feed.subscribed.size === 0) this.#feeds.delete(gate)
  }

  /** Subscriptions by gate, for `freeze`. */
  subscriptions(): { gate: string; tiles: number[] }[] {
    return [...this.#feeds].map(([gate, { subscribed }]) => ({ gate, tiles: [...subscribed] }))
  }

  #feed(gate: string): GateFeed {
    let feed = this.#feeds.get(gate)
    if (feed === undefined) {
      feed = {
        subscribed: new Set(),
        keyframes: new Set(),
        members: 0,
        emptySinceMs: Number.POSITIVE_INFINITY,
        views: [],
        acknowledged: [],
      }
      this.#feeds.set(gate, feed)
    }
    return feed
  }

  #isTile(tile: number): boolean {
    return Number.isInteger(tile) && tile >= 0 && tile < this.wanted.length
  }
}
