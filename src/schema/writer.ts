import { RealmError } from '../errors/index.ts'
import { utf8Length, utf8Write } from './utf8.ts'

/** A writer refuses to grow past this: one value is never meant to be larger than 64 MiB. */
export const writerBytesMax = 64 * 1024 * 1024

/**
 * A growable little-endian byte buffer. One writer is made to be kept and `reset()` between uses:
 * its memory is reused, so the hot path allocates nothing.
 */
export class Writer {
  #bytes: Uint8Array<ArrayBuffer>
  #data: DataView
  #at = 0

  /** @param initialBytes room to begin with, in bytes */
  constructor(initialBytes = 256) {
    this.#bytes = new Uint8Array(Math.max(16, initialBytes))
    this.#data = new DataView(this.#bytes.buffer)
  }

  /** Bytes written since the last `reset()`. */
  get length(): number {
    return this.#at
  }

  /** Forgets everything written; the memory is kept. */
  reset(): void {
    this.#at = 0
  }

  /** Forgets everything written after the first `length` bytes. */
  truncate(length: number): void {
    if (length < this.#at) this.#at = length
  }

  #grow(count: number): void {
    const needed = this.#at + count
    if (needed > writerBytesMax) {
      throw new RealmError('SCHEMA_LIMIT', `More than ${writerBytesMax} bytes were written.`)
    }
    const bytes = new Uint8Array(Math.min(writerBytesMax, Math.max(needed, this.#bytes.length * 2)))
    bytes.set(this.#bytes.subarray(0, this.#at))
    this.#bytes = bytes
    this.#data = new DataView(bytes.buffer)
  }

  u8(value: number): void {
    if (this.#at === this.#bytes.length) this.#grow(1)
    this.#bytes[this.#at++] = value
  }

  u16(value: number): void {
    if (this.#at + 2 > this.#bytes.length) this.#grow(2)
    this.#bytes[this.#at++] = value
    this.#bytes[this.#at++] = value >>> 8
  }

  u32(value: number): void {
    if (this.#at + 4 > this.#bytes.length) this.#grow(4)
    this.#data.setUint32(this.#at, value, true)
    this.#at += 4
  }

  i8(value: number): void {
    this.u8(value)
  }

  i16(value: number): void {
    this.u16(value)
  }

  i32(value: number): void {
    this.u32(value)
  }

  f32(value: number): void {
    if (this.#at + 4 > this.#bytes.length) this.#grow(4)
    this.#data.setFloat32(this.#at, value, true)
    this.#at += 4
  }

  f64(value: number): void {
    if (this.#at + 8 > this.#bytes.length) this.#grow(8)
    this.#data.setFloat64(this.#at, value, true)
    this.#at += 8
  }

  /** A whole number 0…2^53−1, seven bits a byte, lowest first. */
  varint(value: number): void {
    if (this.#at + 8 > this.#bytes.length) this.#grow(8)
    const bytes = this.#bytes
    let rest = value
    while (rest > 0x7fffffff) {
      bytes[this.#at++] = (rest % 128) | 0x80
      rest = Math.floor(rest / 128)
    }
    while (rest > 0x7f) {
      bytes[this.#at++] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    bytes[this.#at++] = rest
  }

  /** A whole number of `size` bytes (1…6), little-endian. */
  uint(value: number, size: number): void {
    if (this.#at + size > this.#bytes.length) this.#grow(size)
    let rest = value
    for (let index = 0; index < size; index += 1) {
      this.#bytes[this.#at++] = rest % 256
      rest = Math.floor(rest / 256)
    }
  }

  bool(value: boolean): void {
    this.u8(value ? 1 : 0)
  }

  /** UTF-8 behind its length in bytes (varint). */
  text(value: string): void {
    const size = utf8Length(value)
    this.varint(size)
    if (this.#at + size > this.#bytes.length) this.#grow(size)
    this.#at = utf8Write(this.#bytes, this.#at, value)
  }

  /** Bytes behind their count (varint). */
  bytes(value: Uint8Array): void {
    this.varint(value.length)
    this.raw(value)
  }

  /** Bytes as they are, without a length. */
  raw(value: Uint8Array): void {
    if (this.#at + value.length > this.#bytes.length) this.#grow(value.length)
    this.#bytes.set(value, this.#at)
    this.#at += value.length
  }

  /** What was written, as a copy of its own. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#at)
  }

  /** What was written, not copied: valid only until the next write or `reset()`. */
  view(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#at)
  }
}
