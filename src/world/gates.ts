import {
  type ActivationContext,
  noParts,
  type OpenedStream,
  type StreamParts,
  type StreamSums,
  someParts,
  type ViewChange,
} from '../actor/index.ts'
import { type Layers, priorities } from './layers.ts'
import type { ExtraStream, Streams } from './streams.ts'

/** What one gate wants of the world, and what it is told with the next tick. */
interface GateFeed {
  readonly subscribed: Set<number>
  /** Streams beyond those of tiles that it was told of. */
  readonly told: Set<number>
  /** The last of its requests that was heeded. */
  answered: number
  /** Whether it needs slower rates too. */
  slow: boolean
  /** Streams whose whole content it asked for, or needs for what it is told. */
  keyframes: Set<number>
  members: number
  /**
   * When the last member went; Infinity for a subscriber that never had one, such as a neighbour
   * node.
   */
  emptySinceMs: number
  views: ViewChange[]
  acknowledged: { session: string; sequence: number }[]
  opened: OpenedStream[]
  closed: number[]
}

/** One tick as it was encoded. */
export interface TickParts {
  readonly tick: number
  readonly deltas: StreamParts
  readonly slow: StreamParts
  readonly crawl: StreamParts
  readonly keyframes: StreamParts
  readonly checksums: StreamSums
  readonly pressure: number
}

/** A gate without members that has not unsubscribed after this time is taken for dead. */
const abandonedMs = 60_000

/**
 * The gates that show this world: which tiles each wants, and one batch for each per tick. Whoever
 * subscribes to a tile gets all streams on it, and who subscribes to any those of everywhere: it is
 * for the gate to pass on to each client what is for it.
 */
export class Gates {
  /** How many gates subscribe to each tile, and after the last to any. */
  readonly wanted: Int32Array
  /** The same of gates that need slower rates. */
  readonly slowWanted: Int32Array
  readonly #streams: Streams
  readonly #layers: Layers
  readonly #incarnation: number
  readonly #feeds = new Map<string, GateFeed>()

  /** @param incarnation tells gates of a world that was started anew */
  constructor(streams: Streams, layers: Layers, incarnation: number) {
    this.#incarnation = incarnation
    this.#streams = streams
    this.#layers = layers
    this.wanted = new Int32Array(streams.everywhere + 1)
    this.slowWanted = new Int32Array(streams.everywhere + 1)
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

  /** Begins with a request of a gate. @param anew whether what it was subscribed to is forgotten */
  heed(gate: string, number: number, anew: boolean): void {
    const feed = this.#feed(gate)
    feed.answered = Math.max(feed.answered, number)
    if (anew) this.unsubscribe(gate, [...feed.subscribed])
  }

  /** Also for tiles it has: it may have missed what it was told of them. */
  subscribe(gate: string, tiles: Iterable<number>): void {
    const feed = this.#feed(gate)
    const { everywhere } = this.#streams
    const { size } = feed.subscribed
    let any = false
    for (const tile of tiles) {
      if (!this.#isTile(tile)) continue
      any = true
      this.#tellOf(feed, tile)
      if (feed.subscribed.has(tile)) continue
      feed.subscribed.add(tile)
      this.#want(feed, tile, 1)
    }
    if (!any) return
    if (size === 0) this.#want(feed, everywhere, 1)
    if (size === 0 || this.#streams.on(everywhere).length > 0) this.#tellOf(feed, everywhere)
  }

  /** @returns whether the gate needs slower rates for the first time */
  needSlow(gate: string, slow: boolean): boolean {
    const feed = this.#feed(gate)
    if (feed.slow === slow) return false
    feed.slow = slow
    for (const tile of feed.subscribed) (this.slowWanted[tile] as number) += slow ? 1 : -1
    if (feed.subscribed.size > 0) {
      ;(this.slowWanted[this.#streams.everywhere] as number) += slow ? 1 : -1
    }
    return slow
  }

  #want(feed: GateFeed, tile: number, more: 1 | -1): void {
    ;(this.wanted[tile] as number) += more
    if (feed.slow) (this.slowWanted[tile] as number) += more
  }

  unsubscribe(gate: string, tiles: Iterable<number>): void {
    const feed = this.#feeds.get(gate)
    if (feed === undefined) return
    const { size } = feed.subscribed
    for (const tile of tiles) {
      if (!feed.subscribed.delete(tile)) continue
      this.#want(feed, tile, -1)
      feed.keyframes.delete(tile)
      for (const { stream } of this.#streams.on(tile)) {
        feed.told.delete(stream)
        feed.keyframes.delete(stream)
      }
    }
    if (size === 0 || feed.subscribed.size > 0) return
    this.#want(feed, this.#streams.everywhere, -1)
    feed.told.clear()
  }

  /**
   * Streams that it does not get are left out: it may take the world for one before this, which it
   * was subscribed to, and a keyframe that no deltas follow would be shown for ever.
   */
  requestKeyframes(gate: string, streams: Iterable<number>): void {
    const feed = this.#feed(gate)
    for (const stream of streams) {
      if (feed.subscribed.has(stream) || feed.told.has(stream)) feed.keyframes.add(stream)
    }
  }

  /** Everything subscribed is sent as a whole: the layout of the stream has changed. */
  requestAll(): void {
    for (const { keyframes, subscribed, told } of this.#feeds.values()) {
      for (const tile of subscribed) keyframes.add(tile)
      for (const stream of told) keyframes.add(stream)
    }
  }

  view(gate: string, view: ViewChange): void {
    this.#feed(gate).views.push(view)
  }

  acknowledge(gate: string, session: string, sequence: number): void {
    this.#feed(gate).acknowledged.push({ session, sequence })
  }

  /** Tells of streams that were opened or ended in this tick. Before keyframes are encoded. */
  announce(): void {
    const { fresh, ended, everywhere } = this.#streams
    if (fresh.length === 0 && ended.length === 0) return
    for (const feed of this.#feeds.values()) {
      for (const stream of ended) {
        feed.told.delete(stream)
        feed.keyframes.delete(stream)
        if (feed.subscribed.size > 0) feed.closed.push(stream)
      }
      if (feed.subscribed.size === 0) continue
      for (const one of fresh) {
        const there = one.tile === everywhere || feed.subscribed.has(one.tile)
        if (there && !feed.told.has(one.stream)) this.#tell(feed, one)
      }
    }
  }

  /** The streams of which some gate wants the whole content now, ascending. */
  keyframesWanted(): number[] {
    const all = new Set<number>()
    for (const { keyframes } of this.#feeds.values()) for (const one of keyframes) all.add(one)
    return [...all].sort((a, b) => a - b)
  }

  /** Hands each gate its share of the tick. */
  publish(context: ActivationContext, parts: TickParts): void {
    const { tick, deltas, slow, crawl, keyframes, checksums, pressure } = parts
    for (const [gate, feed] of this.#feeds) {
      const { subscribed, told, views, acknowledged, opened, closed } = feed
      const wanted = feed.keyframes
      const has = (stream: number): boolean => subscribed.has(stream) || told.has(stream)
      // Before it is handed over: a gate that is near asks for more at once.
      feed.views = []
      feed.acknowledged = []
      if (opened.length > 0) feed.opened = []
      if (closed.length > 0) feed.closed = []
      if (wanted.size > 0) feed.keyframes = new Set()
      context.publish(gate, {
        tick,
        incarnation: this.#incarnation,
        answered: feed.answered,
        deltas: someParts(deltas, has),
        rates: feed.slow,
        slow: feed.slow ? someParts(slow, has) : noParts,
        crawl: feed.slow ? someParts(crawl, has) : noParts,
        keyframes:
          wanted.size === 0 ? noParts : someParts(keyframes, (stream) => wanted.has(stream)),
        checksums: someSums(checksums, has),
        views,
        acknowledged,
        // A list that stays here is filled with what later ticks bring.
        opened: opened.length > 0 ? opened : [],
        closed: closed.length > 0 ? closed : [],
        pressure,
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
  subscriptions(): { gate: string; tiles: number[]; slow: boolean }[] {
    return [...this.#feeds].map(([gate, { subscribed, slow }]) => {
      return { gate, tiles: [...subscribed], slow }
    })
  }

  #tellOf(feed: GateFeed, tile: number): void {
    // Streams that were just opened are announced to everybody.
    for (const one of this.#streams.on(tile)) if (!one.fresh) this.#tell(feed, one)
  }

  #tell(feed: GateFeed, { stream, tile, layer }: ExtraStream): void {
    const { audience, priority } = this.#layers.of(layer)
    feed.told.add(stream)
    feed.keyframes.add(stream)
    if (feed.opened.some((one) => one.stream === stream)) return
    feed.opened.push({ stream, tile, audience, priority: priorities.indexOf(priority) })
  }

  #feed(gate: string): GateFeed {
    let feed = this.#feeds.get(gate)
    if (feed === undefined) {
      feed = {
        subscribed: new Set(),
        told: new Set(),
        answered: 0,
        slow: false,
        keyframes: new Set(),
        members: 0,
        emptySinceMs: Number.POSITIVE_INFINITY,
        views: [],
        acknowledged: [],
        opened: [],
        closed: [],
      }
      this.#feeds.set(gate, feed)
    }
    return feed
  }

  #isTile(tile: number): boolean {
    return Number.isInteger(tile) && tile >= 0 && tile < this.#streams.everywhere
  }
}

function someSums(all: StreamSums, has: (stream: number) => boolean): StreamSums {
  if (all.streams.every(has)) return all
  const { streams, sums } = all
  return { streams: streams.filter(has), sums: sums.filter((_, at) => has(streams[at] as number)) }
}
