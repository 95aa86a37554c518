import type { Layers } from './layers.ts'

/** A stream of what is in one layer, on one tile or everywhere. */
export interface ExtraStream {
  readonly stream: number
  /** The number of tiles stands for everywhere. */
  readonly tile: number
  readonly layer: number
  /** It was opened in this tick: nobody has it yet. */
  fresh: boolean
  /** Since which tick it was found empty; −1 where it is not. */
  emptySince: number
}

/** A number is left alone this long after its stream ended: batches of it may be under way. */
const restTicks = 64
/** A stream that was empty for so long ends. */
const emptySeconds = 10
const none: readonly ExtraStream[] = []

/**
 * The streams beyond the public ones of tiles, whose numbers are those of the tiles. They are
 * opened when something enters a layer on a tile, and end when they have been empty for long.
 */
export class Streams {
  /** The tile of streams that are seen wherever one looks. */
  readonly everywhere: number
  /** Opened, and ended, since gates were told last. */
  readonly fresh: ExtraStream[] = []
  readonly ended: number[] = []
  readonly #layers: Layers
  readonly #all: (ExtraStream | undefined)[] = []
  /** By tile · 2^16 + layer. */
  readonly #byPlace = new Map<number, ExtraStream>()
  readonly #byTile = new Map<number, ExtraStream[]>()
  /** Numbers that were used, and when they may be again; the oldest first. */
  #resting: { readonly index: number; readonly tick: number }[] = []
  #tick = 0

  constructor(tiles: number, layers: Layers) {
    this.everywhere = tiles
    this.#layers = layers
  }

  get size(): number {
    return this.#byPlace.size
  }

  /** The stream of a layer on a tile, which is opened where there is none. */
  at(tile: number, layer: number): number {
    const place = tile * 65_536 + layer
    const there = this.#byPlace.get(place)
    if (there !== undefined) return there.stream
    const rested = (this.#resting[0]?.tick ?? Number.POSITIVE_INFINITY) <= this.#tick
    const index = rested
      ? (this.#resting.shift() as { readonly index: number }).index
      : this.#all.length
    const stream = this.everywhere + 1 + index
    const opened: ExtraStream = { stream, tile, layer, fresh: true, emptySince: -1 }
    this.#all[index] = opened
    this.#byPlace.set(place, opened)
    const list = this.#byTile.get(tile)
    if (list === undefined) this.#byTile.set(tile, [opened])
    else list.push(opened)
    this.#layers.use(layer)
    this.fresh.push(opened)
    return stream
  }

  /** Those on a tile. */
  on(tile: number): readonly ExtraStream[] {
    return this.#byTile.get(tile) ?? none
  }

  /** The tile of any stream. */
  tileOf(stream: number): number {
    if (stream < this.everywhere) return stream
    return this.#all[stream - this.everywhere - 1]?.tile ?? this.everywhere
  }

  /** Whether nobody has it yet, whatever the tick brought. */
  isFresh(stream: number): boolean {
    return stream > this.everywhere && this.#all[stream - this.everywhere - 1]?.fresh === true
  }

  /** The numbers of all. */
  numbers(): number[] {
    return [...this.#byPlace.values()].map(({ stream }) => stream)
  }

  /** Numbers of a world before this one are in use for a while, and told to have ended. */
  follow(numbers: readonly number[]): void {
    for (const stream of numbers) {
      const index = stream - this.everywhere - 1
      if (index < 0) continue
      while (this.#all.length <= index) {
        this.#resting.push({ index: this.#all.length, tick: this.#tick + restTicks })
        this.#all.push(undefined)
      }
      this.ended.push(stream)
    }
  }

  /**
   * Ends what has been empty for long. To be called once a tick, before gates are told.
   * @param held how many entities are in each stream
   */
  sweep(tick: number, tickHz: number, held: Int32Array): void {
    this.#tick = tick
    if (tick % tickHz !== 0) return
    for (const [place, stream] of this.#byPlace) {
      if (held[stream.stream] !== 0) stream.emptySince = -1
      else if (stream.emptySince < 0) stream.emptySince = tick
      else if (tick - stream.emptySince >= emptySeconds * tickHz) this.#end(place, stream)
    }
  }

  /** Gates were told. */
  endTick(): void {
    for (const stream of this.fresh) stream.fresh = false
    this.fresh.length = 0
    this.ended.length = 0
  }

  #end(place: number, { stream, tile, layer }: ExtraStream): void {
    const index = stream - this.everywhere - 1
    this.#byPlace.delete(place)
    this.#all[index] = undefined
    const others = this.on(tile).filter((one) => one.stream !== stream)
    if (others.length === 0) this.#byTile.delete(tile)
    else this.#byTile.set(tile, others)
    this.#layers.release(layer)
    this.#resting.push({ index, tick: this.#tick + restTicks })
    this.ended.push(stream)
  }
}
