import { RealmError } from '../errors/index.ts'
import { Reader, type RecordType, type Type, typeFromDescriptor } from '../schema/index.ts'
import {
  absoluteForm,
  crossingsWord,
  positionBits,
  selectionForm,
  visibleFieldsMax,
} from './tile-delta.ts'
import { type TileLayout, type TileStreamDescriptor, tileLayout } from './tile-layout.ts'
import { tilePart } from './world-frame.ts'

/** Slots of one tile. */
const tileSlotsMax = 1_048_576
/** Entities a decoder holds at a time. */
const seenEntitiesMax = 262_144

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
  /** A mask with the bits of all fields. */
  readonly every: number
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
  /** Whether the group of changes that is being read has moved it. */
  moved: boolean
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
  /** Whom the group of changes that is being read is about: the first `#memberCount` of them. */
  readonly #members: Entry[] = []
  #memberCount = 0

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
      const codecs = list.map(([field, of]) => ({ name: field, type: of }))
      return { name, fields: codecs, every: 2 ** list.length - 1 }
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
    while (body.remaining > 0) {
      const word = body.varint()
      if (word === crossingsWord) this.#crossings(tile, slots, body)
      else this.#group(tile, slots, word, body)
    }
  }

  #crossings(tile: number, slots: Slots, body: Reader): void {
    for (let left = body.varint(); left > 0; left -= 1) this.#addition(tile, slots, body)
    for (let left = body.varint(); left > 0; left -= 1) this.#removal(slots, body)
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
    if (known) this.#sink.changed(entry.seen, moved, kind.every)
    else this.#sink.added(entry.seen)
  }

  #create(id: number, kind: KindCodec): Entry {
    if (this.#entries.size >= seenEntitiesMax) throw new RealmError('SCHEMA_LIMIT', 'entities')
    const seen: SeenEntity = { id, kind: kind.name, x: 0, y: 0, fields: {} }
    const place = { tile: -1, slot: 0, stepX: -1, stepY: -1 }
    const entry: Entry = { seen, kind, ...place, moved: false, reason: 'hidden' }
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

  #group(tile: number, slots: Slots, word: number, body: Reader): void {
    const fields = Math.floor(word / 8)
    if (fields >= 2 ** visibleFieldsMax) throw garbage('mask')
    this.#select(slots, body)
    const form = word % 8
    if (form === absoluteForm) this.#absolute(tile, body)
    else this.#relative(positionBits[form] as number, body)
    const members = this.#members
    for (let index = 0; index < this.#memberCount; index += 1) {
      const entry = members[index] as Entry
      if (fields > 0) readFields(entry, fields, body)
      this.#sink.changed(entry.seen, entry.moved, fields)
    }
  }

  /** Reads whom a group is about. Slots ascend, so nobody can be named twice. */
  #select(slots: Slots, body: Reader): void {
    this.#memberCount = 0
    const word = body.varint()
    const count = Math.floor(word / 4)
    if (word % 2 === 0) this.#choose(slots, word / 2)
    else if (word % 4 === selectionForm.bitmap) {
      for (let base = 0; base < count * 8; base += 8) {
        let bits = body.u8()
        for (let slot = base; bits > 0; slot += 1, bits >>= 1) {
          if ((bits & 1) === 1) this.#choose(slots, slot)
        }
      }
    } else {
      let slot = -1
      for (let left = count; left > 0; left -= 1) {
        slot += body.varint() + 1
        this.#choose(slots, slot)
      }
    }
  }

  #choose(slots: Slots, slot: number): void {
    const entry = slots.get(slot)
    if (entry === undefined) throw garbage('change of an empty slot')
    entry.moved = false
    this.#members[this.#memberCount++] = entry
  }

  #absolute(tile: number, body: Reader): void {
    const { grid, columnStart, rowStart } = this.#layout
    const startX = columnStart[tile % grid.columns] as number
    const startY = rowStart[Math.floor(tile / grid.columns)] as number
    for (let index = 0; index < this.#memberCount; index += 1) {
      const entry = this.#members[index] as Entry
      const stepX = startX + body.u16()
      entry.moved = this.#place(entry, stepX, startY + body.u16())
    }
  }

  #relative(bits: number, body: Reader): void {
    if (bits === 0) return
    const half = 2 ** (bits - 1)
    const mask = half * 2 - 1
    let held = 0
    let heldBits = 0
    for (let index = 0; index < this.#memberCount; index += 1) {
      for (; heldBits < bits * 2; heldBits += 8) held |= body.u8() << heldBits
      const dx = (held & mask) - half
      const dy = ((held >> bits) & mask) - half
      held >>= bits * 2
      heldBits -= bits * 2
      const entry = this.#members[index] as Entry
      entry.moved = this.#place(entry, entry.stepX + dx, entry.stepY + dy)
    }
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

/** Reads the fields whose bits are in the mask. */
function readFields({ kind, seen }: Entry, mask: number, body: Reader): void {
  const { fields, every } = kind
  if (mask > every) throw garbage('mask')
  for (let index = 0, rest = mask; rest > 0; index += 1, rest >>>= 1) {
    if ((rest & 1) === 0) continue
    const { name, type } = fields[index] as KindCodec['fields'][number]
    seen.fields[name] = type.read(body)
  }
}

function garbage(what: string): RealmError {
  return new RealmError('PROTOCOL_GARBAGE', `Tile stream: ${what}.`)
}
