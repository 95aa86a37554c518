import { RealmError } from '../errors/index.ts'
import { Reader, Writer } from '../schema/index.ts'
import { checksum } from './checksum.ts'
import {
  absoluteForm,
  crossingsWord,
  positionBits,
  selectionForm,
  selectionOfAll,
  visibleFieldsMax,
} from './tile-delta.ts'
import { compareTold, readTold, writeTold } from './tile-desync.ts'
import { BitReader, type KindCodec, kindCodecs, readFields, readTurns } from './tile-kinds.ts'
import { type TileLayout, type TileStreamDescriptor, tileLayout } from './tile-layout.ts'
import {
  ascending,
  type Entry,
  type SeenEntity,
  type Stream,
  type TileStreamSink,
  toldOf,
  type UnseenReason,
} from './tile-seen.ts'
import { tileControl, tilePart } from './world-frame.ts'

/** Slots of one tile. */
const tileSlotsMax = 1_048_576
/** Entities a decoder holds at a time. */
const seenEntitiesMax = 262_144
/** Numbers of streams. */
const streamsMax = 2 ** 28

/**
 * Decodes the parts of world frames into entities. One per joined world; after a `RealmError`
 * its content means nothing any more: make a new one and ask for keyframes.
 */
export class TileStream {
  /** Everything in view, by id. */
  readonly entities: ReadonlyMap<number, SeenEntity>
  readonly #seen = new Map<number, SeenEntity>()
  readonly #entries = new Map<number, Entry>()
  readonly #streams = new Map<number, Stream>()
  readonly #layout: TileLayout
  readonly #tiles: number
  readonly #kinds: readonly KindCodec[]
  readonly #sink: TileStreamSink
  readonly #bits = new BitReader()
  /** Entities without a stream at this point of the frame. */
  #homeless: Entry[] = []
  /** Whom the group of changes that is being read is about: the first `#memberCount` of them. */
  readonly #members: Entry[] = []
  #memberCount = 0
  /** Counts keyframes and deltas. */
  #bodies = 0
  /** Of the frame that is being applied. */
  #tick = 0
  #writer: Writer | undefined

  /** @throws RealmError `SCHEMA_MALFORMED`, `SCHEMA_INVALID` for a descriptor that is not valid */
  constructor(world: TileStreamDescriptor, sink: TileStreamSink) {
    this.entities = this.#seen
    this.#layout = tileLayout(world)
    this.#tiles = this.#layout.grid.columns * this.#layout.grid.rows
    this.#sink = sink
    this.#kinds = kindCodecs(world)
  }

  /**
   * Applies the parts of one frame, all that remains of `reader` after the frame's head.
   * @param tick of the frame, for reports
   * @throws RealmError `PROTOCOL_GARBAGE`, `SCHEMA_*` for bytes that no world sends
   */
  apply(reader: Reader, tick = 0): void {
    this.#tick = tick
    while (reader.remaining > 0) {
      const word = reader.varint()
      const kind = word % 4
      const stream = (word - kind) / 4
      if (stream > streamsMax) throw garbage('stream')
      if (kind === tilePart.run) this.#run(stream, reader)
      else if (kind === tilePart.delta) this.#delta(stream, bodyOf(reader))
      else if (kind === tilePart.keyframe) this.#keyframe(stream, bodyOf(reader))
      else this.#control(stream, reader)
    }
    this.#settle()
  }

  #control(stream: number, reader: Reader): void {
    const sub = reader.u8()
    if (sub === tileControl.dropped) this.#drop(stream)
    else if (sub === tileControl.checksum) this.#check(stream, reader.u32())
    else if (sub === tileControl.proof) this.#prove(stream, reader.raw(reader.varint()))
    else throw garbage('part')
  }

  #run(first: number, reader: Reader): void {
    const end = first + reader.varint()
    for (let stream = first; stream < end; stream += 1) {
      const body = bodyOf(reader)
      if (body.remaining > 0) this.#delta(stream, body)
    }
  }

  #delta(number: number, body: Reader): void {
    const stream = this.#streams.get(number)
    if (stream === undefined) throw garbage('delta before keyframe')
    this.#bodies += 1
    while (body.remaining > 0) {
      const word = body.varint()
      if (word === crossingsWord) this.#crossings(stream, body)
      else this.#group(stream, word, body)
    }
  }

  #crossings(stream: Stream, body: Reader): void {
    for (let left = body.varint(); left > 0; left -= 1) this.#addition(stream, body)
    for (let left = body.varint(); left > 0; left -= 1) this.#removal(stream, body)
  }

  #keyframe(number: number, body: Reader): void {
    this.#drop(number)
    this.#bodies += 1
    const stream = this.#streamOn(number < this.#tiles ? number : body.varint())
    this.#streams.set(number, stream)
    while (body.remaining > 0) this.#addition(stream, body)
  }

  #streamOn(tile: number): Stream {
    const { grid, columnStart, rowStart } = this.#layout
    if (tile > this.#tiles) throw garbage('tile')
    const wide = tile === this.#tiles
    return {
      tile,
      precision: this.#layout.precision,
      startX: wide ? 0 : (columnStart[tile % grid.columns] as number),
      startY: wide ? 0 : (rowStart[Math.floor(tile / grid.columns)] as number),
      wide,
      slots: new Map(),
      ascending: undefined,
    }
  }

  /** Compares what the client has of a stream with what the world says it should. */
  #check(number: number, sum: number): void {
    const stream = this.#streams.get(number)
    if (stream === undefined || this.#sink.suspect === undefined) return
    this.#writer ??= new Writer(4096)
    this.#writer.reset()
    let mine: number | undefined
    try {
      writeTold(this.#writer, toldOf(stream), stream)
      mine = checksum(this.#writer.view())
    } catch {
      // What stands there is none of the type's values, and not what the world has either.
    }
    if (mine !== sum) this.#sink.suspect(number)
  }

  /** Tells what differs from the whole content as the world has it, and takes that over. */
  #prove(number: number, bytes: Uint8Array): void {
    const former = this.#streams.get(number)
    // It may have been dropped meanwhile.
    if (former === undefined) return
    const body = new Reader(bytes)
    if (number >= this.#tiles) body.varint()
    const theirs = readTold(body, this.#kinds, former)
    if (theirs === undefined) throw garbage('kind')
    const found = compareTold(toldOf(former), theirs)
    this.#keyframe(number, new Reader(bytes))
    this.#sink.desync?.({ stream: number, tile: former.tile, tick: this.#tick, ...found })
  }

  #drop(number: number): void {
    const stream = this.#streams.get(number)
    if (stream === undefined) return
    this.#streams.delete(number)
    for (const entry of stream.slots.values()) this.#unhouse(entry, 'hidden')
  }

  #addition(stream: Stream, body: Reader): void {
    const slot = body.varint()
    if (slot >= tileSlotsMax) throw garbage('slot')
    const id = body.varint()
    const kind = this.#kinds[body.u8()]
    if (kind === undefined) throw garbage('kind')
    const stepX = stream.startX + (stream.wide ? body.varint() : body.u16())
    const stepY = stream.startY + (stream.wide ? body.varint() : body.u16())

    let entry = this.#entries.get(id)
    if (entry !== undefined && entry.kind !== kind) {
      this.#vacate(entry)
      this.#forget(entry)
      entry = undefined
    }
    const known = entry !== undefined
    entry ??= this.#create(id, kind)
    readFields(kind, entry.seen.fields, kind.every, body)
    this.#vacate(entry)
    const former = stream.slots.get(slot)
    if (former !== undefined && former !== entry) this.#unhouse(former, 'hidden')
    stream.slots.set(slot, entry)
    stream.ascending = undefined
    entry.home = stream
    entry.slot = slot
    entry.addedBy = this.#bodies
    const moved = this.#place(entry, stepX, stepY)
    if (known) this.#sink.changed(entry.seen, moved, kind.every)
    else this.#sink.added(entry.seen)
  }

  #create(id: number, kind: KindCodec): Entry {
    if (this.#entries.size >= seenEntitiesMax) throw new RealmError('SCHEMA_LIMIT', 'entities')
    const seen: SeenEntity = { id, kind: kind.name, x: 0, y: 0, fields: {} }
    const place = { home: undefined, slot: 0, stepX: -1, stepY: -1, addedBy: 0 }
    const entry: Entry = { seen, kind, ...place, moved: false, reason: 'hidden' }
    this.#entries.set(id, entry)
    this.#seen.set(id, seen)
    return entry
  }

  #removal(stream: Stream, body: Reader): void {
    const word = body.varint()
    const entry = stream.slots.get(Math.floor(word / 2))
    // The slot is empty where this very frame has already brought the entity into another stream.
    if (entry === undefined) return
    this.#unhouse(entry, word % 2 === 1 ? 'hidden' : 'gone')
  }

  #group(stream: Stream, word: number, body: Reader): void {
    const form = word % 8
    const turn = Math.floor(word / 8) % 8
    const fields = Math.floor(word / 64)
    if (fields >= 2 ** visibleFieldsMax) throw garbage('mask')
    this.#select(stream, fields, body)
    if (form === absoluteForm) this.#absolute(stream, body)
    const bits = form === absoluteForm ? 0 : (positionBits[form] as number)
    if (bits > 0 || turn > 0) this.#relative(bits, turn, fields, body)
    for (let index = 0; index < this.#memberCount; index += 1) {
      const { seen, kind, moved } = this.#members[index] as Entry
      const rest = turn > 0 ? fields & ~kind.angleMask : fields
      if (rest > 0) readFields(kind, seen.fields, rest, body)
      this.#sink.changed(seen, moved, fields)
    }
  }

  /** Reads whom a group is about. Slots ascend, so nobody can be named twice. */
  #select(stream: Stream, fields: number, body: Reader): void {
    this.#memberCount = 0
    const word = body.varint()
    const count = Math.floor(word / 4)
    if (word === selectionOfAll) this.#chooseAll(stream, fields)
    else if (word % 2 === 0) this.#choose(stream, word / 2, fields)
    else if (word % 4 === selectionForm.bitmap) {
      for (let base = 0; base < count * 8; base += 8) {
        let bits = body.u8()
        for (let slot = base; bits > 0; slot += 1, bits >>= 1) {
          if ((bits & 1) === 1) this.#choose(stream, slot, fields)
        }
      }
    } else {
      let slot = -1
      for (let left = count; left > 0; left -= 1) {
        slot += body.varint() + 1
        this.#choose(stream, slot, fields)
      }
    }
  }

  #choose(stream: Stream, slot: number, fields: number): void {
    const entry = stream.slots.get(slot)
    if (entry === undefined) throw garbage('change of an empty slot')
    this.#meant(entry, fields)
  }

  /** All but those whom this very delta has added: they are told as they are. */
  #chooseAll(stream: Stream, fields: number): void {
    for (const entry of ascending(stream)) {
      if (entry.addedBy !== this.#bodies) this.#meant(entry, fields)
    }
  }

  #meant(entry: Entry, fields: number): void {
    if (fields > entry.kind.every) throw garbage('mask')
    entry.moved = false
    this.#members[this.#memberCount++] = entry
  }

  #absolute({ startX, startY, wide }: Stream, body: Reader): void {
    for (let index = 0; index < this.#memberCount; index += 1) {
      const entry = this.#members[index] as Entry
      const stepX = startX + (wide ? body.varint() : body.u16())
      entry.moved = this.#place(entry, stepX, startY + (wide ? body.varint() : body.u16()))
    }
  }

  #relative(width: number, turn: number, fields: number, body: Reader): void {
    const bits = this.#bits
    const half = width > 0 ? 1 << (width - 1) : 0
    bits.begin(body)
    for (let index = 0; index < this.#memberCount; index += 1) {
      const entry = this.#members[index] as Entry
      if (width > 0) {
        const stepX = entry.stepX + bits.take(width) - half
        entry.moved = this.#place(entry, stepX, entry.stepY + bits.take(width) - half)
      }
      if (turn > 0) readTurns(entry.kind, entry.seen.fields, fields, bits, turn)
    }
  }

  #place(entry: Entry, stepX: number, stepY: number): boolean {
    const moved = stepX !== entry.stepX || stepY !== entry.stepY
    entry.stepX = stepX
    entry.stepY = stepY
    entry.seen.x = stepX * this.#layout.precision
    entry.seen.y = stepY * this.#layout.precision
    return moved
  }

  #vacate(entry: Entry): void {
    const { home } = entry
    if (home === undefined) return
    if (home.slots.get(entry.slot) === entry) home.slots.delete(entry.slot)
    home.ascending = undefined
    entry.home = undefined
  }

  #unhouse(entry: Entry, reason: UnseenReason): void {
    this.#vacate(entry)
    entry.reason = reason
    this.#homeless.push(entry)
  }

  /** The frame is complete: whoever has found no new stream is out of view. */
  #settle(): void {
    for (const entry of this.#homeless) {
      if (entry.home === undefined) this.#forget(entry)
    }
    this.#homeless = []
  }

  #forget(entry: Entry): void {
    const { seen } = entry
    // An entity may have lost its stream twice in one frame.
    if (this.#entries.get(seen.id) !== entry) return
    this.#entries.delete(seen.id)
    this.#seen.delete(seen.id)
    this.#sink.removed(seen, entry.reason)
  }
}

function bodyOf(reader: Reader): Reader {
  return new Reader(reader.raw(reader.varint()))
}

function garbage(what: string): RealmError {
  return new RealmError('PROTOCOL_GARBAGE', `Tile stream: ${what}.`)
}
