import type { Part } from '../actor/index.ts'
import { type Type, Writer } from '../schema/index.ts'
import { type Column, grown } from './columns.ts'
import { place } from './handles.ts'
import type { KindTable } from './kinds.ts'
import type { Population } from './population.ts'

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
  readonly #writer = new Writer(64 * 1024)
  /** By region: 0 for those that are not asked for, else their number in `#regions` plus 1. */
  readonly #asked: Int32Array
  #regions: readonly number[] = []
  /** Where in the order below each region ends. */
  #ends = new Int32Array(0)
  /** Entities by region: place in the population while it is taken, then what is kept of them. */
  #order = new Int32Array(0)
  #found = new Int32Array(0)
  #id = new Uint32Array(0)
  #kind = new Uint8Array(0)
  #kept = new Int32Array(0)
  #x = new Float64Array(0)
  #y = new Float64Array(0)
  #count = 0
  #next = 0
  #region = 0
  #parts: Part[] = []

  constructor(population: Population) {
    this.#population = population
    this.#kinds = population.kinds.map(keptKind)
    this.#asked = new Int32Array(population.regions.count)
  }

  /** Entities that are still to be written. */
  get left(): number {
    return this.#count - this.#next
  }

  /** Takes the entities of these regions, each of them at most once, as they are now. */
  take(regions: readonly number[]): void {
    this.#regions = regions
    this.#parts = []
    this.#next = 0
    this.#region = 0
    this.#writer.reset()
    this.#sort()
    const { id, kind, row, x, y } = this.#population
    for (const kept of this.#kinds) kept.count = 0
    for (let index = 0; index < this.#count; index += 1) {
      const at = this.#order[index] as number
      const number = kind[at] as number
      const kept = this.#kinds[number] as KeptKind
      this.#id[index] = id[at] as number
      this.#kind[index] = number
      this.#x[index] = x[at] as number
      this.#y[index] = y[at] as number
      this.#kept[index] = kept.count
      if (kept.count === kept.rows.length) kept.rows = grown(kept.rows, kept.count * 2)
      kept.rows[kept.count++] = row[at] as number
    }
    for (const { columns, rows, count } of this.#kinds) {
      for (const column of columns) column.keep(rows, count)
    }
  }

  /** Finds the entities and puts those of a region together: a counting sort. */
  #sort(): void {
    const regions = this.#regions
    if (this.#ends.length <= regions.length) this.#ends = new Int32Array(regions.length * 2 + 1)
    const starts = this.#ends.fill(0)
    // Regions of a former layout, which are only to be deleted, have no number here.
    for (const [index, region] of regions.entries()) {
      if (region < this.#asked.length) this.#asked[region] = index + 1
    }
    this.#find(starts)
    for (let index = 1; index <= regions.length; index += 1) {
      ;(starts[index] as number) += starts[index - 1] as number
    }
    const { tile, regions: all } = this.#population
    for (let index = 0; index < this.#count; index += 1) {
      const at = this.#found[index] as number
      const region = (this.#asked[all.ofTile[tile[at] as number] as number] as number) - 1
      this.#order[starts[region] as number] = at
      // Where a region starts becomes where it ends.
      ;(starts[region] as number) += 1
    }
    for (const region of regions) if (region < this.#asked.length) this.#asked[region] = 0
  }

  #find(counts: Int32Array): void {
    const { tile, kind, row, kinds, regions, x } = this.#population
    if (this.#found.length < x.length) this.#grow(x.length)
    this.#count = 0
    for (let at = 0; at < x.length; at += 1) {
      const region = this.#asked[regions.ofTile[tile[at] as number] as number] as number
      if (region === 0) continue
      const table = kinds[kind[at] as number] as KindTable
      // A place that is free has no handle, or one that lives elsewhere.
      if (!table.persist || table.handles[row[at] as number]?.[place] !== at) continue
      this.#found[this.#count++] = at
      ;(counts[region] as number) += 1
    }
  }

  /**
   * Writes up to so many entities as bytes.
   * @param stored regions that have a part in the store, which is deleted where they are empty now
   * @returns the parts once all are written, undefined before
   */
  write(entitiesMax: number, stored: ReadonlySet<number>): Part[] | undefined {
    let budget = entitiesMax
    for (; this.#region < this.#regions.length; this.#region += 1) {
      const end = this.#ends[this.#region] as number
      for (; this.#next < end; this.#next += 1) {
        if (budget <= 0) return undefined
        budget -= 1
        this.#writeEntity(this.#next)
      }
      const region = this.#regions[this.#region] as number
      const bytes = this.#writer.length === 0 ? undefined : this.#writer.finish()
      this.#writer.reset()
      if (bytes !== undefined || stored.has(region)) this.#parts.push({ name: `t${region}`, bytes })
    }
    return this.#parts
  }

  /** As `writeAll` of snapshots does. */
  #writeEntity(index: number): void {
    const writer = this.#writer
    const kind = this.#kind[index] as number
    writer.varint(this.#id[index] as number)
    writer.u8(kind)
    writer.f64(this.#x[index] as number)
    writer.f64(this.#y[index] as number)
    const kept = this.#kept[index] as number
    for (const column of (this.#kinds[kind] as KeptKind).columns) column.write(writer, kept)
  }

  #grow(length: number): void {
    this.#order = new Int32Array(length)
    this.#found = new Int32Array(length)
    this.#id = new Uint32Array(length)
    this.#kind = new Uint8Array(length)
    this.#kept = new Int32Array(length)
    this.#x = new Float64Array(length)
    this.#y = new Float64Array(length)
  }
}

function keptKind(table: KindTable): KeptKind {
  const columns = table.columns.map((column) => {
    const type = table.type.fields[column.name] as Type<unknown>
    return typeof type.initial() === 'number'
      ? new KeptNumbers(column, type as Type<number>)
      : new KeptValues(column, type)
  })
  return { columns, rows: new Int32Array(64), count: 0 }
}
