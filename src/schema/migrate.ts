import { RealmError } from '../errors/index.ts'
import { ListBase, MapBase, OptionalBase, UnionBase } from './collections.ts'
import { RecordBase } from './record.ts'
import { type BaseType, baseOf, shown, type Type } from './type.ts'

function fail(path: string, problem: string, cause?: unknown): never {
  const detail = `${path === '' ? 'value' : path}: ${problem}`
  throw new RealmError('SCHEMA_MIGRATION', detail, { cause })
}

function plainObject(value: unknown, path: string): Readonly<Record<string, unknown>> {
  const isPlain = typeof value === 'object' && value !== null && !Array.isArray(value)
  if (isPlain && !(value instanceof Map)) return value as Readonly<Record<string, unknown>>
  return fail(path, `a record cannot be made of ${shown(value)}`)
}

function convertRecord(type: RecordBase, value: unknown, path: string): Record<string, unknown> {
  const given = plainObject(value, path)
  const made: Record<string, unknown> = {}
  for (const { name, type: field } of type.list) {
    const present = Object.hasOwn(given, name) && given[name] !== undefined
    made[name] = present ? convert(field, given[name], `${path}.${name}`) : field.initial()
  }
  return made
}

function convertUnion(type: UnionBase, value: unknown, path: string): unknown {
  const tag = plainObject(value, path)['type']
  const variant = type.list.find(({ name }) => name === tag)
  if (variant === undefined)
    return fail(`${path}.type`, `there is no variant ${shown(tag)} any more`)
  return { type: variant.name, ...convertRecord(variant.type, value, path) }
}

function convertMap(type: MapBase, value: unknown, path: string): Map<string, unknown> {
  if (!(value instanceof Map)) return fail(path, `a map cannot be made of ${shown(value)}`)
  if (value.size > type.max) return fail(path, `${value.size} entries, at most ${type.max} fit`)
  const made = new Map<string, unknown>()
  for (const [key, entry] of value) {
    made.set(
      migrating(path, () => type.checkKey(key, path)),
      convert(type.of, entry, `${path}[${shown(key)}]`),
    )
  }
  return made
}

/** Runs a check whose failure is one of migration here. */
function migrating<T>(path: string, check: () => T): T {
  try {
    return check()
  } catch (error) {
    const problem = error instanceof RealmError ? error.detail : 'the check failed'
    return fail(path, problem.replace(`${path === '' ? 'value' : path}: `, ''), error)
  }
}

function convert(type: BaseType<unknown>, value: unknown, path: string): unknown {
  if (value === undefined) return type.initial()
  if (type instanceof OptionalBase) return convert(type.of, value, path)
  if (type instanceof RecordBase) return convertRecord(type, value, path)
  if (type instanceof UnionBase) return convertUnion(type, value, path)
  if (type instanceof MapBase) return convertMap(type, value, path)
  if (type instanceof ListBase) {
    if (!Array.isArray(value)) return fail(path, `a list cannot be made of ${shown(value)}`)
    if (value.length > type.max) return fail(path, `${value.length} items, at most ${type.max} fit`)
    return value.map((item, index) => convert(type.of, item, `${path}[${index}]`))
  }
  // Base64 is how JSON spells bytes; a stored text is a text.
  if (type.kind === 'bytes' && typeof value === 'string') {
    return fail(path, 'bytes cannot be made of a text')
  }
  return migrating(path, () => type.check(value, path))
}

/**
 * Brings a value of an earlier type to `type`, by name: new fields get their initial values, fields
 * that are gone are dropped, numbers, texts and choices are kept where they fit.
 * @throws RealmError `SCHEMA_MIGRATION`, naming the path of what does not fit
 */
export function migrateValue<T>(type: Type<T>, value: unknown): T {
  return convert(baseOf(type, 'The type'), value, '') as T
}
