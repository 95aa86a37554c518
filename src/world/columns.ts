import { angleDifference, angleIndex } from '../protocol/index.ts'
import {
  publicDescriptor,
  type Reader,
  type Type,
  typeFromDescriptor,
  type Writer,
} from '../schema/index.ts'

/** One field of all entities of a kind. Rows are numbered by the kind. */
export interface Column {
  readonly name: string
  /** Bit of the field in change masks (`1 << n`), 0 where clients do not see it. */
  readonly bit: number
  get(row: number): unknown
  /**
   * Checks and stores a value.
   * @returns whether clients must be told: false where it encodes to what they have
   * @throws RealmError `SCHEMA_INVALID`
   */
  set(row: number, value: unknown): boolean
  /** Gives the row the type's initial value. */
  reset(row: number): void
  /** Writes what clients see. */
  put(writer: Writer, row: number): void
  /** Writes all of the value, for the store. */
  save(writer: Writer, row: number): void
  grow(rows: number): void
}

/** Kinds of types whose values are numbers that the wire carries exactly. */
const exactKinds: readonly string[] = [
  'u8',
  'u16',
  'u32',
  'i8',
  'i16',
  'i32',
  'varint',
  'entityId',
  'f64',
]
/** Kinds whose values the wire rounds. */
const roundedKinds: readonly string[] = ['f32', 'fixed']

/** @param visible the field's number among those that clients see, −1 for `serverOnly` */
export function makeColumn(name: string, declared: Type<unknown>, visible: number): Column {
  const bit = visible < 0 ? 0 : 2 ** visible
  const hidden = declared as Type<unknown> & { readonly of?: Type<unknown> }
  const type = declared.kind === 'serverOnly' && hidden.of !== undefined ? hidden.of : declared
  const descriptor = type.describe()
  if (descriptor.kind === 'angle') {
    return new AngleColumn(name, type as Type<number>, bit, descriptor.bits)
  }
  if (exactKinds.includes(type.kind)) return new NumberColumn(name, type as Type<number>, bit)
  if (roundedKinds.includes(type.kind)) return new RoundedColumn(name, type as Type<number>, bit)
  return new ValueColumn(name, type, bit)
}

class NumberColumn implements Column {
  readonly name: string
  readonly bit: number
  readonly #type: Type<number>
  readonly #path: string
  #values = new Float64Array(0)

  constructor(name: string, type: Type<number>, bit: number) {
    this.name = name
    this.bit = bit
    this.#type = type
    this.#path = `.${name}`
  }

  get(row: number): number {
    return this.#values[row] as number
  }

  set(row: number, value: unknown): boolean {
    if (value === this.#values[row]) return false
    this.#values[row] = this.#type.check(value, this.#path)
    return true
  }

  reset(row: number): void {
    this.#values[row] = this.#type.initial()
  }

  put(writer: Writer, row: number): void {
    this.#type.write(writer, this.#values[row] as number)
  }

  save(writer: Writer, row: number): void {
    this.put(writer, row)
  }

  grow(rows: number): void {
    this.#values = grown(this.#values, rows)
  }
}

/**
 * A number that clients see rounded. The game keeps the exact one, so that small changes add up:
 * `me.facing += 0.01` would otherwise never turn anybody by a whole step.
 */
class RoundedColumn implements Column {
  readonly name: string
  readonly bit: number
  readonly #type: Type<number>
  readonly #path: string
  #values = new Float64Array(0)
  #rounded = new Float64Array(0)

  constructor(name: string, type: Type<number>, bit: number) {
    this.name = name
    this.bit = bit
    this.#type = type
    this.#path = `.${name}`
  }

  get(row: number): number {
    return this.#values[row] as number
  }

  set(row: number, value: unknown): boolean {
    const rounded = this.#type.check(value, this.#path)
    this.#values[row] = value as number
    if (rounded === this.#rounded[row]) return false
    this.#rounded[row] = rounded
    return true
  }

  reset(row: number): void {
    this.#values[row] = this.#type.initial()
    this.#rounded[row] = this.#values[row] as number
  }

  put(writer: Writer, row: number): void {
    this.#type.write(writer, this.#rounded[row] as number)
  }

  save(writer: Writer, row: number): void {
    this.put(writer, row)
  }

  grow(rows: number): void {
    this.#values = grown(this.#values, rows)
    this.#rounded = grown(this.#rounded, rows)
  }
}

/**
 * An angle: the exact one for the game, and for clients the part of a turn, as it is and as it was
 * when a tick was collected last.
 */
export class AngleColumn implements Column {
  readonly name: string
  readonly bit: number
  readonly #type: Type<number>
  readonly #path: string
  readonly #parts: number
  #values = new Float64Array(0)
  #index = new Uint16Array(0)
  #former = new Uint16Array(0)
  /**
   * How far each row has turned in this tick, in parts of a turn the shorter way round. Means
   * something only where the entity's mask says that the angle has changed.
   */
  turned = new Int16Array(0)

  constructor(name: string, type: Type<number>, bit: number, bits: number) {
    this.name = name
    this.bit = bit
    this.#type = type
    this.#path = `.${name}`
    this.#parts = 2 ** bits
  }

  get(row: number): number {
    return this.#values[row] as number
  }

  set(row: number, value: unknown): boolean {
    if (typeof value !== 'number' || !Number.isFinite(value)) {
      // Throws: no such value is an angle.
      return this.#type.check(value, this.#path) !== value
    }
    this.#values[row] = value
    const index = angleIndex(value, this.#parts)
    if (index === this.#index[row]) return false
    this.#index[row] = index
    return true
  }

  reset(row: number): void {
    this.#values[row] = this.#type.initial()
    this.#index[row] = angleIndex(this.#values[row] as number, this.#parts)
    this.#former[row] = this.#index[row] as number
  }

  /** The tick ends: what it told turned by is from here to there. */
  settle(row: number): void {
    const index = this.#index[row] as number
    this.turned[row] = angleDifference(this.#former[row] as number, index, this.#parts)
    this.#former[row] = index
  }

  put(writer: Writer, row: number): void {
    if (this.#parts <= 256) writer.u8(this.#index[row] as number)
    else writer.u16(this.#index[row] as number)
  }

  save(writer: Writer, row: number): void {
    this.put(writer, row)
  }

  grow(rows: number): void {
    this.#values = grown(this.#values, rows)
    this.#index = grown(this.#index, rows)
    this.#former = grown(this.#former, rows)
    this.turned = grown(this.turned, rows)
  }
}

/** Texts, truth values, choices, and whatever is replaced as a whole. */
class ValueColumn implements Column {
  readonly name: string
  readonly bit: number
  readonly #type: Type<unknown>
  /** Without what is hidden inside. */
  readonly #publicType: Type<unknown>
  readonly #path: string
  readonly #values: unknown[] = []

  constructor(name: string, type: Type<unknown>, bit: number) {
    this.name = name
    this.bit = bit
    this.#type = type
    this.#publicType = typeFromDescriptor(publicDescriptor(type.describe()))
    this.#path = `.${name}`
  }

  get(row: number): unknown {
    return this.#values[row]
  }

  set(row: number, value: unknown): boolean {
    const former = this.#values[row]
    if (value === former && typeof value !== 'object') return false
    const checked = this.#type.check(value, this.#path)
    if (checked === former) return false
    this.#values[row] = frozen(checked)
    return true
  }

  reset(row: number): void {
    this.#values[row] = frozen(this.#type.initial())
  }

  put(writer: Writer, row: number): void {
    this.#publicType.write(writer, this.#values[row])
  }

  save(writer: Writer, row: number): void {
    this.#type.write(writer, this.#values[row])
  }

  grow(rows: number): void {
    while (this.#values.length < rows) this.#values.push(undefined)
  }
}

/** Changes inside a held value would not be noticed, so they are made to fail. */
function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value
  const inner = value instanceof Map ? value.values() : Object.values(value)
  for (const one of inner) frozen(one)
  return Object.freeze(value)
}

/** Reads fields that `save` has written, in the order of `types`. */
export function readFields(
  reader: Reader,
  types: Readonly<Record<string, Type<unknown>>>,
): Record<string, unknown> {
  const value: Record<string, unknown> = {}
  for (const [name, type] of Object.entries(types)) value[name] = type.read(reader)
  return value
}

/** A larger copy of a typed array. */
export function grown<
  T extends Float64Array | Int32Array | Uint32Array | Int16Array | Uint16Array | Uint8Array,
>(from: T, length: number): T {
  const to = new (from.constructor as new (length: number) => T)(length)
  to.set(from)
  return to
}
