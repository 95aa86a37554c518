import { RealmError } from '../errors/index.ts'
import { utf8Read } from './utf8.ts'

function truncated(): RealmError {
  return new RealmError('SCHEMA_TRUNCATED')
}

function malformed(detail: string): RealmError {
  return new RealmError('SCHEMA_MALFORMED', detail)
}

/**
 * One view for the floats of all readers: making one for each reader costs more than most messages
 * do.
 */
const floatBytes = new Uint8Array(8)
const floats = new DataView(floatBytes.buffer)

/**
 * Reads what a `Writer` wrote. The bytes may come from anyone: every getter either returns a value
 * or throws `SCHEMA_TRUNCATED`, `SCHEMA_LIMIT` or `SCHEMA_MALFORMED`, and none allocates more than
 * the bytes that are really there.
 */
export class Reader {
  #bytes: Uint8Array
  #end: number
  #at: number

  /** Reads `bytes[start, end)`. */
  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    if (start < 0 || end > bytes.length || start > end) throw truncated()
    this.#bytes = bytes
    this.#at = start
    this.#end = end
  }

  /** Goes on with `bytes[start, end)`: a reader that is kept costs nothing for each value. */
  over(bytes: Uint8Array, start: number, end: number): this {
    if (start < 0 || end > bytes.length || start > end) throw truncated()
    this.#bytes = bytes
    this.#at = start
    this.#end = end
    return this
  }

  /** Bytes not yet read. */
  get remaining(): number {
    return this.#end - this.#at
  }

  /** Where the next byte is read, counted from the start of the array. */
  get offset(): number {
    return this.#at
  }

  #take(count: number): number {
    const at = this.#at
    if (count > this.#end - at) throw truncated()
    this.#at = at + count
    return at
  }

  u8(): number {
    return this.#bytes[this.#take(1)] as number
  }

  u16(): number {
    const at = this.#take(2)
    return (this.#bytes[at] as number) | ((this.#bytes[at + 1] as number) << 8)
  }

  u32(): number {
    return this.i32() >>> 0
  }

  i8(): number {
    return (this.u8() << 24) >> 24
  }

  i16(): number {
    return (this.u16() << 16) >> 16
  }

  i32(): number {
    const bytes = this.#bytes
    const at = this.#take(4)
    return (
      (bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24)
    )
  }

  /** A 32-bit float; NaN and the infinities are refused, for no game value may be one. */
  f32(): number {
    this.#toFloats(4)
    return this.#finite(floats.getFloat32(0, true))
  }

  /** A 64-bit float; NaN and the infinities are refused, for no game value may be one. */
  f64(): number {
    this.#toFloats(8)
    return this.#finite(floats.getFloat64(0, true))
  }

  /** Brings the next `count` bytes where a float can be read from. */
  #toFloats(count: number): void {
    const at = this.#take(count)
    for (let index = 0; index < count; index += 1) {
      floatBytes[index] = this.#bytes[at + index] as number
    }
  }

  #finite(value: number): number {
    if (!Number.isFinite(value)) throw malformed('A number is not finite.')
    return value
  }

  /** A whole number 0…2^53−1. Longer spellings of the same number are refused. */
  varint(): number {
    let value = 0
    let scale = 1
    for (let count = 0; count < 8; count += 1) {
      const byte = this.u8()
      value += (byte & 0x7f) * scale
      if (byte < 0x80) {
        if (byte === 0 && count > 0) throw malformed('A number is written longer than needed.')
        if (value > Number.MAX_SAFE_INTEGER) break
        return value
      }
      scale *= 128
    }
    throw malformed('A number is larger than 2^53 − 1.')
  }

  /** A whole number of `size` bytes (1…6), little-endian. */
  uint(size: number): number {
    const at = this.#take(size)
    let value = 0
    for (let index = size - 1; index >= 0; index -= 1) {
      value = value * 256 + (this.#bytes[at + index] as number)
    }
    return value
  }

  bool(): boolean {
    const byte = this.u8()
    if (byte > 1) throw malformed('A truth value is neither 0 nor 1.')
    return byte === 1
  }

  /**
   * UTF-8 behind its length.
   * @param unitsMax the longest text allowed, in UTF-16 code units (what `.length` counts)
   */
  text(unitsMax = 65_535): string {
    const size = this.varint()
    if (size > unitsMax * 3) throw this.#tooLong(unitsMax)
    const start = this.#take(size)
    const value = utf8Read(this.#bytes, start, start + size)
    if (value === undefined) throw malformed('A text is not valid UTF-8.')
    if (value.length > unitsMax) throw this.#tooLong(unitsMax)
    return value
  }

  #tooLong(unitsMax: number): RealmError {
    return new RealmError('SCHEMA_LIMIT', `A text may be ${unitsMax} characters long.`)
  }

  /** Bytes behind their count, as a copy of their own. */
  bytes(bytesMax = 16 * 1024 * 1024): Uint8Array<ArrayBuffer> {
    const size = this.varint()
    if (size > bytesMax) throw new RealmError('SCHEMA_LIMIT', `At most ${bytesMax} bytes.`)
    return new Uint8Array(this.raw(size))
  }

  /** The next `count` bytes, not copied. */
  raw(count: number): Uint8Array {
    const start = this.#take(count)
    return this.#bytes.subarray(start, start + count)
  }

  /** Throws `SCHEMA_MALFORMED` where bytes remain. */
  end(): void {
    if (this.#at < this.#end) throw malformed(`${this.remaining} bytes follow the value.`)
  }
}
