import { ListBase, MapBase, OptionalBase, UnionBase } from './collections.ts'
import { RecordBase } from './record.ts'
import { type BaseType, baseOf, type Type } from './type.ts'

function recordJson(type: RecordBase, value: unknown): Record<string, unknown> {
  const given = value as Readonly<Record<string, unknown>>
  const json: Record<string, unknown> = {}
  for (const field of type.list) {
    const inner = given[field.name]
    if (inner !== undefined) json[field.name] = jsonOf(field.type, inner)
  }
  return json
}

function base64(bytes: Uint8Array): string {
  let units = ''
  for (const byte of bytes) units += String.fromCharCode(byte)
  return btoa(units)
}

function jsonOf(type: BaseType<unknown>, value: unknown): unknown {
  if (value === undefined) return null
  if (type instanceof OptionalBase) return jsonOf(type.of, value)
  if (type instanceof RecordBase) return recordJson(type, value)
  if (type instanceof UnionBase) {
    const { type: tag } = value as { readonly type: string }
    const variant = type.list.find(({ name }) => name === tag)
    return variant === undefined ? null : { type: tag, ...recordJson(variant.type, value) }
  }
  if (type instanceof ListBase) return (value as unknown[]).map((item) => jsonOf(type.of, item))
  if (type instanceof MapBase) {
    const entries = [...(value as Map<string, unknown>)]
    return Object.fromEntries(entries.map(([key, entry]) => [key, jsonOf(type.of, entry)]))
  }
  return value instanceof Uint8Array ? base64(value) : value
}

/**
 * A checked value as JSON can hold it, which `check` takes back: maps as objects, bytes as base64.
 */
export function toJson<T>(type: Type<T>, value: T): unknown {
  return jsonOf(baseOf(type, 'The type'), value)
}
