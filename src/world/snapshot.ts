import { RealmError } from '../errors/index.ts'
import { tilesMax } from '../protocol/index.ts'
import {
  bool,
  bytes,
  decode,
  encode,
  f64,
  hashOf,
  type Infer,
  list,
  migrateValue,
  optional,
  Reader,
  type RecordType,
  record,
  schemaHash,
  type Type,
  type TypeDescriptor,
  text,
  typeFromDescriptor,
  u8,
  u32,
  varint,
  Writer,
} from '../schema/index.ts'
import { readFields } from './columns.ts'
import { place } from './handles.ts'
import type { KindTable } from './kinds.ts'
import { readLayer, writeLayer } from './layers.ts'
import type { Population } from './population.ts'

const snapshotFormat = 3
/** The same, frozen, of a world of which more was heard, before or since. */
const livedFormat = 4
/** Without where players look. */
const formerFormat = 2
/** What a record of the store can hold. */
const entitiesBytesMax = 16 * 1024 * 1024
const seatsMax = 1024 * 1024
const name = text({ max: 64 })

const seat = {
  player: name,
  name,
  session: name,
  gate: name,
  avatar: u32,
  connected: bool,
  sequence: varint,
  audiences: list(name, { max: 64 }),
}

/**
 * What a world keeps besides its tiles. A checkpoint has the entities in parts, one per region; a
 * frozen world carries all of them along, also those that are not meant for the store.
 */
const shape = {
  format: u8,
  frozen: bool,
  /** There is nothing to come back to: the world begins anew. */
  blank: bool,
  epoch: varint,
  tick: varint,
  nextId: u32,
  wallMs: f64,
  /** Kinds by their number in the entities of this snapshot; `schema` is a descriptor in JSON. */
  kinds: list(record({ name, schema: text({ max: 1024 * 1024 }) }), { max: 255 }),
  /** `looks`: where its gate was told that the view is. */
  seats: list(record({ ...seat, looks: optional(record({ x: f64, y: f64 })) }), { max: seatsMax }),
  subscriptions: list(record({ gate: name, tiles: list(varint, { max: tilesMax }), slow: bool }), {
    max: 65_535,
  }),
  /** Streams beyond those of tiles that gates know. */
  streams: list(varint, { max: 1024 * 1024 }),
  /** Regions that have a part in the store. */
  stored: list(varint, { max: 1024 * 1024 }),
  entities: bytes({ max: entitiesBytesMax }),
}
const Snapshot = record(shape)
const FormerSnapshot = record({ ...shape, seats: list(record(seat), { max: seatsMax }) })
export type Snapshot = Infer<typeof Snapshot>

export type Unwritten = Omit<Snapshot, 'format'>

/** Makes a frozen world's blob that of one of which more was heard, before or since. */
export function markLived(blob: Uint8Array): Uint8Array {
  const marked = Uint8Array.from(blob)
  if (marked[0] === snapshotFormat) marked[0] = livedFormat
  return marked
}

/** Whether what it shows is all that ever was: nobody has heard of anything later. */
export function isLast({ frozen, format }: Snapshot): boolean {
  return frozen && format !== livedFormat
}

/** @throws RealmError `SCHEMA_LIMIT` where the entities take more bytes than a blob can hold */
export function writeSnapshot(snapshot: Unwritten): Uint8Array {
  if (snapshot.entities.length > entitiesBytesMax) {
    throw new RealmError('SCHEMA_LIMIT', 'The entities of the world take more than 16 MiB.')
  }
  return encode(Snapshot, { ...snapshot, format: snapshotFormat })
}

/** @throws RealmError `SCHEMA_*` where the bytes are not a snapshot, or one of a newer format */
export function readSnapshot(blob: Uint8Array): Snapshot {
  if (blob[0] === formerFormat) {
    const former = decode(FormerSnapshot, blob)
    return { ...former, seats: former.seats.map((one) => ({ ...one, looks: undefined })) }
  }
  if (blob[0] !== snapshotFormat && blob[0] !== livedFormat) {
    throw new RealmError('SCHEMA_MALFORMED', 'A stored world has an unknown format.')
  }
  return decode(Snapshot, blob)
}

/** The kinds of a population as a snapshot names them. */
export function describeKinds(population: Population): Snapshot['kinds'] {
  return population.kinds.map((kind) => ({
    name: kind.name,
    schema: JSON.stringify(kind.type.describe()),
  }))
}

const writer = new Writer(64 * 1024)

/** Every entity, those that are not stored included. */
export function writeAll(population: Population): Uint8Array {
  writer.reset()
  for (const kind of population.kinds) {
    for (const handle of kind.handles) {
      if (handle !== undefined) writeEntity(population, kind, handle[place])
    }
  }
  return writer.finish()
}

function writeEntity(population: Population, kind: KindTable, at: number): void {
  writer.varint(population.id[at] as number)
  writer.u8(kind.number)
  writeLayer(writer, population.layers.of(population.layer[at] as number))
  writer.f64(population.x[at] as number)
  writer.f64(population.y[at] as number)
  const rowNumber = population.row[at] as number
  for (const column of kind.columns) column.save(writer, rowNumber)
}

/** How entities of a stored kind are read, and what has become of the kind. */
interface StoredKind {
  readonly types: Readonly<Record<string, Type<unknown>>>
  /** Undefined where the game has no such kind any more. */
  readonly table: KindTable | undefined
  readonly same: boolean
}

/**
 * Brings stored entities back, their ids kept. Kinds are found by name; fields are converted by
 * name; kinds that are gone are dropped.
 * @throws RealmError `SCHEMA_*` where the bytes do not fit, or a value cannot become one of today's
 * type
 */
export function spawnStored(
  population: Population,
  kinds: Snapshot['kinds'],
  blobs: Iterable<Uint8Array>,
): void {
  const stored = kinds.map((kind) => storedKind(population, kind))
  for (const blob of blobs) {
    const reader = new Reader(blob)
    while (reader.remaining > 0) readEntity(population, stored, reader)
  }
}

function storedKind(population: Population, kind: Snapshot['kinds'][number]): StoredKind {
  const descriptor = JSON.parse(kind.schema) as TypeDescriptor
  const table = population.kinds.find((one) => one.name === kind.name)
  return {
    types: (typeFromDescriptor(descriptor) as RecordType).fields,
    table,
    same: table !== undefined && hashOf(table.type) === schemaHash(descriptor),
  }
}

function readEntity(population: Population, kinds: readonly StoredKind[], reader: Reader): void {
  const id = reader.varint()
  const kind = kinds[reader.u8()]
  if (kind === undefined) throw new RealmError('SCHEMA_MALFORMED', 'A stored kind has no name.')
  const layer = readLayer(reader, population.layers)
  const x = reader.f64()
  const y = reader.f64()
  const fields = readFields(reader, kind.types)
  const { table } = kind
  if (table === undefined || population.byId(id) !== undefined) {
    population.layers.release(layer)
    return
  }
  const now = kind.same ? fields : (migrateValue(table.type as Type<unknown>, fields) as object)
  population.show(population.spawn(table, { ...now, x, y }, id), layer)
}
