/**
 * Arrays of PostgreSQL in its binary format (`array_send` and `array_recv` in
 * src/backend/utils/adt/arrayfuncs.c): no quoting, no hexadecimal, and a third of the work of the
 * text format on both sides.
 */
const headerBytes = 20
const byteaType = 17
const int8Type = 20
const textType = 25

function arrayOf(type: number, count: number, bytes: number): Buffer {
  const dimensions = count === 0 ? 0 : 1
  const array = Buffer.allocUnsafe(count === 0 ? 12 : headerBytes + 4 * count + bytes)
  array.writeInt32BE(dimensions, 0)
  array.writeInt32BE(0, 4)
  array.writeInt32BE(type, 8)
  if (dimensions === 0) return array
  array.writeInt32BE(count, 12)
  array.writeInt32BE(1, 16)
  return array
}

/** A `text[]`. */
export function textArray(texts: readonly string[]): Buffer {
  let bytes = 0
  for (const text of texts) bytes += Buffer.byteLength(text)
  const array = arrayOf(textType, texts.length, bytes)
  let offset = headerBytes
  for (const text of texts) {
    const length = array.write(text, offset + 4)
    array.writeInt32BE(length, offset)
    offset += 4 + length
  }
  return array
}

/** An `int8[]` of whole numbers within ±(2^53 − 1). */
export function integerArray(numbers: readonly number[]): Buffer {
  const array = arrayOf(int8Type, numbers.length, 8 * numbers.length)
  let offset = headerBytes
  for (const number of numbers) {
    array.writeInt32BE(8, offset)
    array.writeInt32BE(Math.floor(number / 2 ** 32), offset + 4)
    array.writeUInt32BE(number >>> 0, offset + 8)
    offset += 12
  }
  return array
}

/** A `bytea[]`. */
export function bytesArray(values: readonly Uint8Array[]): Buffer {
  let bytes = 0
  for (const value of values) bytes += value.length
  const array = arrayOf(byteaType, values.length, bytes)
  let offset = headerBytes
  for (const value of values) {
    array.writeInt32BE(value.length, offset)
    array.set(value, offset + 4)
    offset += 4 + value.length
  }
  return array
}

/** Reads what PostgreSQL prints for an `int8[]` without NULL, such as `{1,2}`. */
export function parseIntegers(text: string): number[] {
  return text === '{}' ? [] : text.slice(1, -1).split(',').map(Number)
}

/** Reads what PostgreSQL prints for a `bytea` (`bytea_output = hex`), such as `\x00ff`. */
export function parseBytes(text: string): Uint8Array {
  // A copy of its own: what `Buffer.from` gives may be a view into memory that others share.
  return new Uint8Array(Buffer.from(text.slice(2), 'hex'))
}
