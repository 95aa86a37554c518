import type { TileBatch } from '../actor/index.ts'
import {
  type TileGrid,
  tileGrid,
  tilePart,
  tilePartBytes,
  type WorldDescriptor,
  type WorldFrameHead,
  worldFrameBytes,
  worldMessageBytes,
  writeWorldMessageHead,
} from '../protocol/index.ts'
import { assert } from './assert.ts'
import type { GateLimits } from './limits.ts'
import type { Outboxes } from './outbox.ts'
import type { Channel, Session } from './session.ts'
import type { GateCounters } from './stats.ts'
import { TickDeltas } from './tile-batch.ts'
import { type TileRequest, TileWants } from './tile-wants.ts'
import { View } from './view.ts'

/** A world is cut into at most this many tiles; every tick touches four bytes for each. */
const tilesMax = 4 * 1024 * 1024
/** A world that is subscribed to and was silent this long has probably moved or restarted. */
const silenceMs = 3000

/** What a feed needs of the gate. */
export interface FeedParts {
  readonly limits: GateLimits
  readonly outboxes: Outboxes
  readonly counters: GateCounters
  /** Sends a request to the world. */
  request(request: TileRequest): void
}

/**
 * One world as this gate sees it: subscribes to the tiles its clients' views cover, and turns each
 * tick of the world into one frame per client by copying — tile bytes were encoded once, by the
 * world.
 */
export class WorldFeed {
  readonly #world: WorldDescriptor
  readonly #parts: FeedParts
  readonly #grid: TileGrid
  readonly #slack: number
  readonly #wants = new TileWants()
  readonly #deltas: TickDeltas
  readonly #keyframes = new Map<number, Uint8Array>()
  readonly #views = new Map<string, View>()
  readonly #head: WorldFrameHead = { channel: 0, tick: 0, acknowledged: 0, me: 0 }
  #framed: View | undefined
  #frameBytes = 0
  #tick = -1
  #heardMs = Number.POSITIVE_INFINITY
  #epoch: number | undefined
  #muted = false
  /** Whether the code of the world is being replaced: see `expectNewCode`. */
  #replacing = false
  #replaced = false

  constructor(world: WorldDescriptor, parts: FeedParts) {
    this.#world = world
    this.#parts = parts
    this.#grid = tileGrid(world.width, world.height, world.tileEdge)
    this.#slack = world.tileEdge * parts.limits.interestSlackTiles
    const tiles = this.#grid.columns * this.#grid.rows
    assert(tiles <= tilesMax, `a world has ${tiles} tiles, at most ${tilesMax} fit`)
    this.#deltas = new TickDeltas(tiles)
  }

  get views(): number {
    return this.#views.size
  }

  /** The session is joining; the world will say where its view is. */
  add(session: Session, channel: Channel, nowMs: number): void {
    const shared = { grid: this.#grid, slack: this.#slack, wants: this.#wants }
    const view = new View(session, channel, shared)
    this.#views.set(session.id, view)
    if (session.connection !== undefined) this.attach(session.id, nowMs)
  }

  remove(session: string, nowMs: number): void {
    this.#views.get(session)?.detach()
    this.#views.delete(session)
    this.#request(nowMs)
  }

  /** The client is there, again or for the first time, and holds no tiles. */
  attach(session: string, nowMs: number): void {
    const view = this.#views.get(session)
    if (view === undefined) return
    if (view.attached) view.detach()
    view.attach()
    this.#request(nowMs)
  }

  /** The client is away; its view is remembered, its tiles are not. */
  detach(session: string, nowMs: number): void {
    this.#views.get(session)?.detach()
    this.#request(nowMs)
  }

  /** One tick of the world: views move, then everyone's frame goes out. */
  tick(batch: TileBatch, nowMs: number, epoch: number): void {
    if (this.#muted) {
      this.#moveViews(batch)
      return
    }
    // A world with another epoch was restored, perhaps elsewhere; so was one that counts from an
    // earlier tick. Its stream continues nothing, and it may not know what we asked for.
    const restored = epoch !== this.#epoch && this.#tick >= 0
    if (restored || batch.tick < this.#tick) this.#restart(nowMs)
    this.#epoch = epoch
    this.#tick = batch.tick
    this.#heardMs = nowMs
    this.#moveViews(batch)
    this.#takeIn(batch)
    if (this.#replaced) this.#replacing = false
    for (const view of this.#views.values()) {
      if (view.attached) this.#frame(view, nowMs)
    }
    this.#keyframes.clear()
    this.#request(nowMs)
  }

  /**
   * Whether a world so described is cut into the same tiles and kinds: then its stream goes on as
   * it is.
   */
  isOf(world: WorldDescriptor): boolean {
    return JSON.stringify(world) === JSON.stringify(this.#world)
  }

  /** Anyone's channel to this world. */
  anyChannel(): Channel | undefined {
    for (const view of this.#views.values()) return view.channel
    return undefined
  }

  /**
   * Takes over the views of the feed of the same world as it was before its game was replaced.
   * Their clients begin anew with the new descriptor, so nothing is sent or asked for until the new
   * world runs.
   */
  adopt(former: WorldFeed, nowMs: number): void {
    this.#muted = true
    for (const view of former.#views.values()) {
      this.add(view.session, view.channel, nowMs)
      this.#views.get(view.session.id)?.move(view.disc, view.me)
    }
  }

  /**
   * The code of the world is replaced, though nothing of its shape: at some tick before `replaced`
   * is called, and the first after it, its stream begins anew with keyframes.
   */
  expectNewCode(): void {
    this.#replacing = true
    this.#replaced = false
  }

  /** The new code runs. */
  replaced(nowMs: number): void {
    this.#replaced = true
    if (!this.#muted) return
    this.#muted = false
    this.#heardMs = nowMs
    this.#restart(nowMs)
  }

  /** To be called about once a second: asks again for what got lost on the way. */
  check(nowMs: number): void {
    if (this.#muted) return
    if (this.#wants.tiles > 0 && nowMs - this.#heardMs > silenceMs) {
      this.#heardMs = nowMs
      this.#restart(nowMs)
    }
    this.#wants.retry(nowMs - this.#parts.limits.keyframeRetryMs)
    this.#request(nowMs)
  }

  #restart(nowMs: number): void {
    this.#wants.restart()
    for (const view of this.#views.values()) if (view.attached) view.restart()
    this.#request(nowMs)
  }

  #moveViews(batch: TileBatch): void {
    for (const { session, x, y, radius, me } of batch.views) {
      this.#views.get(session)?.move({ x, y, radius }, me)
    }
    for (const { session, sequence } of batch.acknowledged) {
      const view = this.#views.get(session)
      if (view === undefined || view.acknowledged === sequence) continue
      view.acknowledged = sequence
      view.headChanged = true
    }
  }

  #takeIn({ deltas, keyframes }: TileBatch): void {
    this.#deltas.load(deltas)
    const { streams, starts, ends, bytes } = keyframes
    if (streams.length === 0) return
    const tiles = this.#grid.columns * this.#grid.rows
    let unasked = this.#replacing
    for (let index = 0; index < streams.length; index += 1) {
      const tile = streams[index] as number
      // A world whose game was just replaced may speak of another grid for a moment.
      if (tile >= tiles) break
      const body = bytes.subarray(starts[index], ends[index])
      this.#keyframes.set(tile, tilePartBytes(tile, tilePart.keyframe, body))
      if (!this.#wants.keyframeCame(tile)) unasked = true
    }
    // Whole tiles that nobody asked for tell that the stream begins anew: the deltas to come
    // continue none of what was sent, so whoever holds the tiles starts over with them.
    if (!unasked) return
    for (const view of this.#views.values()) view.startOver(this.#keyframes)
  }

  #frame(view: View, nowMs: number): void {
    const connection = view.session.connection
    if (connection === undefined || !this.#keepsUp(view, connection.bufferedBytes)) return
    const partsBytes = view.partsBytes(this.#deltas, this.#keyframes)
    const due = nowMs - view.lastFrameMs >= this.#parts.limits.frameHeartbeatMs
    // One empty frame follows the last change, so that a client can tell standstill from a stall.
    if (partsBytes === 0 && !view.hadParts && !view.headChanged && !due) return
    view.hadParts = partsBytes > 0
    const head = this.#head
    head.channel = view.channel.number
    head.tick = this.#tick
    head.acknowledged = view.acknowledged
    head.me = view.me
    view.headChanged = false
    view.lastFrameMs = nowMs
    this.#parts.counters.framesSent += 1
    this.#framed = view
    this.#frameBytes = worldFrameBytes(head, partsBytes)
    this.#parts.outboxes.sendFilled(view.session, worldMessageBytes(this.#frameBytes), this.#fill)
  }

  /** Writes the frame of `#framed` with `#head`. One function for all, called for everyone. */
  readonly #fill = (target: Uint8Array, start: number): void => {
    const view = this.#framed as View
    const frameBytes = this.#frameBytes
    const at = writeWorldMessageHead(target, this.#head, frameBytes, start)
    const end = view.writeParts(target, at, this.#deltas, this.#keyframes)
    const length = worldMessageBytes(frameBytes)
    assert(end - start === length, 'a frame has the length that was computed for it')
  }

  /** Leaves out frames for a client that does not read, and restarts its tiles once it does. */
  #keepsUp(view: View, bufferedBytes: number): boolean {
    if (bufferedBytes > this.#parts.limits.slowConsumerBytesMax) {
      view.stale = true
      this.#parts.counters.framesSkipped += 1
      return false
    }
    if (view.stale) {
      view.stale = false
      view.restart()
    }
    return true
  }

  #request(nowMs: number): void {
    if (this.#muted) return
    const request = this.#wants.take(nowMs)
    if (request !== undefined) this.#parts.request(request)
  }
}
