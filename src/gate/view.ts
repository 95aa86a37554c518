import type { Connection } from '../ports/index.ts'
import { droppedPartBytes } from '../protocol/index.ts'
import { difference, mayHaveMoved, noTiles, tilesOfView, type ViewDisc } from './interest.ts'
import { isFlush, type Rate, rateAt, reachOf, runsByRate, tileDistance } from './rates.ts'
import type { Channel, Session } from './session.ts'
import type { TickDeltas } from './tile-batch.ts'
import type { ViewParts } from './view-parts.ts'

/** Streams of which a client is shown the proof at a time. */
const provingMax = 8

/** The priority of a stream that is never slowed, and of one that is slowed with any ease. */
const highPriority = 0
const lowPriority = 2

/**
 * One session's sight of one world: which streams it holds, at which rate, and which of them its
 * client can apply deltas to.
 */
export class View {
  readonly session: Session
  readonly channel: Channel
  /** Of the channel; and messages for the next flush. At hand, since every frame needs them. */
  readonly number: number
  readonly outbox: Uint8Array[]
  /** Undefined while the client is away. */
  connection: Connection | undefined
  /** Whether frames were skipped, so that the client's streams are out of date. */
  stale = false
  /** Whether the head of the next frame differs from that of the last. */
  headChanged = false
  /** Whether the last frame carried changes. */
  hadParts = false
  acknowledged = 0
  me = 0
  /** In whole milliseconds, which V8 keeps in the object itself. */
  lastFrameMs = -1e9
  /** When the client was last to be shown what the world has. */
  provedMs = Number.NEGATIVE_INFINITY
  /** Bytes sent since the budget was looked at. */
  sentBytes = 0
  /** How hard it must save: see `rates.ts`. */
  ease = 0
  readonly #parts: ViewParts
  /** Where the world has put the view, and where the tiles were last computed. */
  #disc: ViewDisc = { x: 0, y: 0, radius: 0 }
  #anchor: ViewDisc = this.#disc
  #room = 0
  #tiles: readonly number[] = noTiles.tiles
  /** Runs of the tiles that get deltas at the full rate; and at the slow ones. */
  #runs: readonly number[] = noTiles.tiles
  #slowRuns: readonly [readonly number[], readonly number[]] = noSlowRuns
  /**
   * Whether there may be more to tell than changes of tiles at the full rate. Mostly there is not,
   * and looking at everything else takes longer than to write a frame.
   */
  special = true
  /**
   * Streams held whose keyframe the client has not got. They get deltas only after their keyframe.
   */
  readonly #waiting = new Set<number>()
  /** Parts that tell of streams the client has and no longer holds. */
  #dropped: Uint8Array[] = []
  /** Tiles and further streams that are not at the full rate. */
  readonly #slowed = new Map<number, Rate>()
  /** Streams whose content the client found to be another than the world's. */
  readonly #proving = new Set<number>()
  /** Which audiences the player belongs to, besides everyone. */
  #audiences: ReadonlySet<number> = noAudiences
  /** Streams held beyond those of the tiles, and the version of the list they were chosen from. */
  #extras: readonly number[] = noTiles.tiles
  extrasVersion = 0

  constructor(session: Session, channel: Channel, parts: ViewParts) {
    this.session = session
    this.channel = channel
    this.number = channel.number
    this.outbox = session.outbox
    this.#parts = parts
  }

  /** Where the world has put the view. */
  get disc(): ViewDisc {
    return this.#disc
  }

  /** Whether any stream is not at the full rate. */
  get slowed(): boolean {
    return this.#slowed.size > 0
  }

  /** The client is there and holds no tile: everything begins with keyframes. */
  attach(connection: Connection): void {
    this.connection = connection
    this.headChanged = true
    this.#compute()
  }

  /** The client is away, or has left: nothing is held for it. */
  detach(): void {
    this.connection = undefined
    this.stale = false
    for (const tile of this.#tiles) this.#parts.wants.release(tile)
    this.#tiles = noTiles.tiles
    this.#extras = noTiles.tiles
    this.extrasVersion = -1
    this.#room = 0
    this.#waiting.clear()
    this.#slowed.clear()
    this.#proving.clear()
    this.#dropped = []
    this.#runs = noTiles.tiles
    this.special = true
  }

  /** The client has something else of a stream: it is to see what the world has. */
  prove(stream: number): void {
    if (!this.#isCurrent(stream) || this.#proving.size >= provingMax) return
    this.#proving.add(stream)
    this.special = true
    this.#parts.wants.needKeyframe(stream)
  }

  /** Whether any proof is awaited. */
  get proving(): boolean {
    return this.#proving.size > 0
  }

  /** The world has moved the view. */
  move(disc: ViewDisc, me: number): void {
    if (me !== this.me) {
      this.me = me
      this.headChanged = true
    }
    this.#disc = disc
    const { grid } = this.#parts
    if (this.connection === undefined) return
    if (mayHaveMoved(grid, this.#room, this.#anchor, disc)) this.#compute()
  }

  /** The player belongs to these audiences from now on. */
  setAudiences(audiences: readonly number[]): void {
    this.#audiences = new Set(audiences)
    this.extrasVersion = -1
  }

  /** Looks whether there are other streams to hold, if that may be. */
  lookAround(): void {
    const { version } = this.#parts.extras
    if (this.connection !== undefined && version !== this.extrasVersion) this.#holdExtras()
  }

  /**
   * The client's streams are out of date: each restarts with a keyframe, and the client keeps what
   * it shows till then.
   */
  restart(): void {
    for (const tile of this.#tiles) this.#await(tile)
    for (const stream of this.#extras) this.#await(stream)
    this.#slowed.clear()
    this.#runs = noTiles.tiles
    this.special = true
  }

  /** Holds to another ease: farther tiles are told of less often, or not at all. */
  easeTo(ease: number): void {
    const shrinks = reachOf(ease) !== reachOf(this.ease)
    this.ease = ease
    if (shrinks && this.connection !== undefined) this.#compute()
  }

  /**
   * Gives streams the rate they are to have, where both rates have told everything in this tick,
   * whose frame is out.
   */
  changeRates(tick: number): void {
    const { grid, extras } = this.#parts
    let changed = false
    const change = (stream: number, row: number, rate: Rate): void => {
      const former = this.#slowed.get(stream) ?? 0
      if (rate === former || this.#waiting.has(stream)) return
      if (!isFlush(tick, row, Math.max(rate, former) as Rate)) return
      changed = true
      if (rate === 0) this.#slowed.delete(stream)
      else this.#slowed.set(stream, rate)
    }
    for (const tile of this.#tiles) {
      const row = Math.floor(tile / grid.columns)
      // Nothing changes where not even the faster of the slow rates has told everything.
      if (!isFlush(tick, row, 1)) continue
      change(tile, row, rateAt(tileDistance(grid, this.#disc, tile), this.ease))
    }
    for (const stream of this.#extras) {
      const opened = extras.get(stream)
      if (opened === undefined) continue
      const row = Math.floor(opened.tile / grid.columns) % grid.rows
      change(stream, row, this.#extraRate(opened))
    }
    if (changed) this.#makeRuns()
  }

  #extraRate({ tile, priority }: { tile: number; priority: number }): Rate {
    if (priority === highPriority || this.ease <= 0) return 0
    const { grid } = this.#parts
    const everywhere = tile >= grid.columns * grid.rows
    const rate = everywhere ? 0 : rateAt(tileDistance(grid, this.#disc, tile), this.ease)
    return priority === lowPriority ? (Math.min(2, rate + 1) as Rate) : rate
  }

  /** Bytes of the parts of this tick's frame; 0 where nothing has changed. */
  partsBytes(): number {
    const { deltas, checksums } = this.#parts
    let bytes = deltas[0].bytesOf(this.#runs)
    if (checksums.any) bytes += checksums.bytesOf(this.#runs)
    return this.special ? bytes + this.specialBytes() : bytes
  }

  specialBytes(): number {
    const { deltas, keyframes, checksums } = this.#parts
    let bytes = 0
    if (this.#slowed.size > 0) {
      bytes += deltas[1].bytesOf(this.#slowRuns[0]) + deltas[2].bytesOf(this.#slowRuns[1])
      if (checksums.any) for (const runs of this.#slowRuns) bytes += checksums.bytesOf(runs)
    }
    for (const stream of this.#extras) {
      if (!this.#waiting.has(stream)) bytes += this.#deltasOf(stream).extraBytesOf(stream)
    }
    if (this.#hasOthers) for (const part of this.#others()) bytes += part.length
    for (const stream of this.#waiting) bytes += keyframes.get(stream)?.length ?? 0
    return bytes
  }

  /**
   * Writes the parts into a frame, right after they were measured. Streams whose keyframe went out
   * get deltas from the next tick on.
   */
  writeParts(target: Uint8Array, start: number): number {
    const { deltas, checksums } = this.#parts
    let at = deltas[0].copy(this.#runs, target, start)
    if (checksums.any) at = checksums.copy(this.#runs, target, at)
    return this.special ? this.#writeSpecial(target, at) : at
  }

  #writeSpecial(target: Uint8Array, start: number): number {
    const { deltas, proofs, checksums } = this.#parts
    let at = start
    if (this.#slowed.size > 0) {
      at = deltas[1].copy(this.#slowRuns[0], target, at)
      at = deltas[2].copy(this.#slowRuns[1], target, at)
      if (checksums.any) for (const runs of this.#slowRuns) at = checksums.copy(runs, target, at)
    }
    for (const stream of this.#extras) {
      if (!this.#waiting.has(stream)) at = this.#deltasOf(stream).copyExtra(stream, target, at)
    }
    if (this.#hasOthers) {
      for (const part of this.#others()) {
        target.set(part, at)
        at += part.length
      }
    }
    for (const stream of proofs.keys()) this.#proving.delete(stream)
    this.#dropped = []
    at = this.#writeKeyframes(target, at)
    const waiting = this.#waiting.size + this.#proving.size
    this.special = this.#slowed.size + this.#extras.length + waiting > 0
    return at
  }

  get #hasOthers(): boolean {
    return this.#extras.length + this.#proving.size + this.#dropped.length > 0
  }

  /** Checksums of further streams, proofs, and what was dropped: after all deltas. */
  *#others(): Generator<Uint8Array> {
    const { checksums, proofs } = this.#parts
    for (const stream of this.#extras) {
      const part = this.#waiting.has(stream) ? undefined : checksums.extra(stream)
      if (part !== undefined) yield part
    }
    for (const stream of this.#proving) {
      const part = proofs.get(stream)
      if (part !== undefined && this.#isCurrent(stream)) yield part
    }
    yield* this.#dropped
  }

  /** Whether the client has the stream as it is. */
  #isCurrent(stream: number): boolean {
    if (this.#waiting.has(stream)) return false
    return this.#tiles.includes(stream) || this.#extras.includes(stream)
  }

  #writeKeyframes(target: Uint8Array, start: number): number {
    const { keyframes } = this.#parts
    if (this.#waiting.size === 0 || keyframes.size === 0) return start
    let at = start
    for (const stream of this.#waiting) {
      const part = keyframes.get(stream)
      if (part === undefined) continue
      target.set(part, at)
      at += part.length
      this.#waiting.delete(stream)
    }
    this.#makeRuns()
    return at
  }

  #deltasOf(stream: number): TickDeltas {
    return this.#parts.deltas[this.#slowed.get(stream) ?? 0]
  }

  #compute(): void {
    const { grid, slack, wants } = this.#parts
    const { x, y, radius } = this.#disc
    const disc = { x, y, radius: radius * reachOf(this.ease) }
    const { tiles, room } = tilesOfView(grid, this.#tiles, disc, slack)
    this.#anchor = this.#disc
    this.#room = room
    if (tiles === this.#tiles) return
    difference(
      this.#tiles,
      tiles,
      (tile) => {
        wants.release(tile)
        this.#drop(tile)
      },
      (tile) => {
        wants.hold(tile)
        this.#await(tile)
      },
    )
    this.#tiles = tiles
    this.special = true
    this.extrasVersion = -1
    this.#makeRuns()
  }

  /** Holds the streams beyond those of the tiles that lie in view and are for this player. */
  #holdExtras(): void {
    const { extras, grid, keyframes } = this.#parts
    this.extrasVersion = extras.version
    this.special = true
    if (extras.size === 0 && this.#extras.length === 0) return
    const held: number[] = []
    const hold = (tile: number): void => {
      for (const { stream, audience } of extras.on(tile)) {
        if (audience === 0 || this.#audiences.has(audience)) held.push(stream)
      }
    }
    if (this.#tiles.length > 0) hold(grid.columns * grid.rows)
    for (const tile of this.#tiles) hold(tile)
    held.sort((a, b) => a - b)
    difference(
      this.#extras,
      held,
      (stream) => this.#drop(stream),
      (stream) => {
        if (keyframes.has(stream)) this.#waiting.add(stream)
        else this.#await(stream)
      },
    )
    this.#extras = held
  }

  #drop(stream: number): void {
    // A stream that was still waiting may yet be known to the client from before a restart.
    this.#waiting.delete(stream)
    this.#slowed.delete(stream)
    this.#proving.delete(stream)
    this.#dropped.push(droppedPartBytes(stream))
  }

  #await(stream: number): void {
    this.#waiting.add(stream)
    this.#parts.wants.needKeyframe(stream)
  }

  #makeRuns(): void {
    this.special = true
    const [full, slow, crawl] = runsByRate(this.#tiles, this.#slowed, this.#waiting)
    this.#runs = full
    this.#slowRuns = [slow, crawl]
  }
}

const noSlowRuns: readonly [readonly number[], readonly number[]] = [[], []]
const noAudiences: ReadonlySet<number> = new Set()
