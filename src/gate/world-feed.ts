import type { TileBatch } from '../actor/index.ts'
import type { Connection } from '../ports/index.ts'
import {
  proofPartBytes,
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
import { ExtraStreams } from './extra-streams.ts'
import type { GateLimits } from './limits.ts'
import type { Outboxes } from './outbox.ts'
import { nextEase } from './rates.ts'
import type { Channel, Session } from './session.ts'
import type { GateCounters } from './stats.ts'
import { TickDeltas } from './tile-batch.ts'
import { TickChecksums } from './tile-checksums.ts'
import { everywhere, type TileRequest, TileWants } from './tile-wants.ts'
import { View } from './view.ts'
import type { ViewParts } from './view-parts.ts'

/** A world is cut into at most this many tiles; every tick touches four bytes for each. */
const tilesMax = 4 * 1024 * 1024
/** A world that is subscribed to and was silent this long has probably moved or restarted. */
const silenceMs = 3000
/** Ticks over which it is counted what a client gets. */
const budgetTicks = 16
/** A client is shown what the world has at most so often. */
const provePeriodMs = 1000

/** What a feed needs of the gate. */
export interface FeedParts {
  readonly limits: GateLimits
  readonly outboxes: Outboxes
  readonly counters: GateCounters
  /** Counts requests, on and on for every world. */
  nextRequest(): number
  /** Sends a request to the world. */
  request(request: TileRequest): void
  /** Asks the world where the view of a stay is, and what it may see. */
  resync(stay: string): void
}

/**
 * One world as this gate sees it: subscribes to the tiles its clients' views cover, and turns each
 * tick of the world into one frame per client by copying — tile bytes were encoded once, by the
 * world.
 */
export class WorldFeed {
  /** Where the world is active, as far as is known. */
  node = ''
  readonly #world: WorldDescriptor
  readonly #parts: FeedParts
  readonly #grid: TileGrid
  /** How many there are; further streams have higher numbers. */
  readonly #tiles: number
  readonly #wants: TileWants
  readonly #extras = new ExtraStreams()
  readonly #deltas: readonly [TickDeltas, TickDeltas, TickDeltas]
  readonly #keyframes = new Map<number, Uint8Array>()
  readonly #checksums: TickChecksums
  readonly #proofs = new Map<number, Uint8Array>()
  /** By stay. */
  readonly #views = new Map<string, View>()
  readonly #viewParts: ViewParts
  /** Bytes that a client may get of this world each second. */
  readonly #budget: number
  readonly #head: WorldFrameHead = { channel: 0, tick: 0, acknowledged: 0, me: 0 }
  #framed: View | undefined
  #frameBytes = 0
  #tick = -1
  #pressure = 0
  #heardMs = Number.POSITIVE_INFINITY
  #epoch = 0
  #incarnation: number | undefined
  /** The last request that the world is known to have heeded. */
  #answered = 0
  #muted = false
  /** Whether some view may still await a proof. */
  #proving = false

  constructor(world: WorldDescriptor, parts: FeedParts) {
    this.#world = world
    this.#parts = parts
    this.#wants = new TileWants(parts.nextRequest)
    this.#grid = tileGrid(world.width, world.height, world.tileEdge)
    const tiles = this.#grid.columns * this.#grid.rows
    this.#tiles = tiles
    assert(tiles <= tilesMax, `a world has ${tiles} tiles, at most ${tilesMax} fit`)
    this.#checksums = new TickChecksums(tiles)
    this.#deltas = [new TickDeltas(tiles), new TickDeltas(tiles), new TickDeltas(tiles)]
    this.#budget = Math.min(
      parts.limits.worldBytesPerSecondMax,
      world.clientBytesPerSecond ?? Number.POSITIVE_INFINITY,
    )
    this.#viewParts = {
      grid: this.#grid,
      slack: world.tileEdge * parts.limits.interestSlackTiles,
      wants: this.#wants,
      extras: this.#extras,
      deltas: this.#deltas,
      keyframes: this.#keyframes,
      checksums: this.#checksums,
      proofs: this.#proofs,
    }
  }

  get views(): number {
    return this.#views.size
  }

  /** The session is joining; the world will say where its view is. */
  add(session: Session, channel: Channel, nowMs: number): void {
    this.#heardMs = Math.min(this.#heardMs, nowMs)
    const view = new View(session, channel, this.#viewParts)
    this.#views.set(channel.stay, view)
    if (session.connection !== undefined) this.attach(channel.stay, nowMs)
  }

  remove(stay: string, nowMs: number): void {
    this.#views.get(stay)?.detach()
    this.#views.delete(stay)
    this.#request(nowMs)
  }

  /** The client is there, again or for the first time, and holds no tiles. */
  attach(stay: string, nowMs: number): void {
    const view = this.#views.get(stay)
    const connection = view?.session.connection
    if (view === undefined || connection === undefined) return
    if (view.connection !== undefined) view.detach()
    view.attach(connection)
    this.#request(nowMs)
  }

  /** The client is away; its view is remembered, its tiles are not. */
  detach(stay: string, nowMs: number): void {
    this.#views.get(stay)?.detach()
    this.#request(nowMs)
  }

  /** One tick of the world: views move, then everyone's frame goes out. */
  tick(batch: TileBatch, nowMs: number, epoch: number): void {
    // A world that lost its ownership without knowing it yet.
    if (epoch < this.#epoch) return
    this.#epoch = epoch
    if (this.#muted) {
      this.#moveViews(batch)
      return
    }
    if (batch.incarnation !== this.#incarnation) this.#beginAnew(batch.incarnation)
    // A tick that is missing was lost on the way, and with it what changed then.
    else if (batch.tick !== this.#tick + 1) this.#askAll()
    this.#tick = batch.tick
    this.#answered = batch.answered
    this.#pressure = batch.pressure
    this.#heardMs = nowMs
    this.#moveViews(batch)
    this.#takeIn(batch)
    this.#sendFrames(batch.rates, Math.floor(nowMs))
    this.#keyframes.clear()
    this.#proofs.clear()
    this.#request(nowMs)
  }

  /** A client has something else of a stream than its checksum says. */
  prove(stay: string, stream: number, nowMs: number): void {
    const view = this.#views.get(stay)
    if (view === undefined || nowMs - view.provedMs < provePeriodMs) return
    view.provedMs = nowMs
    view.prove(stream)
    this.#proving = true
    this.#request(nowMs)
  }

  #isProving(): boolean {
    if (!this.#proving) return false
    for (const view of this.#views.values()) if (view.proving) return true
    this.#proving = false
    return false
  }

  #sendFrames(rates: boolean, nowMs: number): void {
    let turn = this.#tick
    let easing = false
    const lasting = rates && this.#wants.slowLasts(this.#answered)
    const { version } = this.#extras
    for (const view of this.#views.values()) {
      turn += 1
      if (view.connection === undefined) continue
      // The slow rates end where the world was restored and has not been asked for them again.
      if (view.special && view.slowed && !rates) view.restart()
      if (view.extrasVersion !== version) view.lookAround()
      this.#frame(view, view.connection, nowMs)
      if (turn % budgetTicks === 0) this.#budgetOf(view)
      if (view.ease === 0 && !(view.special && view.slowed)) continue
      easing = true
      if (lasting) view.changeRates(this.#tick)
    }
    this.#parts.outboxes.writeFrames()
    this.#wants.slow = easing
  }

  /** Compares what a client has got with what it may get. */
  #budgetOf(view: View): void {
    const perSecond = (view.sentBytes * this.#world.tickHz) / budgetTicks
    view.sentBytes = 0
    const ease = nextEase(view.ease, perSecond / this.#budget, this.#pressure)
    if (ease !== view.ease) view.easeTo(ease)
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
      // The new world will say which audiences the player belongs to.
      this.#views.get(view.channel.stay)?.move(view.disc, view.me)
    }
  }

  /** The new code runs. */
  replaced(nowMs: number): void {
    if (!this.#muted) return
    this.#muted = false
    this.#heardMs = nowMs
    this.#restart()
    this.#request(nowMs)
  }

  /** To be called about once a second: asks again for what got lost on the way. */
  check(nowMs: number): void {
    if (this.#muted) return
    if (nowMs - this.#heardMs > silenceMs) {
      this.#heardMs = nowMs
      if (this.#wants.tiles > 0) this.#restart()
      else this.#askForViews()
    }
    this.#wants.retry(nowMs - this.#parts.limits.keyframeRetryMs)
    this.#request(nowMs)
  }

  /** Streams and audiences get other numbers, and the world may know nothing of this gate. */
  #beginAnew(incarnation: number): void {
    this.#incarnation = incarnation
    this.#wants.startedAnew(this.#answered)
    this.#extras.clear()
    this.#askAll()
  }

  /**
   * What was lost may have moved views, or taken somebody out of an audience: until the world has
   * told again, nobody is in any.
   */
  #askAll(): void {
    for (const view of this.#views.values()) {
      view.setAudiences([])
      view.lookAround()
    }
    this.#askForViews()
    this.#restart()
  }

  #askForViews(): void {
    for (const { connection, channel } of this.#views.values()) {
      if (connection !== undefined) this.#parts.resync(channel.stay)
    }
  }

  /** Asks for everything again: what clients have does not continue. */
  #restart(): void {
    this.#wants.restart()
    for (const view of this.#views.values()) if (view.connection !== undefined) view.restart()
  }

  #moveViews(batch: TileBatch): void {
    for (const change of batch.views) {
      const view = this.#views.get(change.session)
      if (change.audiences !== undefined) view?.setAudiences(change.audiences)
      view?.move(change, change.me)
    }
    for (const { session, sequence } of batch.acknowledged) {
      const view = this.#views.get(session)
      // A world that comes back from a checkpoint may know less than the client was told.
      if (view === undefined || view.acknowledged >= sequence) continue
      view.acknowledged = sequence
      view.headChanged = true
    }
  }

  #takeIn(batch: TileBatch): void {
    this.#deltas[0].load(batch.deltas)
    if (batch.rates) {
      this.#deltas[1].load(batch.slow)
      this.#deltas[2].load(batch.crawl)
    }
    for (const stream of batch.closed) {
      this.#extras.close(stream)
      this.#wants.forget(stream)
    }
    for (const one of batch.opened) {
      const tile = one.tile === this.#tiles ? everywhere : one.tile
      if (this.#wants.isCurrent(tile, batch.answered)) this.#extras.open(one)
    }
    const { streams, starts, ends, bytes } = batch.keyframes
    const proving = streams.length > 0 && this.#isProving()
    for (let index = 0; index < streams.length; index += 1) {
      const stream = streams[index] as number
      // A world whose game was just replaced may speak of another grid for a moment.
      if (stream >= this.#tiles && this.#extras.get(stream) === undefined) continue
      if (stream < this.#tiles && !this.#wants.isCurrent(stream, batch.answered)) continue
      const body = bytes.subarray(starts[index], ends[index])
      this.#keyframes.set(stream, tilePartBytes(stream, tilePart.keyframe, body))
      if (proving) this.#proofs.set(stream, proofPartBytes(stream, body))
      this.#wants.keyframeCame(stream)
    }
    this.#checksums.load(batch.checksums)
  }

  #frame(view: View, connection: Connection, nowMs: number): void {
    if (!this.#keepsUp(view, connection.bufferedBytes)) return
    const partsBytes = view.partsBytes()
    const due = nowMs - view.lastFrameMs >= this.#parts.limits.frameHeartbeatMs
    // One empty frame follows the last change, so that a client can tell standstill from a stall.
    if (partsBytes === 0 && !view.hadParts && !view.headChanged && !due) return
    view.hadParts = partsBytes > 0
    const head = this.#head
    head.channel = view.number
    head.tick = this.#tick
    head.acknowledged = view.acknowledged
    head.me = view.me
    view.headChanged = false
    view.lastFrameMs = nowMs
    this.#parts.counters.framesSent += 1
    this.#framed = view
    this.#frameBytes = worldFrameBytes(head, partsBytes)
    const length = worldMessageBytes(this.#frameBytes)
    view.sentBytes += length
    this.#parts.outboxes.frame(connection, view.outbox, length, this.#fill)
  }

  /** Writes the frame of `#framed` with `#head`. One function for all, called for everyone. */
  readonly #fill = (target: Uint8Array, start: number): void => {
    const view = this.#framed as View
    const frameBytes = this.#frameBytes
    const at = writeWorldMessageHead(target, this.#head, frameBytes, start)
    const end = view.writeParts(target, at)
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
    if (request === undefined) return
    // The world goes on without telling what ends there.
    for (const tile of request.unsubscribe) this.#extras.closeOn(tile)
    if (this.#wants.tiles === 0) this.#extras.clear()
    this.#parts.request(request)
  }
}
