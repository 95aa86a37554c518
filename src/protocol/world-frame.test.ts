import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Reader } from '../schema/index.ts'
import {
  readWorldFrameHead,
  tilePartHeadBytes,
  worldFrameBytes,
  worldMessageBytes,
  writeTilePartHead,
  writeWorldMessageHead,
} from './world-frame.ts'

/** Where a varint grows by a byte, and what is beyond 32 bits. */
const numbers = [0, 1, 127, 128, 16_383, 16_384, 2 ** 21 - 1, 2 ** 21, 2 ** 31, 2 ** 32, 2 ** 50]

describe('world frames', () => {
  it('have heads of the length computed for them, whatever the numbers', () => {
    for (const [index, tick] of numbers.entries()) {
      const at = (step: number): number => numbers[(index + step) % numbers.length] as number
      const head = { channel: at(1), tick, acknowledged: at(2), me: at(3) }
      const frameBytes = worldFrameBytes(head, 0)
      const target = new Uint8Array(64)
      const end = writeWorldMessageHead(target, head, frameBytes, 5)
      assert.equal(end - 5, worldMessageBytes(frameBytes))
      assert.deepEqual(readWorldFrameHead(new Reader(target, end - frameBytes, end)), head)
    }
  })

  it('have parts whose heads are of the length computed for them', () => {
    for (const stream of [0, 31, 32, 4_095, 4_096, 1_000_000]) {
      for (const length of numbers) {
        const target = new Uint8Array(32)
        const end = writeTilePartHead(target, 3, stream, 3, length)
        assert.equal(end - 3, tilePartHeadBytes(stream, length))
        const reader = new Reader(target, 3, end)
        assert.deepEqual([reader.varint(), reader.varint()], [stream * 4 + 3, length])
        reader.end()
      }
    }
  })
})
