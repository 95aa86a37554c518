import { RealmError } from '../errors/index.ts'
import { Reader, type RecordType, type Type, typeFromDescriptor } from '../schema/index.ts'
import type { WorldDescriptor } from './manifest.ts'
import { type TileGrid, tileGrid } from './tile-grid.ts'
import { tilePart } from './world-frame.ts'

/**
 * The bytes of a tile. Positions are whole steps of `precision`; inside a tile they count from its
 * corner.
 *
 *     keyframe   addition…
 *     delta      flags u8 · [count varint · addition…] · [count varint · removal…] · change…
 *     addition   slot varint · id varint · kind u8 · x u16 · y u16 · every field of the kind
 *     removal    (slot · 2 + moved) varint
 *     change     slot varint · mask varint · [position] · the fields in the mask, ascending
 *
 * Flags: 1 additions follow, 2 removals follow. A slot is an entity's number within its tile. Bits
 * 0 and 1 of a mask tell how the position is written (`positionForm`), bit n + 2 stands for the
 * kind's field n. A change is relative to what the receiver already has of the tile, so nothing
 * drifts: both sides count in whole steps.
 *
 * An entity that walks from one tile into another is removed from the first (`moved`) and added to
 * the second in the same tick; whoever sees both keeps it without a gap, because removals take
 * effect when the frame ends.
 */
export const deltaFlags = { additions: 1, removals: 2 } as const

/**
 * How a change writes the position: not at all, 4 + 4 bits, 8 + 8 bits relative, or 16 + 16 bits in
 * the tile.
 */
export const positionForm = { none: 0, nibbles: 1, bytes: 2, absolute: 3 } as const

/** Slots of one tile. */
const tileSlotsMax = 1_048_576
/** Fields of an entity kind that clients may see: each needs a bit of the mask. */
export const visibleFieldsMax = 30
/** Tiles of one world. */
export const tilesMax = 262_144
/** Steps of a tile's edge: what a `u16` can hold, with room for rounding. */
const tileStepsMax = 65_000
/** Entities a decoder holds at a time. */
const seenEntitiesMax = 262_144

/** A world's descriptor, with the size of a position step where it is not the default. */
export type TileStreamDescriptor = WorldDescriptor & { readonly precision?: number }

/**
 * The step of positions where a world does not name one: the power of two from 1/4096 of the view
 * radius on. A change of 1/32 of the radius is then at most 128 steps, so that what moves less than
 * that in a tick takes two bytes.
 */
export function defaultPrecision(viewRadius: number): number {
  return 2 ** Math.ceil(Math.log2(viewRadius / 4096))
}

/** Where tiles begin, in whole steps. World and client compute it alike. */
export interface TileLayout {
  readonly grid: TileGrid
  readonly precision: number
  /** First step of each column and row. */
  readonly columnStart: Int32Array
  readonly rowStart: Int32Array
}

/** @throws RealmError `SCHEMA_INVALID` where the numbers make no world */
export function tileLayout(world: TileStreamDescriptor): TileLayout {
  const { width, height, tileEdge, viewRadius } = world
  const grid = tileGrid(width, height, tileEdge)
  const precision = world.precision ?? defaultPrecision(viewRadius)
  const sound =
    [width, height, tileEdge, viewRadius, precision].every((n) => n > 0 && n < Infinity) &&
    grid.columns * grid.rows <= tilesMax &&
    tileEdge / precision <= tileStepsMax &&
    Math.max(width, height) / precision < 2 ** 30
  if (!sound) throw new RealmError('SCHEMA_INVALID', 'The size of a world does not fit its tiles.')
  const starts = (count: number): Int32Array =>
    Int32Array.from({ length: count }, (_, index) => Math.floor((index * grid.edge) / precision))
  return {
    grid,
    precision,
    columnStart: starts(grid.columns),
    rowStart: starts(grid.rows),
  }
}

/** An entity as a client sees it. The stream changes it in place; everybody else only reads. */
export interface SeenEntity {
  readonly id: number
  readonly kind: string
  x: number
  y: number
  readonly fields: Record<string, unknown>
}

/** Why an entity is no longer seen: it ceased to be, or it is where this client does not look. */
export type UnseenReason = 'gone' | 'hidden'

/**
 * What a stream tells while it decodes. An entity that crosses tiles within view is `changed`,
 * never removed.
 */
export interface TileStreamSink {
  added(entity: SeenEntity): void
  /** `fields` has bit n set where the kind's field n may have changed. */
  changed(entity: SeenEntity, moved: boolean, fields: number): void
  removed(entity: SeenEntity, reason: UnseenReason): void
}

interface KindCodec {
  readonly name: string
  readonly fields: readonly { readonly name: string; readonly type: Type<unknown> }[]
}

/**
 * An entity with its place in the stream; `tile` is −1 between leaving one tile and entering the
 * next.
 */
interface Entry {
  readonly seen: SeenEntity
  readonly kind: KindCodec
  tile: number
  slot: number
  stepX: number
  stepY: number
  reason: UnseenReason
}

type Slots = Map<number, Entry>

/**
 * Decodes the tile parts of world frames into entities. One per joined world; after a `RealmError`
 * its content means nothing any more: make a new one and ask for keyframes.
 */
export class TileStream {
  /** Everything in view, by id. */
  readonly entities: ReadonlyMap<number, SeenEntity>
  readonly #seen = new Map<number, SeenEntity>()
  readonly #entries = new Map<number, Entry>()
  readonly #tiles = new Map<number, Slots>()
  readonly #layout: TileLayout
  readonly #kinds: readonly KindCodec[]
  readonly #sink: TileStreamSink
  /** Entities without a tile at this point of the frame. */
  #homeless: Entry[] = []

  /** @throws RealmError `SCHEMA_MALFORMED`, `SCHEMA_INVALID` for a descriptor that is not valid */
  constructor(world: TileStreamDescriptor, sink: TileStreamSink) {
    this.entities = this.#seen
    this.#layout = tileLayout(world)
    this.#sink = sink
    this.#kinds = world.entities.map(({ name, fields }) => {
      const type = typeFromDescriptor(fields)
      if (type.kind !== 'record') throw new RealmError('SCHEMA_MALFORMED', name)
      const list = Object.entries((type as RecordType).fields)
      if (list.length > visibleFieldsMax) throw new RealmError('SCHEMA_LIMIT', name)
      return { name, fields: list.map(([field, of]) => ({ name: field, type: of })) }
    })
  }

  /**
   * Applies the parts of one frame, all that remains of `reader` after the frame's head.
   * @throws RealmError `PROTOCOL_GARBAGE`, `SCHEMA_*` for bytes that no world sends
   */
  apply(reader: Reader): void {
    while (reader.remaining > 0) {
      const tile = reader.varint()
      const kind = reader.u8()
      const body = new Reader(reader.raw(reader.varint()))
      if (tile >= this.#layout.grid.columns * this.#layout.grid.rows) throw garbage('tile')
      if (kind === tilePart.delta) this.#delta(tile, body)
      else if (kind === tilePart.keyframe) this.#keyframe(tile, body)
      else if (kind === tilePart.dropped) this.#drop(tile)
      else throw garbage('part')
    }
    this.#settle()
  }

  #delta(tile: number, body: Reader): void {
    const slots = this.#tiles.get(tile)
    if (slots === undefined) throw garbage('delta before keyframe')
    const flags = body.u8()
    if (flags > (deltaFlags.additions | deltaFlags.removals)) throw garbage('flags')
    if ((flags & deltaFlags.additions) !== 0) {
      for (let left = body.varint(); left > 0; left -= 1) this.#addition(tile, slots, body)
    }
    if ((flags & deltaFlags.removals) !== 0) {
      for (let left = body.varint(); left > 0; left -= 1) this.#removal(slots, body)
    }
    while (body.remaining > 0) this.#change(slots, body)
  }

  #keyframe(tile: number, body: Reader): void {
    this.#drop(tile)
    const slots: Slots = new Map()
    this.#tiles.set(tile, slots)
    while (body.remaining > 0) this.#addition(tile, slots, body)
  }

  #drop(tile: number): void {
    const slots = this.#tiles.get(tile)
    if (slots === undefined) return
    this.#tiles.delete(tile)
    for (const entry of slots.values()) this.#unhouse(entry, 'hidden')
  }

  #addition(tile: number, slots: Slots, body: Reader): void {
    const slot = body.varint()
    if (slot >= tileSlotsMax) throw garbage('slot')
    const id = body.varint()
    const kind = this.#kinds[body.u8()]
    if (kind === undefined) throw garbage('kind')
    const { grid, columnStart, rowStart } = this.#layout
    const stepX = (columnStart[tile % grid.columns] as number) + body.u16()
    const stepY = (rowStart[Math.floor(tile / grid.columns)] as number) + body.u16()

    let entry = this.#entries.get(id)
    if (entry !== undefined && entry.kind !== kind) {
      this.#vacate(entry)
      this.#forget(entry)
      entry = undefined
    }
    const known = entry !== undefined
    entry ??= this.#create(id, kind)
    for (const { name, type } of kind.fields) entry.seen.fields[name] = type.read(body)
    this.#vacate(entry)
    const former = slots.get(slot)
    if (former !== undefined && former !== entry) this.#unhouse(former, 'hidden')
    slots.set(slot, entry)
    entry.tile = tile
    entry.slot = slot
    const moved = this.#place(entry, stepX, stepY)
    if (known) this.#sink.changed(entry.seen, moved, maskOf(kind.fields.length))
    else this.#sink.added(entry.seen)
  }

  #create(id: number, kind: KindCodec): Entry {
    if (this.#entries.size >= seenEntitiesMax) throw new RealmError('SCHEMA_LIMIT', 'entities')
    const seen: SeenEntity = { id, kind: kind.name, x: 0, y: 0, fields: {} }
    const entry: Entry = { seen, kind, tile: -1, slot: 0, stepX: -1, stepY: -1, reason: 'hidden' }
    this.#entries.set(id, entry)
    this.#seen.set(id, seen)
    return entry
  }

  #removal(slots: Slots, body: Reader): void {
    const word = body.varint()
    const entry = slots.get(Math.floor(word / 2))
    // The slot is empty where this very frame has already brought the entity into another tile.
    if (entry === undefined) return
    this.#unhouse(entry, word % 2 === 1 ? 'hidden' : 'gone')
  }

  #change(slots: Slots, body: Reader): void {
    const entry = slots.get(body.varint())
    if (entry === undefined) throw garbage('change of an empty slot')
    const mask = body.varint()
    const fields = Math.floor(mask / 4)
    const { fields: codecs } = entry.kind
    if (fields > maskOf(codecs.length)) throw garbage('mask')
    const moved = this.#move(entry, mask % 4, body)
    for (let index = 0, rest = fields; rest > 0; index += 1, rest >>>= 1) {
      if ((rest & 1) === 0) continue
      const { name, type } = codecs[index] as KindCodec['fields'][number]
      entry.seen.fields[name] = type.read(body)
    }
    this.#sink.changed(entry.seen, moved, fields)
  }

  #move(entry: Entry, form: number, body: Reader): boolean {
    if (form === positionForm.none) return false
    if (form === positionForm.absolute) {
      const { grid, columnStart, rowStart } = this.#layout
      const stepX = (columnStart[entry.tile % grid.columns] as number) + body.u16()
      const stepY = (rowStart[Math.floor(entry.tile / grid.columns)] as number) + body.u16()
      return this.#place(entry, stepX, stepY)
    }
    let dx: number
    let dy: number
    if (form === positionForm.nibbles) {
      const both = body.u8()
      dx = (both >> 4) - 8
      dy = (both & 15) - 8
    } else {
      dx = body.i8()
      dy = body.i8()
    }
    return this.#place(entry, entry.stepX + dx, entry.stepY + dy)
  }

  #place(entry: Entry, stepX: number, stepY: number): boolean {
    if (stepX === entry.stepX && stepY === entry.stepY) return false
    entry.stepX = stepX
    entry.stepY = stepY
    entry.seen.x = stepX * this.#layout.precision
    entry.seen.y = stepY * this.#layout.precision
    return true
  }

  #vacate(entry: Entry): void {
    if (entry.tile === -1) return
    const slots = this.#tiles.get(entry.tile)
    if (slots?.get(entry.slot) === entry) slots.delete(entry.slot)
    entry.tile = -1
  }

  #unhouse(entry: Entry, reason: UnseenReason): void {
    this.#vacate(entry)
    entry.reason = reason
    this.#homeless.push(entry)
  }

  /** The frame is complete: whoever has found no new tile is out of view. */
  #settle(): void {
    for (const entry of this.#homeless) {
      if (entry.tile === -1) this.#forget(entry)
    }
    this.#homeless = []
  }

  #forget(entry: Entry): void {
    const { seen } = entry
    // An entity may have lost its tile twice in one frame.
    if (this.#entries.get(seen.id) !== entry) return
    this.#entries.delete(seen.id)
    this.#seen.delete(seen.id)
    this.#sink.removed(seen, entry.reason)
  }
}

function maskOf(fields: number): number {
  return 2 ** fields - 1
}

function garbage(what: string): RealmError {
  return new RealmError('PROTOCOL_GARBAGE', `Tile stream: ${what}.`)
}
