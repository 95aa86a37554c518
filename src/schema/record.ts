import type { FieldDescriptor, TypeDescriptor } from './descriptor-types.ts'
import type { Reader } from './reader.ts'
import {
  BaseType,
  baseOf,
  define,
  type Infer,
  invalid,
  type Simplify,
  shown,
  type Type,
} from './type.ts'
import type { Writer } from './writer.ts'

/** A record has at most this many fields. */
export const recordFieldsMax = 255

/** The fields of a record: names and their types. */
export type Fields = Readonly<Record<string, Type<unknown>>>

type OptionalKeys<F extends Fields> = {
  [K in keyof F]: undefined extends Infer<F[K]> ? K : never
}[keyof F]

/** The plain object of a record's fields: `{ x: number; title?: string | undefined }`. */
export type InferFields<F extends Fields> = Simplify<
  { [K in Exclude<keyof F, OptionalKeys<F>>]: Infer<F[K]> } & {
    [K in OptionalKeys<F>]?: Infer<F[K]>
  }
>

/** A plain object with declared fields. */
export interface RecordType<F extends Fields = Fields> extends Type<InferFields<F>> {
  readonly kind: 'record'
  readonly fields: F
}

/** A field that only its owner may see. */
export interface OwnOnlyType<S extends Type<unknown>> extends Type<Infer<S>> {
  readonly kind: 'ownOnly'
  readonly of: S
}

/** A field that no client may see. */
export interface ServerOnlyType<S extends Type<unknown>> extends Type<Infer<S>> {
  readonly kind: 'serverOnly'
  readonly of: S
}

/** Who may see a field. */
export type Visibility = 'public' | 'own' | 'server'

/** One field as the codec uses it. */
export interface Field {
  readonly name: string
  /** The field's number on the wire, 0…254. */
  readonly index: number
  readonly visibility: Visibility
  /** What error messages call it within its record. */
  readonly path: string
  /** The type without the mark that hides it. */
  readonly type: BaseType<unknown>
}

const namePattern = /^[a-zA-Z_][a-zA-Z0-9_]{0,63}$/
const reservedNames = new Set(['onAdd', 'onChange', 'onRemove', 'toJSON', 'prototype', 'then'])

/** Refuses a name of a field or variant that is not an ordinary identifier. */
export function checkPattern(name: string): void {
  define(
    namePattern.test(name),
    `The name ${shown(name)} is not allowed: at most 64 letters, digits and _, no digit first.`,
  )
}

function checkName(name: string): void {
  checkPattern(name)
  // Whatever every object inherits would be found where a field is missing.
  const taken = reservedNames.has(name) || name in Object.prototype
  define(!taken, `A field cannot be named ${shown(name)}: the name has a meaning of its own.`)
}

class HiddenType extends BaseType<unknown> {
  readonly kind: 'ownOnly' | 'serverOnly'
  readonly of: BaseType<unknown>

  constructor(kind: 'ownOnly' | 'serverOnly', of: Type<unknown>) {
    super()
    this.kind = kind
    this.of = baseOf(of, `What ${kind} hides`)
    define(!(this.of instanceof HiddenType), `${kind} cannot hide what is hidden already.`)
    this.contain(this.of)
    this.bytesMin = this.of.bytesMin
  }

  write(writer: Writer, value: unknown): void {
    this.of.write(writer, value)
  }

  read(reader: Reader): unknown {
    return this.of.read(reader)
  }

  check(value: unknown, path = ''): unknown {
    return this.of.check(value, path)
  }

  initial(): unknown {
    return this.of.initial()
  }

  describe(): TypeDescriptor {
    return { kind: this.kind, of: this.of.describe() }
  }
}

/** The record type behind the public face; `record()` and `typeFromDescriptor()` make it. */
export class RecordBase extends BaseType<Record<string, unknown>> {
  readonly kind = 'record'
  readonly fields: Fields
  readonly list: readonly Field[]
  readonly byName: ReadonlyMap<string, Field>
  /** By wire number; a field left out of a client's type has none. */
  readonly byIndex: readonly (Field | undefined)[]
  /** Whether a field of this very record is only for its owner. */
  readonly ownFields: boolean

  /** @param indices the fields' wire numbers in order, where they are not 0, 1, 2 … */
  constructor(fields: Fields, indices?: readonly number[]) {
    super()
    const names = Object.keys(fields)
    define(names.length <= recordFieldsMax, `A record has at most ${recordFieldsMax} fields.`)
    this.fields = Object.freeze({ ...fields })
    this.list = names.map((name, position) => this.#field(name, indices?.[position] ?? position))
    this.byName = new Map(this.list.map((field) => [field.name, field]))
    const byIndex: (Field | undefined)[] = []
    for (const field of this.list) {
      while (byIndex.length < field.index) byIndex.push(undefined)
      byIndex.push(field)
    }
    this.byIndex = byIndex
    this.ownFields = this.list.some((field) => field.visibility === 'own')
    this.hasOwn ||= this.ownFields
    this.bytesMin = this.ownFields ? 1 : 0
    for (const field of this.list) {
      if (field.visibility === 'public') this.bytesMin += field.type.bytesMin
    }
  }

  #field(name: string, index: number): Field {
    checkName(name)
    const declared = baseOf(this.fields[name] as Type<unknown>, `Field ${name}`)
    this.contain(declared)
    const hidden = declared instanceof HiddenType
    const type = hidden ? declared.of : declared
    const visibility = !hidden ? 'public' : declared.kind === 'ownOnly' ? 'own' : 'server'
    define(
      visibility === 'server' || type.bytesMin > 0,
      `Field ${name} has nothing a client could see; leave it out, or make all of it serverOnly.`,
    )
    return { name, index, visibility, path: `.${name}`, type }
  }

  write(writer: Writer, value: Record<string, unknown>): void {
    for (const field of this.list) field.type.write(writer, value[field.name])
  }

  read(reader: Reader): Record<string, unknown> {
    const value: Record<string, unknown> = {}
    for (const field of this.list) value[field.name] = field.type.read(reader)
    return value
  }

  check(value: unknown, path = ''): Record<string, unknown> {
    return this.checkFields(value, path, undefined)
  }

  /** As `check`, with `tag` the one further field a union's variant may have. */
  checkFields(value: unknown, path: string, tag: string | undefined): Record<string, unknown> {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return invalid(path, `expected an object, got ${shown(value)}`)
    }
    const given = value as Record<string, unknown>
    const checked: Record<string, unknown> = {}
    if (tag !== undefined) checked[tag] = given[tag]
    const { list } = this
    let at = 0
    let inOrder = tag === undefined
    if (inOrder) {
      // Nearly always they are all there, in the order of the definition: one walk over them.
      for (const name in given) {
        const field = list[at]
        if (field === undefined || field.name !== name) {
          inOrder = false
          break
        }
        checked[name] = field.type.check(given[name], pathOf(field, path))
        at += 1
      }
    }
    for (; at < list.length; at += 1) {
      const field = list[at] as Field
      checked[field.name] = field.type.check(given[field.name], pathOf(field, path))
    }
    if (!inOrder) this.#refuseOthers(given, path, tag)
    return checked
  }

  #refuseOthers(given: object, path: string, tag: string | undefined): void {
    for (const name of Object.keys(given)) {
      if (!this.byName.has(name) && name !== tag) invalid(path, `there is no field ${shown(name)}`)
    }
  }

  initial(): Record<string, unknown> {
    const value: Record<string, unknown> = {}
    for (const { name, type } of this.list) value[name] = type.initial()
    return value
  }

  describe(): TypeDescriptor {
    const fields = this.list.map(({ name, index }): FieldDescriptor => {
      return { name, index, type: (this.fields[name] as Type<unknown>).describe() }
    })
    return { kind: 'record', fields }
  }
}

function pathOf(field: Field, path: string): string {
  return path === '' ? field.path : path + field.path
}

/** A plain object with these fields, at most 255: `record({ x: f32, y: f32 })`. */
export function record<F extends Fields>(fields: F): RecordType<F> {
  // Inside, a record is one class for all fields; outside, its type knows them.
  return new RecordBase(fields) as unknown as RecordType<F>
}

/**
 * A field only sent to its owner: the player whose id is the key of the nearest map entry around
 * it. Outside of any map nobody owns it and it is sent to no one.
 */
export function ownOnly<S extends Type<unknown>>(of: S): OwnOnlyType<S> {
  return new HiddenType('ownOnly', of) as unknown as OwnOnlyType<S>
}

/** A field stored with the rest but never sent to any client. */
export function serverOnly<S extends Type<unknown>>(of: S): ServerOnlyType<S> {
  return new HiddenType('serverOnly', of) as unknown as ServerOnlyType<S>
}

/** The record behind a public type. @throws RealmError `SCHEMA_INVALID` where it is not one */
export function recordOf(type: Type<unknown>): RecordBase {
  define(type instanceof RecordBase, 'Expected a type made with record({ … }).')
  return type as unknown as RecordBase
}
