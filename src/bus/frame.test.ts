import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { eachMessage, frameHead, frameKind, openChunk, openFrame, packFrames } from './frame.ts'
import { Reassembly } from './reassembly.ts'

const heads = {
  batch: frameHead(frameKind.batch, 'life-1'),
  chunk: frameHead(frameKind.chunk, 'life-1'),
}

/** What a receiver makes of frames that arrive one after another. */
function unpack(frames: readonly Uint8Array[], reassembly: Reassembly<object>): Uint8Array[] {
  const sender = {}
  const messages: Uint8Array[] = []
  for (const bytes of frames) {
    const frame = openFrame(bytes)
    assert.equal(frame?.incarnation, 'life-1')
    if (frame?.kind === frameKind.batch) {
      assert.ok(eachMessage(frame.body, (message) => messages.push(message)))
    } else {
      const chunk = openChunk(frame?.body ?? new Uint8Array())
      assert.ok(chunk)
      const message = reassembly.add(sender, chunk)
      if (message) messages.push(message)
    }
  }
  return messages
}

describe('frames', () => {
  it('bring every list of messages over, in order, within their limit', () => {
    const messages = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 30 })
    fc.assert(
      fc.property(messages, fc.integer({ min: 30, max: 200 }), (sent, frameBytesMax) => {
        let transfers = 0
        const frames = packFrames(sent, heads, frameBytesMax, () => {
          transfers += 1
          return transfers
        })
        for (const frame of frames) assert.ok(frame.length <= frameBytesMax)
        assert.deepEqual(unpack(frames, new Reassembly(300, 300)), sent)
      }),
    )
  })

  it('hold as many messages as fit', () => {
    const sent = Array.from({ length: 100 }, () => new Uint8Array(6))
    const frames = packFrames(sent, heads, heads.batch.length + 25 * 10, () => 1)
    assert.equal(frames.length, 4)
  })

  it('are refused, not believed, whatever bytes arrive', () => {
    const anything = fc.oneof(
      fc.uint8Array({ maxLength: 64 }),
      fc.uint8Array({ maxLength: 64 }).map((bytes) => {
        const frame = new Uint8Array(heads.batch.length + bytes.length)
        frame.set(heads.batch)
        frame.set(bytes, heads.batch.length)
        return frame
      }),
    )
    fc.assert(
      fc.property(anything, (bytes) => {
        const frame = openFrame(bytes)
        if (frame === undefined) return
        let received = 0
        eachMessage(frame.body, (message) => {
          received += 4 + message.length
        })
        assert.ok(received <= bytes.length)
        const chunk = openChunk(frame.body)
        if (chunk) assert.ok(chunk.offset + chunk.bytes.length <= chunk.total)
      }),
    )
  })
})

describe('reassembly', () => {
  const chunk = (transfer: number, offset: number, total: number, length: number) => ({
    transfer,
    offset,
    total,
    bytes: new Uint8Array(length),
  })

  it('loses a message of which a chunk is missing, and takes the next one', () => {
    const sender = {}
    const reassembly = new Reassembly<object>(100, 100)
    assert.equal(reassembly.add(sender, chunk(1, 0, 30, 10)), undefined)
    assert.equal(reassembly.add(sender, chunk(1, 20, 30, 10)), undefined)
    assert.equal(reassembly.add(sender, chunk(1, 10, 30, 20)), undefined)
    assert.equal(reassembly.add(sender, chunk(2, 0, 20, 10)), undefined)
    assert.equal(reassembly.add(sender, chunk(2, 10, 20, 10))?.length, 20)
  })

  it('holds no more than its limits, of one sender and of all', () => {
    const reassembly = new Reassembly<object>(100, 100)
    const [one, two] = [{}, {}]
    assert.equal(reassembly.add(one, chunk(1, 0, 101, 100)), undefined)
    assert.equal(reassembly.add(one, chunk(1, 100, 101, 1)), undefined)
    assert.equal(reassembly.add(one, chunk(2, 0, 100, 60)), undefined)
    assert.equal(reassembly.add(two, chunk(1, 0, 100, 60)), undefined)
    assert.equal(reassembly.add(two, chunk(1, 60, 100, 40)), undefined)
    assert.equal(reassembly.add(one, chunk(2, 60, 100, 40))?.length, 100)
    assert.equal(reassembly.add(two, chunk(2, 0, 100, 60)), undefined)
    reassembly.forget(two)
    assert.equal(reassembly.add(one, chunk(3, 0, 100, 90)), undefined)
    assert.equal(reassembly.add(one, chunk(3, 90, 100, 10))?.length, 100)
  })
})
