import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Reader, Writer } from './index.ts'
import { utf8Length, utf8Read, utf8Write, wellFormed } from './utf8.ts'
import { writerBytesMax } from './writer.ts'

test('numbers are little-endian and come back', () => {
  const writer = new Writer(1)
  writer.u8(0xab)
  writer.u16(0x1234)
  writer.u32(0xdeadbeef)
  writer.i8(-1)
  writer.i16(-2)
  writer.i32(-3)
  writer.f32(1.5)
  writer.f64(Math.PI)
  writer.uint(0x010203040506, 6)
  writer.bool(true)
  writer.text('寧')
  writer.bytes(new Uint8Array([7, 8]))
  writer.raw(new Uint8Array([9]))
  const bytes = writer.finish()
  assert.deepEqual([...bytes.subarray(0, 7)], [0xab, 0x34, 0x12, 0xef, 0xbe, 0xad, 0xde])
  const reader = new Reader(bytes)
  assert.equal(reader.u8(), 0xab)
  assert.equal(reader.u16(), 0x1234)
  assert.equal(reader.u32(), 0xdeadbeef)
  assert.deepEqual([reader.i8(), reader.i16(), reader.i32()], [-1, -2, -3])
  assert.deepEqual([reader.f32(), reader.f64()], [1.5, Math.PI])
  assert.equal(reader.uint(6), 0x010203040506)
  assert.equal(reader.bool(), true)
  assert.equal(reader.text(), '寧')
  assert.deepEqual(reader.bytes(), new Uint8Array([7, 8]))
  assert.equal(reader.offset, bytes.length - 1)
  assert.throws(() => reader.end(), { code: 'SCHEMA_MALFORMED' })
  assert.deepEqual(reader.raw(1), new Uint8Array([9]))
  reader.end()
  assert.throws(() => reader.u8(), { code: 'SCHEMA_TRUNCATED' })
})

test('a varint takes one to eight bytes and has one spelling', () => {
  const writer = new Writer()
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.nat(52), (value, bits) => {
      const small = value % 2 ** bits
      writer.reset()
      writer.varint(small)
      const size = Math.max(1, Math.ceil(small.toString(2).length / 7))
      assert.equal(writer.length, size)
      assert.equal(new Reader(writer.finish()).varint(), small)
    }),
  )
  const read = (bytes: number[]) => () => new Reader(new Uint8Array(bytes)).varint()
  assert.throws(read([0x80, 0]), { code: 'SCHEMA_MALFORMED' })
  assert.throws(read([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x1f]), {
    code: 'SCHEMA_MALFORMED',
  })
  assert.throws(read(Array(9).fill(0x80)), { code: 'SCHEMA_MALFORMED' })
  assert.equal(read([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f])(), Number.MAX_SAFE_INTEGER)
})

test('UTF-8 is that of TextEncoder and TextDecoder', () => {
  const encoder = new TextEncoder()
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  const texts = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }), lone)
  fc.assert(
    fc.property(texts, (text) => {
      const bytes = encoder.encode(text)
      const target = new Uint8Array(utf8Length(text))
      assert.equal(utf8Write(target, 0, text), target.length)
      assert.deepEqual(target, bytes)
      assert.equal(utf8Read(bytes, 0, bytes.length), decoder.decode(bytes))
      assert.equal(wellFormed(text), text.toWellFormed())
    }),
    { numRuns: 1000 },
  )
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 6 }), (bytes) => {
      let known: string | undefined
      try {
        known = decoder.decode(bytes)
      } catch {
        known = undefined
      }
      assert.equal(utf8Read(bytes, 0, bytes.length), known)
    }),
    { numRuns: 5000 },
  )
})

/** Texts with surrogates that have lost their other half. */
const lone = fc
  .array(fc.constantFrom('a', '\ud83d', '\udc7e', 'é', '👾'), { maxLength: 6 })
  .map((parts) => parts.join(''))

test('every sequence of two and three bytes is judged as TextDecoder does', () => {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  const leads = [0x7f, 0x80, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5, 0xff]
  const seconds = [0, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0]
  for (const lead of leads) {
    for (const second of seconds) {
      for (const third of [0x41, 0x80, 0xbf, 0xc0]) {
        for (const size of [1, 2, 3, 4]) {
          const bytes = new Uint8Array([lead, second, third, 0x80]).subarray(0, size)
          let known: string | undefined
          try {
            known = decoder.decode(bytes)
          } catch {
            known = undefined
          }
          assert.equal(utf8Read(bytes, 0, size), known, [...bytes].join())
        }
      }
    }
  }
})

test('a long text is read in pieces', () => {
  const long = 'ab寧👾'.repeat(2000)
  const writer = new Writer()
  writer.text(long)
  assert.equal(new Reader(writer.finish()).text(20_000), long)
  assert.throws(() => new Reader(writer.finish()).text(9_999), { code: 'SCHEMA_LIMIT' })
})

test('numbers that are not finite are refused', () => {
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    const writer = new Writer()
    writer.f32(value)
    writer.f64(value)
    const reader = new Reader(writer.finish())
    assert.throws(() => reader.f32(), { code: 'SCHEMA_MALFORMED' })
    assert.throws(() => reader.f64(), { code: 'SCHEMA_MALFORMED' })
  }
})

test('a writer is reused, truncated and bounded', () => {
  const writer = new Writer(16)
  writer.raw(new Uint8Array(100).fill(1))
  const copy = writer.finish()
  const view = writer.view()
  writer.reset()
  writer.u8(9)
  assert.equal(copy[0], 1)
  assert.equal(view[0], 9, 'the view is not a copy')
  writer.truncate(0)
  assert.equal(writer.length, 0)
  writer.truncate(50)
  assert.equal(writer.length, 0, 'truncating never adds')
  const huge = { length: writerBytesMax + 1 } as Uint8Array
  assert.throws(() => writer.raw(huge), { code: 'SCHEMA_LIMIT' })
})

test('a reader keeps to its part of the bytes', () => {
  const bytes = new Uint8Array([1, 2, 3, 4])
  const reader = new Reader(bytes.subarray(1), 0, 2)
  assert.equal(reader.u16(), 0x0302)
  assert.throws(() => reader.u8(), { code: 'SCHEMA_TRUNCATED' })
  assert.throws(() => new Reader(bytes, 3, 9), { code: 'SCHEMA_TRUNCATED' })
})
