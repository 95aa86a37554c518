import assert from 'node:assert/strict'
import { test } from 'node:test'
import { binaryFrame, FrameReader } from './frames.ts'

/** What a server would send: unmasked frames of these sizes, each filled with its index. */
function stream(sizes: readonly number[], opcode: number): Uint8Array {
  const frames = sizes.map((size, index) => {
    const head =
      size < 126 ? [size] : size < 65_536 ? [126, size >> 8, size & 255] : [127, ...eight(size)]
    return Buffer.concat([Buffer.from([0x80 | opcode, ...head]), Buffer.alloc(size, index)])
  })
  return Buffer.concat(frames)
}

function eight(size: number): number[] {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(size))
  return [...bytes]
}

function read(bytes: Uint8Array, chunk: number, keeps: boolean) {
  const sizes: number[] = []
  const payloads: (Uint8Array | undefined)[] = []
  let pings = 0
  const reader = new FrameReader({
    message: (size, payload) => {
      sizes.push(size)
      payloads.push(payload)
    },
    ping: () => pings++,
    closed: () => undefined,
  })
  reader.keeps = keeps
  for (let at = 0; at < bytes.length; at += chunk) {
    reader.feed(bytes, at, Math.min(bytes.length, at + chunk))
  }
  return { sizes, payloads, pings }
}

const SIZES = [0, 1, 125, 126, 300, 65_535, 65_536, 7]

for (const chunk of [1, 2, 3, 127, 4_096, 1_000_000]) {
  test(`frames are found in reads of ${chunk} bytes`, () => {
    const { sizes, payloads } = read(stream(SIZES, 2), chunk, true)
    assert.deepEqual(sizes, SIZES)
    assert.ok(payloads.every((payload, index) => payload?.every((byte) => byte === index)))
    const counted = read(stream(SIZES, 2), chunk, false)
    assert.deepEqual(counted.sizes, SIZES)
    assert.ok(counted.payloads.every((payload) => payload === undefined))
  })
}

test('a ping is no message', () => {
  const { sizes, pings } = read(stream([0, 4], 9), 3, false)
  assert.deepEqual(sizes, [])
  assert.equal(pings, 2)
})

test('a client frame is masked', () => {
  const bytes = binaryFrame(new Uint8Array([1, 2, 3, 4, 5]), 0x0a0b0c0d)
  assert.deepEqual([...bytes.subarray(0, 6)], [0x82, 0x85, 10, 11, 12, 13])
  assert.deepEqual([...bytes.subarray(6)], [1 ^ 10, 2 ^ 11, 3 ^ 12, 4 ^ 13, 5 ^ 10])
})
