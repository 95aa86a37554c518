import type { Part } from '../actor/index.ts'
import { type Type, Writer } from '../schema/index.ts'
import { type Column, grown } from './columns.ts'
import type { KindTable } from './kinds.ts'
import { type Population, usedFlag } from './population.ts'

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
  readonly persist: boolean
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
  /** Of each entity that was found: its region as above, and what is kept of it. */
  #regionOf = new Int32Array(0)
  #id = new Uint32Array(0)
  #kind = new Uint8Array(0)
  #kept = new Int32Array(0)
  #x = new Float64Array(0)
  #y = new Float64Array(0)
  #count = 0
  /** The entities by region, and where in that order each region ends. */
  #order = new Int32Array(0)
  #ends = new Int32Array(0)
  #sorted = false
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
    this.#sorted = false
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
  }

  /** In the order of their places, which is that of the memory they are in. */
  #find(): void {
    const { flags, tile, id, kind, row, x, y, regions } = this.#population
    if (this.#id.length < x.length) this.#grow(x.length)
    for (const kept of this.#kinds) kept.count = 0
    let count = 0
    for (let at = 0; at < x.length; at += 1) {
      if (((flags[at] as number) & usedFlag) === 0) continue
      const region = this.#asked[regions.ofTile[tile[at] as number] as number] as number
      if (region === 0) continue
      const number = kind[at] as number
      const kept = this.#kinds[number] as KeptKind
      if (!kept.persist) continue
      this.#regionOf[count] = region
      this.#id[count] = id[at] as number
      this.#kind[count] = number
      this.#x[count] = x[at] as number
      this.#y[count] = y[at] as number
      this.#kept[count] = kept.count
      count += 1
      if (kept.count === kept.rows.length) kept.rows = grown(kept.rows, kept.count * 2)
      kept.rows[kept.count++] = row[at] as number
    }
    this.#count = count
  }

  /** Puts the entities of a region together: a counting sort. */
  #sort(): void {
    const { length } = this.#regions
    if (this.#ends.length <= length) this.#ends = new Int32Array(length * 2 + 1)
    const starts = this.#ends.fill(0)
    for (let index = 0; index < this.#count; index += 1) {
      ;(starts[this.#regionOf[index] as number] as number) += 1
    }
    for (let index = 1; index <= length; index += 1) {
      ;(starts[index] as number) += starts[index - 1] as number
    }
    for (let index = 0; index < this.#count; index += 1) {
      const region = (this.#regionOf[index] as number) - 1
      this.#order[starts[region] as number] = index
      // Where a region starts becomes where it ends.
      ;(starts[region] as number) += 1
    }
    this.#sorted = true
  }

  /**
   * Writes up to so many entities as bytes.
   * @param stored regions that have a part in the store, which is deleted where they are empty now
   * @returns the parts once all are written, undefined before
   */
  write(entitiesMax: number, stored: ReadonlySet<number>): Part[] | undefined {
    if (!this.#sorted) this.#sort()
    let budget = entitiesMax
    for (; this.#region < this.#regions.length; this.#region += 1) {
      const end = this.#ends[this.#region] as number
      for (; this.#next < end; this.#next += 1) {
        if (budget <= 0) return undefined
        budget -= 1
        this.#writeEntity(this.#order[this.#next] as number)
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
    this.#regionOf = new Int32Array(length)
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
  return { persist: table.persist, columns, rows: new Int32Array(64), count: 0 }
}
