import { droppedPartBytes, type TileGrid } from '../protocol/index.ts'
import {
  difference,
  mayHaveMoved,
  noTiles,
  runsOf,
  tilesOfView,
  type ViewDisc,
} from './interest.ts'
import type { Channel, Session } from './session.ts'
import type { TickDeltas } from './tile-batch.ts'
import type { TileWants } from './tile-wants.ts'

/**
 * One session's sight of one world: which tiles it holds, and which of them its client can apply
 * deltas to.
 */
export class View {
  readonly session: Session
  readonly channel: Channel
  readonly #grid: TileGrid
  readonly #slack: number
  readonly #wants: TileWants
  /** Where the world has put the view, and where the tiles were last computed. */
  #disc: ViewDisc = { x: 0, y: 0, radius: 0 }
  #anchor: ViewDisc = this.#disc
  #room = 0
  #tiles: readonly number[] = noTiles.tiles
  /**
   * Tiles held whose keyframe the client has not got. A tile gets deltas only after its keyframe.
   */
  readonly #waiting = new Set<number>()
  /** Runs of the tiles that get deltas. */
  #runs: readonly number[] = []
  /** Parts that tell of tiles the client has and no longer holds. */
  #dropped: Uint8Array[] = []
  /** False while the client is away. */
  #attached = false
  /** Whether frames were skipped, so that the client's tiles are out of date. */
  stale = false
  /** Whether the head of the next frame differs from that of the last. */
  headChanged = false
  /** Whether the last frame carried changes. */
  hadParts = false
  acknowledged = 0
  me = 0
  lastFrameMs = Number.NEGATIVE_INFINITY

  constructor(
    session: Session,
    channel: Channel,
    shared: { readonly grid: TileGrid; readonly slack: number; readonly wants: TileWants },
  ) {
    this.session = session
    this.channel = channel
    this.#grid = shared.grid
    this.#slack = shared.slack
    this.#wants = shared.wants
  }

  get attached(): boolean {
    return this.#attached
  }

  /** Where the world has put the view. */
  get disc(): ViewDisc {
    return this.#disc
  }

  /** The client is there and holds no tile: everything begins with keyframes. */
  attach(): void {
    this.#attached = true
    this.headChanged = true
    this.#compute()
  }

  /** The client is away, or has left: nothing is held for it. */
  detach(): void {
    this.#attached = false
    this.stale = false
    for (const tile of this.#tiles) this.#wants.release(tile)
    this.#tiles = noTiles.tiles
    this.#room = 0
    this.#waiting.clear()
    this.#dropped = []
    this.#runs = []
  }

  /** The world has moved the view. */
  move(disc: ViewDisc, me: number): void {
    if (me !== this.me) {
      this.me = me
      this.headChanged = true
    }
    this.#disc = disc
    if (this.#attached && mayHaveMoved(this.#grid, this.#room, this.#anchor, disc)) this.#compute()
  }

  /**
   * The client's tiles are out of date: each restarts with a keyframe, and the client keeps what it
   * shows till then.
   */
  restart(): void {
    for (const tile of this.#tiles) this.#await(tile)
    this.#runs = []
  }

  /** The stream of these tiles begins anew with keyframes that are there already. */
  startOver(tiles: ReadonlyMap<number, unknown>): void {
    let changed = false
    for (const tile of this.#tiles) {
      if (!tiles.has(tile) || this.#waiting.has(tile)) continue
      this.#waiting.add(tile)
      changed = true
    }
    if (changed) this.#runs = runsOf(this.#tiles, this.#waiting)
  }

  /** Bytes of the parts of this tick's frame; 0 where nothing has changed. */
  partsBytes(deltas: TickDeltas, keyframes: ReadonlyMap<number, Uint8Array>): number {
    let bytes = deltas.bytesOf(this.#runs)
    for (const part of this.#dropped) bytes += part.length
    if (keyframes.size > 0) {
      for (const tile of this.#waiting) bytes += keyframes.get(tile)?.length ?? 0
    }
    return bytes
  }

  /**
   * Writes the parts into a frame. Tiles whose keyframe went out get deltas from the next tick on.
   */
  writeParts(
    target: Uint8Array,
    start: number,
    deltas: TickDeltas,
    keyframes: ReadonlyMap<number, Uint8Array>,
  ): number {
    let at = start
    for (const part of this.#dropped) {
      target.set(part, at)
      at += part.length
    }
    if (this.#dropped.length > 0) this.#dropped = []
    at = deltas.copy(this.#runs, target, at)
    if (this.#waiting.size === 0 || keyframes.size === 0) return at
    for (const tile of this.#waiting) {
      const part = keyframes.get(tile)
      if (part === undefined) continue
      target.set(part, at)
      at += part.length
      this.#waiting.delete(tile)
    }
    this.#runs = runsOf(this.#tiles, this.#waiting)
    return at
  }

  #compute(): void {
    const { tiles, room } = tilesOfView(this.#grid, this.#tiles, this.#disc, this.#slack)
    this.#anchor = this.#disc
    this.#room = room
    let changed = false
    difference(
      this.#tiles,
      tiles,
      (tile) => {
        changed = true
        this.#wants.release(tile)
        // A tile that was still waiting may yet be known to the client from before a restart.
        this.#waiting.delete(tile)
        this.#dropped.push(droppedPartBytes(tile))
      },
      (tile) => {
        changed = true
        this.#wants.hold(tile)
        this.#await(tile)
      },
    )
    this.#tiles = tiles
    if (changed) this.#runs = runsOf(tiles, this.#waiting)
  }

  #await(tile: number): void {
    this.#waiting.add(tile)
    this.#wants.needKeyframe(tile)
  }
}
