import { RealmError } from '../errors/index.ts'
import type { Reader, Writer } from '../schema/index.ts'
import type { StreamSums } from './behaviour.ts'

/**
 * Deltas or keyframes of streams of a world, without heads: by ascending stream, each at most once.
 * Body `i` is `bytes[starts[i] … ends[i])`. Nobody writes to them: gates share the bytes.
 */
export interface StreamParts {
  readonly streams: Uint32Array
  readonly starts: Uint32Array
  readonly ends: Uint32Array
  readonly bytes: Uint8Array
}

/** No stream has anything to tell. */
export const noParts: StreamParts = {
  streams: new Uint32Array(0),
  starts: new Uint32Array(0),
  ends: new Uint32Array(0),
  bytes: new Uint8Array(0),
}

/** Nothing to check. */
export const noSums: StreamSums = { streams: new Uint32Array(0), sums: new Uint32Array(0) }

/** Room for so many parts, whose numbers are to be filled in. */
export function emptyParts(count: number, bytes: Uint8Array): StreamParts {
  const numbers = new Uint32Array(count * 3)
  return {
    streams: numbers.subarray(0, count),
    starts: numbers.subarray(count, count * 2),
    ends: numbers.subarray(count * 2),
    bytes,
  }
}

/** Those parts for which `has` holds, over the same bytes; the parts themselves where it is all. */
export function someParts(parts: StreamParts, has: (stream: number) => boolean): StreamParts {
  const { streams, starts, ends, bytes } = parts
  let count = 0
  for (let index = 0; index < streams.length; index += 1) {
    if (has(streams[index] as number)) count += 1
  }
  if (count === streams.length) return parts
  if (count === 0) return noParts
  const some = emptyParts(count, bytes)
  let at = 0
  for (let index = 0; index < streams.length; index += 1) {
    const stream = streams[index] as number
    if (!has(stream)) continue
    some.streams[at] = stream
    some.starts[at] = starts[index] as number
    some.ends[at] = ends[index] as number
    at += 1
  }
  return some
}

/** Between nodes: count, then of each part the gap to the one before and its length, then bytes. */
export function writeStreamParts(writer: Writer, parts: StreamParts): void {
  const { streams, starts, ends, bytes } = parts
  writer.varint(streams.length)
  for (let index = 0, next = 0; index < streams.length; index += 1) {
    const stream = streams[index] as number
    writer.varint(stream - next)
    writer.varint((ends[index] as number) - (starts[index] as number))
    next = stream + 1
  }
  for (let index = 0; index < streams.length; index += 1) {
    writer.raw(bytes.subarray(starts[index], ends[index]))
  }
}

/** @throws RealmError `SCHEMA_TRUNCATED`, `SCHEMA_MALFORMED` */
export function readStreamParts(reader: Reader): StreamParts {
  const count = reader.varint()
  if (count === 0) return noParts
  if (count > reader.remaining) throw new RealmError('SCHEMA_TRUNCATED')
  const { streams, starts, ends } = emptyParts(count, noParts.bytes)
  let total = 0
  for (let index = 0, next = 0; index < count; index += 1) {
    const stream = next + reader.varint()
    if (stream >= 2 ** 32) throw new RealmError('SCHEMA_MALFORMED', 'A stream has no such number.')
    streams[index] = stream
    next = stream + 1
    starts[index] = total
    total += reader.varint()
    // Also keeps the numbers within 32 bits: no message has as many bytes.
    if (total > reader.remaining) throw new RealmError('SCHEMA_TRUNCATED')
    ends[index] = total
  }
  return { streams, starts, ends, bytes: reader.raw(total) }
}

export function writeStreamSums(writer: Writer, { streams, sums }: StreamSums): void {
  writer.varint(streams.length)
  for (let index = 0; index < streams.length; index += 1) {
    writer.varint(streams[index] as number)
    writer.u32(sums[index] as number)
  }
}

/** @throws RealmError `SCHEMA_TRUNCATED` */
export function readStreamSums(reader: Reader): StreamSums {
  const count = reader.varint()
  if (count === 0) return noSums
  if (count > reader.remaining) throw new RealmError('SCHEMA_TRUNCATED')
  const all = { streams: new Uint32Array(count), sums: new Uint32Array(count) }
  for (let index = 0; index < count; index += 1) {
    all.streams[index] = reader.varint()
    all.sums[index] = reader.u32()
  }
  return all
}
