import { Reader } from './reader.ts'
import type { Type } from './type.ts'
import { Writer } from './writer.ts'

/** A writer that grew past this is not kept: one large value must not hold its memory for ever. */
const keptBytesMax = 1024 * 1024

let shared = new Writer(4096)

/** `value`, which must have been checked, as bytes. */
export function encode<T>(type: Type<T>, value: T): Uint8Array<ArrayBuffer> {
  shared.reset()
  type.write(shared, value)
  const bytes = shared.finish()
  if (bytes.length > keptBytesMax) shared = new Writer(4096)
  return bytes
}

/**
 * The value in `bytes`, all of which must belong to it.
 * @throws RealmError `SCHEMA_TRUNCATED`, `SCHEMA_LIMIT` or `SCHEMA_MALFORMED`
 */
export function decode<T>(type: Type<T>, bytes: Uint8Array): T {
  const reader = new Reader(bytes)
  const value = type.read(reader)
  reader.end()
  return value
}
