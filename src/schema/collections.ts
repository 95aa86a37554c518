import { RealmError } from '../errors/index.ts'
import type { TypeDescriptor } from './descriptor-types.ts'
import type { Reader } from './reader.ts'
import { checkPattern, type InferFields, RecordBase, type RecordType } from './record.ts'
import {
  BaseType,
  define,
  elementOf,
  type Infer,
  invalid,
  limitOf,
  type Simplify,
  shown,
  type Type,
} from './type.ts'
import { wellFormed } from './utf8.ts'
import type { Writer } from './writer.ts'

/** The most items or entries a definition may allow. */
const collectionSizeMax = 1024 * 1024
/** The longest map key a definition may allow, in UTF-16 code units. */
const keyUnitsMax = 1024
/** A union has at most this many variants. */
const unionVariantsMax = 255

/** A value or `undefined`. */
export interface OptionalType<S extends Type<unknown>> extends Type<Infer<S> | undefined> {
  readonly kind: 'optional'
  readonly of: S
}

/** An array of one type. */
export interface ListType<S extends Type<unknown>> extends Type<Infer<S>[]> {
  readonly kind: 'list'
  readonly of: S
}

/** A `Map` from strings to one type. */
export interface MapType<S extends Type<unknown>> extends Type<Map<string, Infer<S>>> {
  readonly kind: 'map'
  readonly of: S
}

/** The variants of a union: names and their records. */
export type Variants = Readonly<Record<string, RecordType>>

/** The value of a union: one of `{ type: 'a', … }`, `{ type: 'b', … }`. */
export type InferVariants<V extends Variants> = {
  [K in keyof V & string]: Simplify<{ readonly type: K } & InferFields<V[K]['fields']>>
}[keyof V & string]

/** One of several records, told apart by `type`. */
export interface UnionType<V extends Variants> extends Type<InferVariants<V>> {
  readonly kind: 'union'
  readonly variants: V
}

export class OptionalBase extends BaseType<unknown> {
  readonly kind = 'optional'
  readonly of: BaseType<unknown>

  constructor(of: Type<unknown>) {
    super()
    this.of = elementOf(of, 'What optional wraps')
    define(this.of.kind !== 'optional', 'optional cannot wrap what is optional already.')
    this.contain(this.of)
  }

  write(writer: Writer, value: unknown): void {
    writer.bool(value !== undefined)
    if (value !== undefined) this.of.write(writer, value)
  }

  read(reader: Reader): unknown {
    return reader.bool() ? this.of.read(reader) : undefined
  }

  check(value: unknown, path = ''): unknown {
    // JSON has no undefined: there a missing value may be null.
    return value === undefined || value === null ? undefined : this.of.check(value, path)
  }

  initial(): unknown {
    return undefined
  }

  describe(): TypeDescriptor {
    return { kind: 'optional', of: this.of.describe() }
  }
}

/** Refuses a count that is over the limit, or that the remaining bytes cannot hold. */
export function checkCount(reader: Reader, count: number, max: number, bytesMin: number): void {
  if (count > max) throw new RealmError('SCHEMA_LIMIT', `${count} entries, at most ${max} fit.`)
  if (count * bytesMin > reader.remaining) throw new RealmError('SCHEMA_TRUNCATED')
}

export class ListBase extends BaseType<unknown[]> {
  readonly kind = 'list'
  readonly of: BaseType<unknown>
  readonly max: number

  constructor(of: Type<unknown>, max: number) {
    super()
    this.of = elementOf(of, 'What a list holds')
    this.max = limitOf(max, collectionSizeMax, 'list: max')
    define(this.of.bytesMin > 0, 'A list cannot hold what a client sees nothing of.')
    this.contain(this.of)
  }

  write(writer: Writer, value: unknown[]): void {
    writer.varint(value.length)
    for (const item of value) this.of.write(writer, item)
  }

  read(reader: Reader): unknown[] {
    const count = reader.varint()
    checkCount(reader, count, this.max, this.of.bytesMin)
    const items: unknown[] = []
    for (let index = 0; index < count; index += 1) items.push(this.of.read(reader))
    return items
  }

  check(value: unknown, path = ''): unknown[] {
    if (!Array.isArray(value)) return invalid(path, `expected an array, got ${shown(value)}`)
    if (value.length > this.max) {
      return invalid(path, `expected at most ${this.max} items, got ${value.length}`)
    }
    const items: unknown[] = []
    for (let index = 0; index < value.length; index += 1) {
      items.push(this.of.check(value[index], `${path}[${index}]`))
    }
    return items
  }

  initial(): unknown[] {
    return []
  }

  describe(): TypeDescriptor {
    return { kind: 'list', of: this.of.describe(), max: this.max }
  }
}

export class MapBase extends BaseType<Map<string, unknown>> {
  readonly kind = 'map'
  readonly of: BaseType<unknown>
  readonly max: number
  readonly keyMax: number

  constructor(of: Type<unknown>, max: number, keyMax: number) {
    super()
    this.of = elementOf(of, 'What a map holds')
    this.max = limitOf(max, collectionSizeMax, 'map: max')
    this.keyMax = limitOf(keyMax, keyUnitsMax, 'map: keyMax')
    this.contain(this.of)
  }

  write(writer: Writer, value: Map<string, unknown>): void {
    writer.varint(value.size)
    for (const [key, entry] of value) {
      writer.text(key)
      this.of.write(writer, entry)
    }
  }

  read(reader: Reader): Map<string, unknown> {
    const count = reader.varint()
    checkCount(reader, count, this.max, this.of.bytesMin + 1)
    const entries = new Map<string, unknown>()
    for (let index = 0; index < count; index += 1) {
      const key = reader.text(this.keyMax)
      if (entries.has(key)) throw new RealmError('SCHEMA_MALFORMED', 'A map has a key twice.')
      entries.set(key, this.of.read(reader))
    }
    return entries
  }

  checkKey(key: unknown, path: string): string {
    if (typeof key !== 'string') return invalid(path, `expected a text as key, got ${shown(key)}`)
    if (key.length > this.keyMax) {
      return invalid(path, `expected a key of at most ${this.keyMax} characters, got ${key.length}`)
    }
    if (wellFormed(key) !== key) return invalid(path, 'a key is not well-formed text')
    return key
  }

  check(value: unknown, path = ''): Map<string, unknown> {
    const given = this.#entriesOf(value, path)
    if (given.length > this.max) {
      return invalid(path, `expected at most ${this.max} entries, got ${given.length}`)
    }
    const entries = new Map<string, unknown>()
    for (const [key, entry] of given) {
      this.checkKey(key, path)
      entries.set(key, this.of.check(entry, `${path}[${shown(key)}]`))
    }
    return entries
  }

  #entriesOf(value: unknown, path: string): [string, unknown][] {
    if (value instanceof Map) return [...value]
    const plain = typeof value === 'object' && value !== null && !Array.isArray(value)
    if (plain) return Object.entries(value)
    return invalid(path, `expected a Map, or an object in JSON, got ${shown(value)}`)
  }

  initial(): Map<string, unknown> {
    return new Map()
  }

  describe(): TypeDescriptor {
    return { kind: 'map', of: this.of.describe(), max: this.max, keyMax: this.keyMax }
  }
}

/** The value of a union before its variant is known. */
export type Tagged = Record<string, unknown> & { readonly type: string }

export class UnionBase extends BaseType<Tagged> {
  readonly kind = 'union'
  readonly variants: Readonly<Record<string, Type<unknown>>>
  readonly list: readonly { readonly name: string; readonly type: RecordBase }[]
  readonly #indices: ReadonlyMap<unknown, number>

  constructor(variants: Readonly<Record<string, Type<unknown>>>) {
    super()
    this.variants = Object.freeze({ ...variants })
    this.list = Object.entries(variants).map(([name, type]) => {
      define(type instanceof RecordBase, `Variant ${shown(name)} of a union is not a record.`)
      const variant = type as unknown as RecordBase
      define(!variant.byName.has('type'), `Variant ${name} cannot have a field named "type".`)
      checkPattern(name)
      this.contain(variant)
      return { name, type: variant }
    })
    const count = this.list.length
    define(count >= 1 && count <= unionVariantsMax, `union takes 1…${unionVariantsMax} variants.`)
    this.#indices = new Map(this.list.map(({ name }, index) => [name, index]))
  }

  indexOf(value: Tagged): number {
    return this.#indices.get(value.type) as number
  }

  write(writer: Writer, value: Tagged): void {
    const index = this.indexOf(value)
    writer.u8(index)
    this.list[index]?.type.write(writer, value)
  }

  /** The variant with this number on the wire. @throws RealmError `SCHEMA_MALFORMED` */
  variantAt(index: number): { readonly name: string; readonly type: RecordBase } {
    const variant = this.list[index]
    if (variant === undefined) {
      throw new RealmError('SCHEMA_MALFORMED', 'No variant of the union has that number.')
    }
    return variant
  }

  read(reader: Reader): Tagged {
    const { name, type } = this.variantAt(reader.u8())
    return { type: name, ...type.read(reader) }
  }

  check(value: unknown, path = ''): Tagged {
    const given = typeof value === 'object' && value !== null ? (value as Tagged).type : undefined
    const variant = this.list[this.#indices.get(given) ?? -1]
    if (variant === undefined) {
      const names = this.list.slice(0, 8).map(({ name }) => shown(name))
      return invalid(`${path}.type`, `expected one of ${names.join(', ')}, got ${shown(given)}`)
    }
    return variant.type.checkFields(value, path, 'type') as Tagged
  }

  initial(): Tagged {
    const { name, type } = this.variantAt(0)
    return { type: name, ...type.initial() }
  }

  describe(): TypeDescriptor {
    const variants = this.list.map(({ name, type }) => ({ name, type: type.describe() }))
    return { kind: 'union', variants }
  }
}

/** A value that may be missing. In a record its key may be left out. */
export function optional<S extends Type<unknown>>(of: S): OptionalType<S> {
  return new OptionalBase(of) as unknown as OptionalType<S>
}

/** An array of at most `max` items (1,024 where not said). */
export function list<S extends Type<unknown>>(
  of: S,
  limits: { readonly max?: number } = {},
): ListType<S> {
  return new ListBase(of, limits.max ?? 1024) as unknown as ListType<S>
}

/**
 * A `Map` of at most `max` entries (4,096) whose keys are at most `keyMax` characters long (64).
 */
export function map<S extends Type<unknown>>(
  of: S,
  limits: { readonly max?: number; readonly keyMax?: number } = {},
): MapType<S> {
  return new MapBase(of, limits.max ?? 4096, limits.keyMax ?? 64) as unknown as MapType<S>
}

/**
 * One of several records: `union({ circle: record({ radius: f32 }), point: record({}) })` holds
 * `{ type: 'circle', radius: 2 }` or `{ type: 'point' }`.
 */
export function union<V extends Variants>(variants: V): UnionType<V> {
  return new UnionBase(variants) as unknown as UnionType<V>
}
