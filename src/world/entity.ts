import { RealmError } from '../errors/index.ts'
import { visibleFieldsMax } from '../protocol/index.ts'
import {
  type Fields,
  type Infer,
  type InferFields,
  type RecordType,
  record,
  type TypeDescriptor,
} from '../schema/index.ts'

export interface EntityOptions {
  /**
   * Whether entities of the kind are in checkpoints; the others are absent after a crash. Default
   * true.
   */
  readonly persist?: boolean
}

/** A kind of entity, made with `entity({ … })`. */
export interface EntityKind<F extends Fields = Fields> {
  readonly fields: F
  readonly persist: boolean
}

/** Every entity has these; fields of a kind cannot be named like them. */
const entityNames: readonly string[] = ['id', 'kind', 'x', 'y']

/**
 * Declares a kind of entity: the fields it has besides `id`, `kind`, `x` and `y`. Clients see all
 * of them, except those in `serverOnly(…)`. List what changes often first: the first field costs
 * the least, then the next seven.
 * @throws RealmError `SCHEMA_INVALID` for a name that is taken, `ownOnly`, or more than 30 fields
 * clients see
 */
export function entity<const F extends Fields>(
  fields: F,
  options: EntityOptions = {},
): EntityKind<F> {
  const type: RecordType<F> = record(fields)
  for (const name of entityNames) {
    if (name in type.fields) throw invalid(`A field of an entity cannot be named ${name}.`)
  }
  const seen = Object.values(type.fields).filter(({ kind }) => kind !== 'serverOnly')
  if (seen.length > visibleFieldsMax) {
    throw invalid(`Clients can see at most ${visibleFieldsMax} fields of an entity.`)
  }
  if (hasOwnOnly(type.describe())) {
    throw invalid('An entity is shown to everyone near: ownOnly is for the state of rooms.')
  }
  return Object.freeze({ fields: type.fields, persist: options.persist ?? true })
}

function hasOwnOnly(type: TypeDescriptor): boolean {
  if (type.kind === 'ownOnly') return true
  if (type.kind === 'record') return type.fields.some((field) => hasOwnOnly(field.type))
  if (type.kind === 'union') return type.variants.some((variant) => hasOwnOnly(variant.type))
  return 'of' in type && hasOwnOnly(type.of)
}

function invalid(detail: string): RealmError {
  return new RealmError('SCHEMA_INVALID', detail)
}

/**
 * A value of a field as it is held: plain values as they are, everything else read-only, to be
 * replaced whole.
 */
export type Held<T> = T extends string | number | boolean | undefined | Uint8Array
  ? T
  : T extends Map<infer K, infer V>
    ? ReadonlyMap<K, Held<V>>
    : { readonly [K in keyof T]: Held<T[K]> }

/** What every entity has. Positions are in the world's unit and stay inside the world. */
export interface Body<Name extends string = string> {
  /** 1 … 2³²−1; not used again until all others were. */
  readonly id: number
  readonly kind: Name
  x: number
  y: number
}

/**
 * A living entity of a kind, read and written like an object. Texts and numbers are checked when
 * they are assigned (`SCHEMA_INVALID`); lists, maps and records are replaced as a whole. It must
 * not be kept after its despawn: from the next tick on its fields cannot be used any more
 * (`ENTITY_GONE`).
 */
export type Entity<K extends EntityKind = EntityKind, Name extends string = string> = Body<Name> & {
  -readonly [P in keyof InferFields<K['fields']>]: Held<InferFields<K['fields']>[P]>
}

/**
 * What `spawn` takes: a position, and the fields that shall not start with their type's initial
 * value.
 */
export type Spawn<K extends EntityKind> = { readonly x: number; readonly y: number } & {
  readonly [P in keyof InferFields<K['fields']>]?: Held<InferFields<K['fields']>[P]> | undefined
}

/** The entity kinds of a world by name. */
export type EntityKinds = Readonly<Record<string, EntityKind>>

/** The name under which a kind is listed in `entities`. */
export type NameOf<E extends EntityKinds, K extends EntityKind> = {
  [N in keyof E & string]: [K] extends [E[N]] ? ([E[N]] extends [K] ? N : never) : never
}[keyof E & string]

/** An entity of kind `K` of a world with kinds `E`. */
export type EntityIn<E extends EntityKinds, K extends EntityKind> = Entity<K, NameOf<E, K>>

/** An entity of any kind of the world; `kind` tells which. */
export type AnyEntity<E extends EntityKinds> = {
  [N in keyof E & string]: Entity<E[N], N>
}[keyof E & string]

type VisibleKeys<F extends Fields> = {
  [P in keyof F]: F[P] extends { readonly kind: 'serverOnly' } ? never : P
}[keyof F]

/** The fields of a kind that clients see. */
export type VisibleFields<F extends Fields> = { -readonly [P in VisibleKeys<F>]: Infer<F[P]> }
