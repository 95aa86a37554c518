import { RealmError } from '../errors/index.ts'
import { ListBase, MapBase, OptionalBase, UnionBase } from './collections.ts'
import type { FieldDescriptor, PlainKind, TypeDescriptor } from './descriptor-types.ts'
import {
  angle,
  bool,
  entityId,
  f32,
  f64,
  fixed,
  i8,
  i16,
  i32,
  u8,
  u16,
  u32,
  varint,
} from './numbers.ts'
import { ownOnly, RecordBase, recordFieldsMax, serverOnly } from './record.ts'
import { bytes, choice, text } from './text.ts'
import { type Type, typeDepthMax, typeNodesMax } from './type.ts'

const plainTypes: Readonly<Record<PlainKind, Type<unknown>>> = {
  u8,
  u16,
  u32,
  i8,
  i16,
  i32,
  f32,
  f64,
  varint,
  bool,
  entityId,
}

function refuse(problem: string): never {
  throw new RealmError('SCHEMA_MALFORMED', `A type descriptor is not valid: ${problem}`)
}

/** Counts what has been read, so that a descriptor from the wire cannot grow without bound. */
interface Budget {
  nodes: number
  characters: number
}

/** Names and options of one descriptor together are at most this many UTF-16 code units. */
const descriptorUnitsMax = 1024 * 1024

type Json = Readonly<Record<string, unknown>>

function objectOf(value: unknown, what: string): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return refuse(`${what} is not an object.`)
  }
  return value as Json
}

function arrayOf(value: unknown, most: number, what: string): readonly unknown[] {
  if (!Array.isArray(value) || value.length > most) {
    return refuse(`${what} is not an array of at most ${most}.`)
  }
  return value
}

function textOf(value: unknown, budget: Budget): string {
  if (typeof value !== 'string') return refuse('a name is not a text.')
  budget.characters += value.length
  if (budget.characters > descriptorUnitsMax) return refuse('its names are too long.')
  return value
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : refuse('a limit is not a number.')
}

function readRecord(json: Json, depth: number, budget: Budget): RecordBase {
  const fields: Record<string, Type<unknown>> = Object.create(null)
  const indices: number[] = []
  for (const entry of arrayOf(json['fields'], recordFieldsMax, 'fields')) {
    const field = objectOf(entry, 'a field')
    const name = textOf(field['name'], budget)
    const index = numberOf(field['index'])
    const rises = Number.isInteger(index) && index > (indices.at(-1) ?? -1)
    if (!rises || index >= recordFieldsMax) return refuse('the field numbers do not rise.')
    // An integer-like name would be moved to the front of the object, away from its number.
    if (name in fields || /^\d/.test(name)) return refuse('a field name is not allowed.')
    fields[name] = readType(field['type'], depth + 1, budget)
    indices.push(index)
  }
  return new RecordBase(fields, indices)
}

function readUnion(json: Json, depth: number, budget: Budget): UnionBase {
  const variants: Record<string, Type<unknown>> = Object.create(null)
  for (const entry of arrayOf(json['variants'], 255, 'variants')) {
    const variant = objectOf(entry, 'a variant')
    const name = textOf(variant['name'], budget)
    if (name in variants || /^\d/.test(name)) return refuse('a variant name is not allowed.')
    variants[name] = readType(variant['type'], depth + 1, budget)
  }
  return new UnionBase(variants)
}

function readType(value: unknown, depth: number, budget: Budget): Type<unknown> {
  if (depth > typeDepthMax) return refuse(`it nests deeper than ${typeDepthMax}.`)
  budget.nodes += 1
  if (budget.nodes > typeNodesMax) return refuse(`it has more than ${typeNodesMax} types.`)
  const json = objectOf(value, 'a type')
  const inner = () => readType(json['of'], depth + 1, budget)
  switch (json['kind']) {
    case 'fixed':
      return fixed({
        min: numberOf(json['min']),
        max: numberOf(json['max']),
        step: numberOf(json['step']),
      })
    case 'angle':
      return angle(numberOf(json['bits']))
    case 'text':
      return text({ max: numberOf(json['max']) })
    case 'bytes':
      return bytes({ max: numberOf(json['max']) })
    case 'choice': {
      const options = arrayOf(json['options'], 256, 'options').map((one) => textOf(one, budget))
      return choice(...(options as [string, ...string[]]))
    }
    case 'optional':
      return new OptionalBase(inner())
    case 'ownOnly':
      return ownOnly(inner())
    case 'serverOnly':
      return serverOnly(inner())
    case 'record':
      return readRecord(json, depth, budget) as unknown as Type<unknown>
    case 'list':
      return new ListBase(inner(), numberOf(json['max'])) as unknown as Type<unknown>
    case 'map':
      return new MapBase(
        inner(),
        numberOf(json['max']),
        numberOf(json['keyMax']),
      ) as unknown as Type<unknown>
    case 'union':
      return readUnion(json, depth, budget) as unknown as Type<unknown>
    default: {
      const kind = json['kind']
      const plain = typeof kind === 'string' && Object.hasOwn(plainTypes, kind)
      return plain ? plainTypes[kind as PlainKind] : refuse('a kind is not known.')
    }
  }
}

/**
 * The type a descriptor tells of. The descriptor may come from anyone: it is at most 16 levels
 * deep and 4,096 types large, and every limit in it is checked as in a definition.
 * @throws RealmError `SCHEMA_MALFORMED` or `SCHEMA_INVALID`
 */
export function typeFromDescriptor(descriptor: TypeDescriptor): Type<unknown> {
  return readType(descriptor, 1, { nodes: 0, characters: 0 })
}

/**
 * The descriptor as clients get it: without `serverOnly` fields. The others keep their numbers, so
 * both sides speak the same wire format.
 */
export function publicDescriptor(descriptor: TypeDescriptor): TypeDescriptor {
  switch (descriptor.kind) {
    case 'record': {
      const fields = descriptor.fields
        .filter(({ type }) => type.kind !== 'serverOnly')
        .map((field): FieldDescriptor => ({ ...field, type: publicDescriptor(field.type) }))
      return { kind: 'record', fields }
    }
    case 'union': {
      const variants = descriptor.variants.map(({ name, type }) => {
        return { name, type: publicDescriptor(type) }
      })
      return { kind: 'union', variants }
    }
    case 'list':
    case 'map':
    case 'optional':
    case 'ownOnly':
    case 'serverOnly':
      return { ...descriptor, of: publicDescriptor(descriptor.of) }
    default:
      return descriptor
  }
}
