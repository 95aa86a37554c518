import {
  emptyParts,
  type HostMessage,
  noParts,
  noSums,
  type StreamParts,
  type TileBatch,
  type ViewChange,
} from '../../actor/index.ts'
import { type TileGrid, tileControl, tilePart } from '../../protocol/index.ts'
import { Reader, Writer } from '../../schema/index.ts'

/** Stands for the former number in a delta of a slow rate, which continues whatever there was. */
const anyFormer = 999_999

/**
 * A world reduced to one number per stream. A keyframe tells the number; a delta tells the former
 * and the new one, so that whoever applies it to anything else notices.
 */
export class ModelWorld {
  /** By stream; those beyond the tiles come and go. */
  readonly content: number[]
  /** Streams beyond the tiles. */
  readonly extras = new Map<number, { readonly tile: number; readonly audience: number }>()
  readonly #grid: TileGrid
  readonly #tiles: number
  readonly #told = new Set<number>()
  #closed: number[] = []
  #sums = noSums
  #nextStream: number
  #slow = false
  #answered = 0
  /** Streams that have changed since they were last told of, by rate. */
  readonly #unflushed = [new Set<number>(), new Set<number>()] as const
  tick = 0
  /** Counts starts, with new code or restored; and restores alone. */
  incarnation = 1
  epoch = 1
  /** What it writes can only be read by those who got a keyframe in the same layout. */
  layout = 0
  readonly #subscribed = new Set<number>()
  #keyframes = new Set<number>()
  #changed = new Map<number, number>()
  #views: ViewChange[] = []
  #acknowledged: { session: string; sequence: number }[] = []

  constructor(grid: TileGrid) {
    this.#grid = grid
    this.#tiles = grid.columns * grid.rows
    this.#nextStream = this.#tiles + 1
    this.content = Array.from({ length: this.#tiles }, () => 0)
  }

  /** @param tile the number after the last one is everywhere */
  open(tile: number, audience: number): void {
    this.extras.set(this.#nextStream, { tile, audience })
    this.content[this.#nextStream] = 0
    this.#nextStream += 1
  }

  close(stream: number): void {
    this.extras.delete(stream)
    this.#changed.delete(stream)
    for (const streams of this.#unflushed) streams.delete(stream)
    this.#told.delete(stream)
    // Also where it was to be told of anew: of what was told before it is not known any more.
    if (this.#subscribed.size > 0) this.#closed.push(stream)
  }

  get subscribed(): number[] {
    return [...this.#subscribed].sort((a, b) => a - b)
  }

  take(message: HostMessage): void {
    if (message.op !== 'tiles') return
    this.#answered = Math.max(this.#answered, message.number ?? 0)
    if (message.anew === true) {
      this.#subscribed.clear()
      this.#told.clear()
      this.#keyframes.clear()
    }
    for (const tile of message.subscribe) this.#subscribed.add(tile)
    for (const tile of message.unsubscribe) this.#subscribed.delete(tile)
    for (const stream of this.extras.keys()) if (!this.#isSeen(stream)) this.#told.delete(stream)
    this.#slow = message.slow === true
    for (const tile of message.keyframes) this.#keyframes.add(tile)
  }

  /** The next tick tells this checksum. */
  check(stream: number, sum: number): void {
    this.#sums = { streams: Uint32Array.of(stream), sums: Uint32Array.of(sum) }
  }

  change(tile: number): void {
    if (!this.#changed.has(tile)) this.#changed.set(tile, this.content[tile] as number)
    this.content[tile] = (this.content[tile] as number) + 1
    for (const streams of this.#unflushed) streams.add(tile)
  }

  view(view: ViewChange): void {
    this.#views.push(view)
  }

  acknowledge(session: string, sequence: number): void {
    this.#acknowledged.push({ session, sequence })
  }

  /** New code: knows its subscribers, encodes in another way, sends everything as a whole. */
  replace(): void {
    this.incarnation += 1
    this.layout += 1
    this.#answered = 0
    this.#keyframes = new Set(this.#subscribed)
    this.#told.clear()
    this.#closed = []
    const former = [...this.extras]
    this.extras.clear()
    this.content.length = this.#tiles
    for (const streams of [this.#changed, ...this.#unflushed]) {
      for (const stream of streams.keys()) if (stream >= this.#tiles) streams.delete(stream)
    }
    this.#nextStream = this.#tiles + 1
    for (const [, { tile, audience }] of former.reverse()) this.open(tile, audience)
  }

  /** Restored elsewhere: the same in another epoch. */
  move(): void {
    this.epoch += 1
    this.replace()
  }

  /** Restored from a checkpoint: knows nobody. */
  crash(ticksLost: number): void {
    this.epoch += 1
    this.incarnation += 1
    this.tick = Math.max(0, this.tick - ticksLost)
    this.layout += 1
    this.#keyframes.clear()
    this.#subscribed.clear()
    this.#told.clear()
    this.#answered = 0
    this.#slow = false
  }

  #isSeen(stream: number): boolean {
    const extra = this.extras.get(stream)
    if (extra === undefined) return this.#subscribed.has(stream)
    return extra.tile === this.#tiles ? this.#subscribed.size > 0 : this.#subscribed.has(extra.tile)
  }

  step(): TileBatch {
    this.tick += 1
    const opened = []
    for (const [stream, extra] of this.extras) {
      if (this.#told.has(stream) || !this.#isSeen(stream)) continue
      this.#told.add(stream)
      this.#keyframes.add(stream)
      opened.push({ stream, ...extra, priority: 1 })
    }
    const deltas = new Map<number, Uint8Array>()
    for (const [stream, former] of this.#changed) {
      if (this.#isSeen(stream)) deltas.set(stream, this.#body(stream, former))
    }
    const asked = [...this.#keyframes].filter((stream) => this.#isSeen(stream))
    const keyframes = new Map(asked.map((stream) => [stream, this.#body(stream)]))
    const batch: TileBatch = {
      tick: this.tick,
      incarnation: this.incarnation,
      answered: this.#answered,
      deltas: partsOf(deltas),
      slow: this.#slow ? this.#flush(0, 4) : noParts,
      crawl: this.#slow ? this.#flush(1, 16) : noParts,
      rates: this.#slow,
      keyframes: partsOf(keyframes),
      checksums: this.#sums,
      opened,
      closed: this.#closed,
      pressure: 0,
      views: this.#views,
      acknowledged: this.#acknowledged,
    }
    this.#closed = []
    this.#sums = noSums
    this.#changed = new Map()
    this.#keyframes = new Set()
    this.#views = []
    this.#acknowledged = []
    return batch
  }

  /** What has changed of the streams whose turn it is. */
  #flush(rate: 0 | 1, period: number): StreamParts {
    const bodies = new Map<number, Uint8Array>()
    for (const stream of this.#unflushed[rate]) {
      const tile = this.extras.get(stream)?.tile ?? stream
      const row = tile === this.#tiles ? 0 : Math.floor(tile / this.#grid.columns)
      if (this.tick % period !== row % period) continue
      this.#unflushed[rate].delete(stream)
      if (this.#isSeen(stream)) bodies.set(stream, this.#body(stream, anyFormer))
    }
    return partsOf(bodies)
  }

  #body(tile: number, former?: number): Uint8Array {
    const writer = new Writer()
    writer.varint(this.layout)
    if (former !== undefined) writer.varint(former)
    writer.varint(this.content[tile] as number)
    return writer.finish()
  }
}

function partsOf(bodies: ReadonlyMap<number, Uint8Array>): StreamParts {
  const ascending = [...bodies].sort(([a], [b]) => a - b)
  const parts = emptyParts(bodies.size, Buffer.concat(ascending.map(([, body]) => body)))
  let at = 0
  for (const [index, [tile, body]] of ascending.entries()) {
    parts.streams[index] = tile
    parts.starts[index] = at
    at += body.length
    parts.ends[index] = at
  }
  return parts
}

/** A client's copy of the tiles it sees. */
export class ModelSight {
  readonly tiles = new Map<number, { layout: number; value: number }>()
  readonly checks: { tile: number; sum: number }[] = []
  readonly proofs: { tile: number; layout: number; value: number }[] = []
  readonly frames: { tick: number; acknowledged: number; me: number; parts: number }[] = []

  /** @throws Error for a delta that does not continue what the client has */
  take(frame: Uint8Array): void {
    const reader = new Reader(frame)
    reader.varint()
    const head = { tick: reader.varint(), acknowledged: reader.varint(), me: reader.varint() }
    let parts = 0
    while (reader.remaining > 0) {
      parts += 1
      const word = reader.varint()
      const tile = Math.floor(word / 4)
      const kind = word % 4
      if (kind === tilePart.control) {
        this.#control(tile, reader)
        continue
      }
      const count = kind === tilePart.run ? reader.varint() : 1
      for (let next = tile; next < tile + count; next += 1) {
        const body = new Reader(reader.raw(reader.varint()))
        if (body.remaining > 0) this.#body(next, body, kind !== tilePart.keyframe)
      }
    }
    this.frames.push({ ...head, parts })
  }

  #control(tile: number, reader: Reader): void {
    const sub = reader.u8()
    if (sub === tileControl.dropped) this.tiles.delete(tile)
    else if (sub === tileControl.checksum) this.checks.push({ tile, sum: reader.u32() })
    else {
      const proof = new Reader(reader.raw(reader.varint()))
      this.proofs.push({ tile, layout: proof.varint(), value: proof.varint() })
    }
  }

  #body(tile: number, body: Reader, isDelta: boolean): void {
    const layout = body.varint()
    if (isDelta) this.#delta(tile, layout, body.varint())
    this.tiles.set(tile, { layout, value: body.varint() })
  }

  #delta(tile: number, layout: number, former: number): void {
    const known = this.tiles.get(tile)
    if (known === undefined) throw new Error(`a delta of tile ${tile} came before its keyframe`)
    if (known.layout !== layout) throw new Error(`a delta of tile ${tile} is of another stream`)
    if (former !== anyFormer && known.value !== former)
      throw new Error(`tile ${tile} missed a delta`)
  }
}
