import {
  emptyParts,
  type HostMessage,
  noParts,
  type StreamParts,
  type TileBatch,
  type ViewChange,
} from '../../actor/index.ts'
import { type TileGrid, tilePart } from '../../protocol/index.ts'
import { Reader, Writer } from '../../schema/index.ts'

/**
 * A world reduced to one number per tile. A keyframe tells the number; a delta tells the former and
 * the new one, so that whoever applies it to anything else notices.
 */
export class ModelWorld {
  readonly content: number[]
  tick = 0
  /** Counts restores. */
  epoch = 1
  #layout = 0
  readonly #subscribed = new Set<number>()
  #keyframes = new Set<number>()
  #changed = new Map<number, number>()
  #views: ViewChange[] = []
  #acknowledged: { session: string; sequence: number }[] = []

  constructor(grid: TileGrid) {
    this.content = Array.from({ length: grid.columns * grid.rows }, () => 0)
  }

  get subscribed(): number[] {
    return [...this.#subscribed].sort((a, b) => a - b)
  }

  take(message: HostMessage): void {
    if (message.op !== 'tiles') return
    for (const tile of message.subscribe) this.#subscribed.add(tile)
    for (const tile of message.unsubscribe) this.#subscribed.delete(tile)
    for (const tile of message.keyframes) this.#keyframes.add(tile)
  }

  change(tile: number): void {
    if (!this.#changed.has(tile)) this.#changed.set(tile, this.content[tile] as number)
    this.content[tile] = (this.content[tile] as number) + 1
  }

  view(view: ViewChange): void {
    this.#views.push(view)
  }

  acknowledge(session: string, sequence: number): void {
    this.#acknowledged.push({ session, sequence })
  }

  /** New code: knows its subscribers, encodes in another way, sends everything as a whole. */
  replace(): void {
    this.#layout += 1
    this.#keyframes = new Set(this.#subscribed)
  }

  /** Restored elsewhere: the same in another epoch. */
  move(): void {
    this.epoch += 1
    this.replace()
  }

  /** Restored from a checkpoint: knows nobody. */
  crash(ticksLost: number): void {
    this.epoch += 1
    this.tick = Math.max(0, this.tick - ticksLost)
    this.#layout += 1
    this.#keyframes.clear()
    this.#subscribed.clear()
  }

  step(): TileBatch {
    this.tick += 1
    const deltas = new Map<number, Uint8Array>()
    for (const [tile, former] of this.#changed) {
      if (this.#subscribed.has(tile)) deltas.set(tile, this.#body(tile, former))
    }
    const keyframes = new Map([...this.#keyframes].map((tile) => [tile, this.#body(tile)]))
    const batch: TileBatch = {
      tick: this.tick,
      deltas: partsOf(deltas),
      rates: false,
      slow: noParts,
      crawl: noParts,
      keyframes: partsOf(keyframes),
      opened: [],
      closed: [],
      pressure: 0,
      views: this.#views,
      acknowledged: this.#acknowledged,
    }
    this.#changed = new Map()
    this.#keyframes = new Set()
    this.#views = []
    this.#acknowledged = []
    return batch
  }

  #body(tile: number, former?: number): Uint8Array {
    const writer = new Writer()
    writer.varint(this.#layout)
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
        reader.u8()
        this.tiles.delete(tile)
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

  #body(tile: number, body: Reader, isDelta: boolean): void {
    const layout = body.varint()
    if (isDelta) this.#delta(tile, layout, body.varint())
    this.tiles.set(tile, { layout, value: body.varint() })
  }

  #delta(tile: number, layout: number, former: number): void {
    const known = this.tiles.get(tile)
    if (known === undefined) throw new Error(`a delta of tile ${tile} came before its keyframe`)
    if (known.layout !== layout) throw new Error(`a delta of tile ${tile} is of another stream`)
    if (known.value !== former) throw new Error(`tile ${tile} missed a delta`)
  }
}
