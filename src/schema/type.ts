import type { StandardSchemaV1 } from '@standard-schema/spec'
import { RealmError } from '../errors/index.ts'
import type { TypeDescriptor, TypeKind } from './descriptor-types.ts'
import type { Reader } from './reader.ts'
import type { Writer } from './writer.ts'

/** Types nest at most this deep. */
export const typeDepthMax = 16
/** A type with all types in it consists of at most this many. */
export const typeNodesMax = 4096

/**
 * What a value looks like: how it is checked, written, read and described. Made with the
 * constructors of this folder (`u8`, `record`, `map` …), never by hand.
 */
export interface Type<T> extends StandardSchemaV1<unknown, T> {
  readonly kind: TypeKind
  /** Writes `value`, which must have been checked. */
  write(writer: Writer, value: T): void
  /**
   * Reads a value from bytes of any origin.
   * @throws RealmError `SCHEMA_TRUNCATED`, `SCHEMA_LIMIT` or `SCHEMA_MALFORMED`
   */
  read(reader: Reader): T
  /**
   * Validates a value from game code or JSON and returns it normalised: rounded to what the wire
   * can hold, plain, and sharing nothing mutable with `value`.
   * @param path what error messages call the value, such as `.items[3]`
   * @throws RealmError `SCHEMA_INVALID`, naming the path
   */
  check(value: unknown, path?: string): T
  /** The value a new field starts with. */
  initial(): T
  /** The type as plain JSON. */
  describe(): TypeDescriptor
}

/** The JavaScript value of a type: `Infer<typeof Avatar>`. */
export type Infer<S extends Type<unknown>> = ReturnType<S['initial']>

/** Shows an intersection as the one object it is. */
export type Simplify<T> = { [K in keyof T]: T[K] } & {}

/** Throws `SCHEMA_INVALID`; `path` is empty for the value itself. */
export function invalid(path: string, problem: string): never {
  throw new RealmError('SCHEMA_INVALID', `${path === '' ? 'value' : path}: ${problem}`)
}

/** Throws `SCHEMA_INVALID` unless `condition` holds: for mistakes in a definition. */
export function define(condition: boolean, problem: string): void {
  if (!condition) throw new RealmError('SCHEMA_INVALID', problem)
}

/** A value as an error message shows it: short, whatever it is. */
export function shown(value: unknown): string {
  if (typeof value === 'string') {
    return JSON.stringify(value.length > 32 ? `${value.slice(0, 32)}…` : value)
  }
  if (value === null || value === undefined) return String(value)
  if (typeof value === 'object') return Array.isArray(value) ? 'an array' : 'an object'
  if (typeof value === 'function') return 'a function'
  return String(value).slice(0, 40)
}

/** What every type of Realmkit has beyond its public face. */
export abstract class BaseType<T> implements Type<T> {
  abstract readonly kind: TypeKind
  /** Levels of types, this one included. */
  depth = 1
  /** Number of types, this one included. */
  nodes = 1
  /**
   * The fewest bytes a value takes as a client sees it: bounds what a claimed count can make us
   * allocate.
   */
  bytesMin = 1
  /** Whether a field somewhere inside is only for its owner. */
  hasOwn = false

  abstract write(writer: Writer, value: T): void
  abstract read(reader: Reader): T
  abstract check(value: unknown, path?: string): T
  abstract initial(): T
  abstract describe(): TypeDescriptor

  get '~standard'(): StandardSchemaV1.Props<unknown, T> {
    return {
      version: 1,
      vendor: 'realmkit',
      validate: (value) => {
        try {
          return { value: this.check(value) }
        } catch (error) {
          if (!(error instanceof RealmError)) throw error
          return { issues: [{ message: error.detail }] }
        }
      },
    }
  }

  /** Counts `inner` into this type's size. */
  protected contain(inner: BaseType<unknown>): void {
    this.depth = Math.max(this.depth, inner.depth + 1)
    this.nodes += inner.nodes
    this.hasOwn ||= inner.hasOwn
    define(this.depth <= typeDepthMax, `Types nest at most ${typeDepthMax} levels.`)
    define(this.nodes <= typeNodesMax, `A type consists of at most ${typeNodesMax} types.`)
  }
}

/** The type as this folder made it. @throws RealmError `SCHEMA_INVALID` for anything else */
export function baseOf<T>(type: Type<T>, where: string): BaseType<T> {
  if (type instanceof BaseType) return type
  throw new RealmError(
    'SCHEMA_INVALID',
    `${where} is not a type such as u8, text({ max }) or record({ … }).`,
  )
}

/** The type of a value inside another; refuses hidden types, which only mark record fields. */
export function elementOf<T>(type: Type<T>, where: string): BaseType<T> {
  const base = baseOf(type, where)
  define(
    base.kind !== 'ownOnly' && base.kind !== 'serverOnly',
    `${where} cannot be ${base.kind}: only a field of a record can.`,
  )
  return base
}

/** Checks a limit given in a definition. */
export function limitOf(value: unknown, most: number, name: string): number {
  const fits = typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= most
  define(fits, `${name} must be an integer 0…${most}, got ${shown(value)}.`)
  return value as number
}
