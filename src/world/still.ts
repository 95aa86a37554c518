import type { Part } from '../actor/index.ts'
import { type Type, Writer } from '../schema/index.ts'
import type { Column } from './columns.ts'
import { usedFlag } from './flags.ts'
import type { KindTable } from './kinds.ts'
import { type Layer, writeLayer } from './layers.ts'
import type { Population } from './population.ts'
import { none } from './tiles.ts'

/** The values of one field, in the order in which entities of the kind were found. */
interface KeptColumn {
  keep(rows: Int32Array, count: number): void
  write(writer: Writer, at: number): void
}

class KeptNumbers implements KeptColumn {
  readonly #column: Column
  readonly #type: Type<number>
  #values = new Float64Array(0)

  constructor(column: Column, type: Type<number>) {
    this.#column = column
    this.#type = type
  }

  keep(rows: Int32Array, count: number): void {
    if (this.#values.length < count) this.#values = new Float64Array(rows.length)
    const column = this.#column
    const values = this.#values
    for (let at = 0; at < count; at += 1) values[at] = column.get(rows[at] as number) as number
  }

  write(writer: Writer, at: number): void {
    this.#type.write(writer, this.#values[at] as number)
  }
}

/** What is no number is never changed in place, so to keep it is enough. */
class KeptValues implements KeptColumn {
  readonly #column: Column
  readonly #type: Type<unknown>
  readonly #values: unknown[] = []

  constructor(column: Column, type: Type<unknown>) {
    this.#column = column
    this.#type = type
  }

  keep(rows: Int32Array, count: number): void {
    this.#values.length = 0
    for (let at = 0; at < count; at += 1) this.#values.push(this.#column.get(rows[at] as number))
  }

  write(writer: Writer, at: number): void {
    this.#type.write(writer, this.#values[at])
  }
}

/** What is kept of the entities of one kind. */
interface KeptKind {
  readonly table: KindTable
  readonly columns: readonly KeptColumn[]
  /** Rows of the entities that were found; the first `count` of them. */
  rows: Int32Array
  count: number
}

/**
 * The entities of some regions as they were at one moment. To take it is to copy numbers, which is
 * soon done; to write it as bytes takes ten times as long and is done piece by piece, while the
 * world goes on. Its buffers are used again by the next.
 */
export class Still {
  readonly #population: Population
  readonly #kinds: readonly KeptKind[]
  readonly #writer = new Writer(1024)
  /** By region: 0 for those that are not asked for, else their number in `#regions` plus 1. */
  readonly #asked: Int32Array
  #regions: readonly number[] = []
  /** The first entity of each region; the others follow in `#after`. */
  #first = new Int32Array(0)
  #after = new Int32Array(0)
  #id = new Uint32Array(0)
  #kind = new Uint8Array(0)
  #layer = new Uint16Array(0)
  /** By number, as they are then. */
  #layers: readonly (Layer | undefined)[] = []
  #kept = new Int32Array(0)
  #x = new Float64Array(0)
  #y = new Float64Array(0)
  /** Entities that are still to be written, the region whose turn it is, and the next in it. */
  #left = 0
  #region = 0
  #next = none
  #parts: Part[] = []

  constructor(population: Population) {
    this.#population = population
    this.#kinds = population.kinds.map(keptKind)
    this.#asked = new Int32Array(population.regions.count)
  }

  /** Entities that are still to be written. */
  get left(): number {
    return this.#left
  }

  /** Takes the entities of these regions, each of them at most once, as they are now. */
  take(regions: readonly number[]): void {
    this.#regions = regions
    this.#parts = []
    this.#writer.reset()
    // Regions of a former layout, which are only to be deleted, have no number here.
    for (const [index, region] of regions.entries()) {
      if (region < this.#asked.length) this.#asked[region] = index + 1
    }
    this.#find()
    for (const region of regions) if (region < this.#asked.length) this.#asked[region] = 0
    for (const { columns, rows, count } of this.#kinds) {
      for (const column of columns) column.keep(rows, count)
    }
    this.#region = 0
    this.#next = this.#first[0] ?? none
  }

  /** In the order of their places, which is that of the memory they are in. */
  #find(): void {
    const { flags, tile, id, kind, layer, layers, row, x, y, regions } = this.#population
    this.#layers = layers.list()
    this.#makeRoom()
    let count = 0
    for (let at = 0; at < x.length; at += 1) {
      if (((flags[at] as number) & usedFlag) === 0) continue
      const region = this.#asked[regions.ofTile[tile[at] as number] as number] as number
      if (region === 0) continue
      const number = kind[at] as number
      const kept = this.#kinds[number] as KeptKind
      if (!kept.table.persist) continue
      this.#after[count] = this.#first[region - 1] as number
      this.#first[region - 1] = count
      this.#id[count] = id[at] as number
      this.#kind[count] = number
      this.#layer[count] = layer[at] as number
      this.#x[count] = x[at] as number
      this.#y[count] = y[at] as number
      this.#kept[count] = kept.count
      kept.rows[kept.count++] = row[at] as number
      count += 1
    }
    this.#left = count
  }

  #makeRoom(): void {
    if (this.#first.length < this.#regions.length) {
      this.#first = new Int32Array(this.#regions.length)
    }
    this.#first.fill(none)
    for (const kept of this.#kinds) {
      kept.count = 0
      if (kept.rows.length < kept.table.count) kept.rows = new Int32Array(room(kept.table.count))
    }
    const { count } = this.#population
    if (this.#id.length >= count) return
    const length = room(count)
    this.#after = new Int32Array(length)
    this.#id = new Uint32Array(length)
    this.#kind = new Uint8Array(length)
    this.#layer = new Uint16Array(length)
    this.#kept = new Int32Array(length)
    this.#x = new Float64Array(length)
    this.#y = new Float64Array(length)
  }

  /**
   * Writes up to so many entities as bytes.
   * @param stored regions that have a part in the store, which is deleted where they are empty now
   * @returns the parts once all are written, undefined before
   */
  write(entitiesMax: number, stored: ReadonlySet<number>): Part[] | undefined {
    let budget = entitiesMax
    while (this.#region < this.#regions.length) {
      for (; this.#next !== none; this.#next = this.#after[this.#next] as number) {
        if (budget <= 0) return undefined
        budget -= 1
        this.#left -= 1
        this.#writeEntity(this.#next)
      }
      const region = this.#regions[this.#region] as number
      const bytes = this.#writer.length === 0 ? undefined : this.#writer.finish()
      this.#writer.reset()
      if (bytes !== undefined || stored.has(region)) this.#parts.push({ name: `t${region}`, bytes })
      this.#region += 1
      this.#next = this.#first[this.#region] ?? none
    }
    return this.#parts
  }

  /** As `writeAll` of snapshots does. */
  #writeEntity(index: number): void {
    const writer = this.#writer
    const kind = this.#kind[index] as number
    writer.varint(this.#id[index] as number)
    writer.u8(kind)
    writeLayer(writer, this.#layers[this.#layer[index] as number] as Layer)
    writer.f64(this.#x[index] as number)
    writer.f64(this.#y[index] as number)
    const kept = this.#kept[index] as number
    for (const column of (this.#kinds[kind] as KeptKind).columns) column.write(writer, kept)
  }
}

/** Somewhat more than is needed, so that a world that grows does not need more each time. */
function room(count: number): number {
  return Math.ceil(count * 1.1)
}

function keptKind(table: KindTable): KeptKind {
  const columns = table.columns.map((column) => {
    const type = table.type.fields[column.name] as Type<unknown>
    return typeof type.initial() === 'number'
      ? new KeptNumbers(column, type as Type<number>)
      : new KeptValues(column, type)
  })
  return { table, columns, rows: new Int32Array(0), count: 0 }
}
