import { RealmError } from '../errors/index.ts'
import { decode } from './codec.ts'
import { typeFromDescriptor } from './descriptor.ts'
import type { TypeDescriptor } from './descriptor-types.ts'
import { schemaHash } from './hash.ts'
import { migrateValue } from './migrate.ts'
import { Reader } from './reader.ts'
import type { Type } from './type.ts'
import { Writer } from './writer.ts'

/**
 * The layout of what `sealBlob` writes: this byte, version (varint), schema hash (8 bytes), value.
 */
const blobFormat = 1
const hashBytes = 8

const hashes = new WeakMap<Type<unknown>, string>()

/** `schemaHash` of a type, computed once. */
export function hashOf(type: Type<unknown>): string {
  const known = hashes.get(type)
  if (known !== undefined) return known
  const hash = schemaHash(type.describe())
  hashes.set(type, hash)
  return hash
}

/** A stored value with the names of what it was written by. */
export interface OpenedBlob {
  /** The version of the definition, as its author counts. */
  readonly version: number
  /** The schema hash of the type it was encoded with. */
  readonly hash: string
  /** The encoded value, not copied. */
  readonly payload: Uint8Array
}

/** Marks an encoded value with the version and schema it was written by. */
export function sealBlob(
  type: Type<unknown>,
  version: number,
  encoded: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const writer = new Writer(encoded.length + 20)
  writer.u8(blobFormat)
  writer.varint(version)
  const hash = hashOf(type)
  for (let at = 0; at < hash.length; at += 2) writer.u8(Number.parseInt(hash.slice(at, at + 2), 16))
  writer.raw(encoded)
  return writer.finish()
}

/**
 * Reads what `sealBlob` wrote.
 * @throws RealmError `SCHEMA_MALFORMED` or `SCHEMA_TRUNCATED`
 */
export function openBlob(blob: Uint8Array): OpenedBlob {
  const reader = new Reader(blob)
  if (reader.u8() !== blobFormat) {
    throw new RealmError('SCHEMA_MALFORMED', 'The stored value has an unknown format.')
  }
  const version = reader.varint()
  const digits = Array.from(reader.raw(hashBytes), (byte) => byte.toString(16).padStart(2, '0'))
  return { version, hash: digits.join(''), payload: reader.raw(reader.remaining) }
}

/** A change of a value that names alone do not tell: from version n, its key, to n + 1. */
export type MigrationStep = (old: never) => unknown

/** What `migrateBlob` needs. */
export interface Migration<T> {
  readonly blob: Uint8Array
  readonly type: Type<T>
  /** The present version of the definition. */
  readonly version: number
  /** The descriptor of a type that was in use once. */
  readonly descriptorOf: (hash: string) => TypeDescriptor | undefined
  readonly steps?: Readonly<Record<number, MigrationStep>>
}

function fail(detail: string, cause?: unknown): never {
  throw new RealmError('SCHEMA_MIGRATION', detail, { cause })
}

/**
 * The value in a stored blob, brought to the present type: the steps of all versions in between run
 * in order, and then what is left is converted by name.
 * @throws RealmError `SCHEMA_MIGRATION`, or those of `decode` where the blob is damaged
 */
export function migrateBlob<T>(migration: Migration<T>): T {
  const { blob, type, version, descriptorOf, steps = {} } = migration
  const opened = openBlob(blob)
  const present = opened.hash === hashOf(type)
  if (present && opened.version === version) return decode(type, opened.payload)
  if (opened.version > version) {
    return fail(`It was written by version ${opened.version}; this is version ${version}.`)
  }
  const descriptor = present ? type.describe() : descriptorOf(opened.hash)
  if (descriptor === undefined) return fail(`The schema ${opened.hash} is not known.`)
  let value: unknown = decode(typeFromDescriptor(descriptor), opened.payload)
  for (let from = opened.version; from < version; from += 1) {
    const step = steps[from]
    if (step === undefined) continue
    try {
      value = step(value as never)
    } catch (error) {
      return fail(`The step from version ${from} failed.`, error)
    }
  }
  return migrateValue(type, value)
}
