import { RealmError } from '../errors/index.ts'
import type { PlainKind, TypeDescriptor } from './descriptor-types.ts'
import type { Reader } from './reader.ts'
import { BaseType, define, invalid, limitOf, shown, type Type } from './type.ts'
import type { Writer } from './writer.ts'

type Put = (writer: Writer, value: number) => void
type Get = (reader: Reader) => number

class IntegerType extends BaseType<number> {
  readonly kind: PlainKind
  readonly min: number
  readonly max: number
  readonly #put: Put
  readonly #get: Get

  constructor(kind: PlainKind, range: readonly [number, number], size: number, put: Put, get: Get) {
    super()
    this.kind = kind
    this.min = range[0]
    this.max = range[1]
    this.bytesMin = size
    this.#put = put
    this.#get = get
  }

  write(writer: Writer, value: number): void {
    this.#put(writer, value)
  }

  read(reader: Reader): number {
    return this.#get(reader)
  }

  check(value: unknown, path = ''): number {
    if (typeof value === 'number' && value >= this.min && value <= this.max) {
      // Adding 0 turns −0, which no integer on the wire can be, into 0.
      if (Number.isInteger(value)) return value + 0
    }
    return invalid(path, `expected an integer ${this.min}…${this.max}, got ${shown(value)}`)
  }

  initial(): number {
    return 0
  }

  describe(): TypeDescriptor {
    return { kind: this.kind }
  }
}

class FloatType extends BaseType<number> {
  readonly kind: 'f32' | 'f64'

  constructor(kind: 'f32' | 'f64') {
    super()
    this.kind = kind
    this.bytesMin = kind === 'f32' ? 4 : 8
  }

  write(writer: Writer, value: number): void {
    if (this.kind === 'f32') writer.f32(value)
    else writer.f64(value)
  }

  read(reader: Reader): number {
    return this.kind === 'f32' ? reader.f32() : reader.f64()
  }

  check(value: unknown, path = ''): number {
    if (typeof value === 'number') {
      const rounded = this.kind === 'f32' ? Math.fround(value) : value
      if (Number.isFinite(rounded)) return rounded
    }
    return invalid(path, `expected a finite ${this.kind} number, got ${shown(value)}`)
  }

  initial(): number {
    return 0
  }

  describe(): TypeDescriptor {
    return { kind: this.kind }
  }
}

class BoolType extends BaseType<boolean> {
  readonly kind = 'bool'

  write(writer: Writer, value: boolean): void {
    writer.bool(value)
  }

  read(reader: Reader): boolean {
    return reader.bool()
  }

  check(value: unknown, path = ''): boolean {
    if (typeof value === 'boolean') return value
    return invalid(path, `expected true or false, got ${shown(value)}`)
  }

  initial(): boolean {
    return false
  }

  describe(): TypeDescriptor {
    return { kind: 'bool' }
  }
}

/** A number held as the index of one of evenly spaced values. */
abstract class QuantisedType extends BaseType<number> {
  protected abstract indexMax: number
  protected abstract indexOf(value: number): number
  protected abstract valueAt(index: number): number

  write(writer: Writer, value: number): void {
    writer.uint(this.indexOf(value), this.bytesMin)
  }

  read(reader: Reader): number {
    const index = reader.uint(this.bytesMin)
    if (index > this.indexMax) {
      throw new RealmError('SCHEMA_MALFORMED', `A ${this.kind} number is past its maximum.`)
    }
    return this.valueAt(index)
  }
}

/** Whether `value` is a whole number but for the rounding of the division that made it. */
function nearlyInteger(value: number): boolean {
  return Math.abs(value - Math.round(value)) <= Math.abs(value) * 1e-9
}

class FixedType extends QuantisedType {
  readonly kind = 'fixed'
  protected readonly indexMax: number
  readonly #min: number
  readonly #max: number
  readonly #step: number
  /** Steps per unit where that is a whole number (step 0.01: 100), else 0. */
  readonly #perUnit: number

  constructor(min: number, max: number, step: number) {
    super()
    const finite = [min, max, step].every((value) => Number.isFinite(value))
    define(finite && step > 0 && min < max, 'fixed needs finite min < max and step > 0.')
    const steps = (max - min) / step
    this.indexMax = nearlyInteger(steps) ? Math.round(steps) : Math.floor(steps)
    define(this.indexMax >= 1, 'fixed: step is larger than max − min.')
    define(this.indexMax < 2 ** 48, 'fixed: more than 2^48 steps do not fit into 6 bytes.')
    // A double must tell two neighbouring steps apart, with room for the rounding in between.
    const coarsest = Math.max(Math.abs(min), Math.abs(max)) * Number.EPSILON * 8
    define(step > coarsest, 'fixed: step is finer than a number of that size can hold.')
    this.bytesMin = 1
    while (256 ** this.bytesMin <= this.indexMax) this.bytesMin += 1
    this.#min = min
    this.#max = max
    this.#step = step
    const perUnit = 1 / step
    const whole = perUnit >= 1 && nearlyInteger(perUnit) && nearlyInteger(min * perUnit)
    this.#perUnit = whole ? Math.round(perUnit) : 0
  }

  protected indexOf(value: number): number {
    const index = Math.round((value - this.#min) / this.#step)
    return Math.min(this.indexMax, Math.max(0, index))
  }

  // Dividing whole numbers rounds once, so 3 steps of 0.1 are 0.3 and not 0.30000000000000004.
  protected valueAt(index: number): number {
    if (this.#perUnit > 0) {
      return (Math.round(this.#min * this.#perUnit) + index) / this.#perUnit + 0
    }
    return Math.min(this.#max, this.#min + index * this.#step)
  }

  check(value: unknown, path = ''): number {
    if (typeof value === 'number' && value >= this.#min && value <= this.#max) {
      return this.valueAt(this.indexOf(value))
    }
    return invalid(path, `expected a number ${this.#min}…${this.#max}, got ${shown(value)}`)
  }

  initial(): number {
    return this.valueAt(this.indexOf(Math.min(this.#max, Math.max(this.#min, 0))))
  }

  describe(): TypeDescriptor {
    return { kind: 'fixed', min: this.#min, max: this.#max, step: this.#step }
  }
}

const turn = Math.PI * 2

class AngleType extends QuantisedType {
  readonly kind = 'angle'
  protected readonly indexMax: number
  readonly #bits: number

  constructor(bits: number) {
    super()
    define(limitOf(bits, 16, 'angle: bits') >= 1, 'angle: bits must be 1…16.')
    this.#bits = bits
    this.indexMax = 2 ** bits - 1
    this.bytesMin = bits <= 8 ? 1 : 2
  }

  protected indexOf(value: number): number {
    const wrapped = value - Math.floor(value / turn) * turn
    // A whole turn is none. The count is a power of two, so a mask does what `%` would do slowly.
    return Math.round((wrapped / turn) * (this.indexMax + 1)) & this.indexMax
  }

  protected valueAt(index: number): number {
    return (index * turn) / (this.indexMax + 1)
  }

  check(value: unknown, path = ''): number {
    if (typeof value === 'number' && Number.isFinite(value))
      return this.valueAt(this.indexOf(value))
    return invalid(path, `expected an angle in radians, got ${shown(value)}`)
  }

  initial(): number {
    return 0
  }

  describe(): TypeDescriptor {
    return { kind: 'angle', bits: this.#bits }
  }
}

const countMax = Number.MAX_SAFE_INTEGER
const putVarint: Put = (writer, value) => writer.varint(value)
const getVarint: Get = (reader) => reader.varint()

/** An integer 0…255, one byte. */
export const u8: Type<number> = new IntegerType(
  'u8',
  [0, 0xff],
  1,
  (writer, value) => writer.u8(value),
  (reader) => reader.u8(),
)
/** An integer 0…65,535, two bytes. */
export const u16: Type<number> = new IntegerType(
  'u16',
  [0, 0xffff],
  2,
  (writer, value) => writer.u16(value),
  (reader) => reader.u16(),
)
/** An integer 0…2^32−1, four bytes. */
export const u32: Type<number> = new IntegerType(
  'u32',
  [0, 0xffffffff],
  4,
  (writer, value) => writer.u32(value),
  (reader) => reader.u32(),
)
/** An integer −128…127, one byte. */
export const i8: Type<number> = new IntegerType(
  'i8',
  [-0x80, 0x7f],
  1,
  (writer, value) => writer.i8(value),
  (reader) => reader.i8(),
)
/** An integer −32,768…32,767, two bytes. */
export const i16: Type<number> = new IntegerType(
  'i16',
  [-0x8000, 0x7fff],
  2,
  (writer, value) => writer.i16(value),
  (reader) => reader.i16(),
)
/** An integer −2^31…2^31−1, four bytes. */
export const i32: Type<number> = new IntegerType(
  'i32',
  [-0x80000000, 0x7fffffff],
  4,
  (writer, value) => writer.i32(value),
  (reader) => reader.i32(),
)
/** An integer 0…2^53−1 of one to eight bytes: the smaller, the fewer. */
export const varint: Type<number> = new IntegerType(
  'varint',
  [0, countMax],
  1,
  putVarint,
  getVarint,
)
/** The number of an entity of a world, 0…2^53−1. */
export const entityId: Type<number> = new IntegerType(
  'entityId',
  [0, countMax],
  1,
  putVarint,
  getVarint,
)
/** A 32-bit float, never NaN or infinite. Values are rounded to it when they are assigned. */
export const f32: Type<number> = new FloatType('f32')
/** A 64-bit float, never NaN or infinite. */
export const f64: Type<number> = new FloatType('f64')
/** `true` or `false`, one byte. */
export const bool: Type<boolean> = new BoolType()

/**
 * A number from `min` to `max`, rounded to the nearest `step` and held in the fewest whole bytes
 * (1…6): `fixed({ min: -512, max: 512, step: 0.01 })` takes three.
 */
export function fixed(range: {
  readonly min: number
  readonly max: number
  readonly step: number
}): Type<number> {
  return new FixedType(range.min, range.max, range.step)
}

/** An angle in radians, wrapped to [0, 2π): one byte for 1…8 bits, two for 9…16. */
export function angle(bits = 8): Type<number> {
  return new AngleType(bits)
}
