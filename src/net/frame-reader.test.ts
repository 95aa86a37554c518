import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type FrameHandlers, FrameReader } from './frame-reader.ts'

interface Frame {
  readonly opcode: number
  readonly fin: boolean
  readonly payload: Uint8Array
  readonly mask: Uint8Array
}

function written({ opcode, fin, payload, mask }: Frame): number[] {
  const { length } = payload
  const size =
    length < 126
      ? [length | 128]
      : length < 65_536
        ? [126 | 128, length >> 8, length & 255]
        : [127 | 128, 0, 0, 0, 0, 0, length >> 16, (length >> 8) & 255, length & 255]
  const masked = Array.from(payload, (byte, index) => byte ^ (mask[index & 3] as number))
  return [opcode | (fin ? 128 : 0), ...size, ...mask, ...masked]
}

/** Collects what a reader tells, and copies it, since bytes are lent. */
function told(): { readonly list: unknown[]; readonly handlers: FrameHandlers } {
  const list: unknown[] = []
  return {
    list,
    handlers: {
      message: (bytes, start, end, binary) =>
        list.push([binary ? 'binary' : 'text', [...bytes.subarray(start, end)]]),
      ping: (bytes) => list.push(['ping', [...bytes]]),
      pong: () => list.push(['pong']),
      closedBy: (code) => list.push(['close', code]),
      broken: (code) => list.push(['broken', code]),
    },
  }
}

const limits = { messageBytesMax: 70_000, fragmentsMax: 8 }
const mask = fc.uint8Array({ minLength: 4, maxLength: 4 })
const sizes = fc.oneof(fc.nat(20), fc.constantFrom(0, 1, 125, 126, 127, 65_535, 65_536, 70_000))
const payload = sizes.map((size) => Uint8Array.from({ length: size }, (_, at) => (at * 7) & 255))

/** A message in fragments, pings between them. */
const message = fc.record({
  binary: fc.boolean(),
  payload,
  cuts: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 4 }),
  ping: fc.option(fc.uint8Array({ maxLength: 125 }), { nil: undefined }),
  mask,
})

describe('frames', () => {
  it('are read whole however their bytes arrive', () => {
    const chunks = fc.array(fc.integer({ min: 1, max: 9000 }), { minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(fc.array(message, { maxLength: 5 }), chunks, (messages, lengths) => {
        const bytes: number[] = []
        const expected: unknown[] = []
        for (const { binary, payload, cuts, ping, mask } of messages) {
          const ends = [...cuts.map((cut) => Math.floor(cut * payload.length)), payload.length]
          ends.sort((a, b) => a - b)
          let start = 0
          for (const [index, end] of ends.entries()) {
            const opcode = index > 0 ? 0 : binary ? 2 : 1
            const fin = index === ends.length - 1
            bytes.push(...written({ opcode, fin, payload: payload.slice(start, end), mask }))
            start = end
            if (ping === undefined || fin) continue
            bytes.push(...written({ opcode: 9, fin: true, payload: ping, mask }))
            expected.push(['ping', [...ping]])
          }
          expected.push([binary ? 'binary' : 'text', [...payload]])
        }
        const { list, handlers } = told()
        const reader = new FrameReader(handlers, limits)
        for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
          const length = lengths[turn % lengths.length] as number
          reader.push(Uint8Array.from(bytes.slice(at, at + length)))
          at += length
        }
        assert.deepEqual(list, expected)
      }),
      { numRuns: 60 },
    )
  })

  it('of any bytes end in messages or in one word that they are broken', () => {
    const pieces = fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 8 })
    fc.assert(
      fc.property(pieces, (chunks) => {
        const { list, handlers } = told()
        const reader = new FrameReader(handlers, limits)
        for (const chunk of chunks) reader.push(chunk)
        const ends = list.filter((one) => ['close', 'broken'].includes((one as string[])[0] ?? ''))
        assert.ok(ends.length <= 1)
        assert.ok(ends.length === 0 || list.at(-1) === ends[0], 'nothing is told after the end')
      }),
      { numRuns: 3000 },
    )
  })

  const key = Uint8Array.of(1, 2, 3, 4)
  const frame = (opcode: number, payload: number[] = [], fin = true): number[] =>
    written({ opcode, fin, payload: Uint8Array.from(payload), mask: key })
  const cases: Record<string, [bytes: number[], told: unknown[]]> = {
    'a goodbye': [frame(8, [3, 232]), ['close', 1000]],
    'a goodbye without a code': [frame(8), ['close', 1005]],
    'a goodbye of one byte': [frame(8, [3]), ['broken', 1002]],
    'a forbidden code': [frame(8, [3, 237]), ['broken', 1002]],
    'a control frame in pieces': [frame(9, [], false), ['broken', 1002]],
    'a long control frame': [frame(9, new Array(126).fill(1)), ['broken', 1002]],
    'an unknown control frame': [frame(11), ['broken', 1002]],
    'an unknown data frame': [frame(3), ['broken', 1002]],
    'a continuation of nothing': [frame(0), ['broken', 1002]],
    'a message within a message': [
      [...frame(2, [], false), ...frame(2)],
      ['broken', 1002],
    ],
    'no mask': [
      [130, 1, 5],
      ['broken', 1002],
    ],
    'a reserved bit': [
      [0xc2, 128, 0, 0, 0, 0],
      ['broken', 1002],
    ],
    'a size beyond all numbers': [
      [130, 255, ...new Array(8).fill(255)],
      ['broken', 1009],
    ],
    'too many fragments': [
      [...frame(2, [], false), ...Array.from({ length: 8 }, () => frame(0, [], false)).flat()],
      ['broken', 1009],
    ],
    'fragments that add up to too much': [
      [...frame(2, new Array(40_000).fill(1), false), ...frame(0, new Array(40_000).fill(1))],
      ['broken', 1009],
    ],
  }
  for (const [name, [bytes, expected]] of Object.entries(cases)) {
    it(`tells of ${name}`, () => {
      const { list, handlers } = told()
      new FrameReader(handlers, limits).push(Uint8Array.from([...bytes, ...frame(2, [1])]))
      assert.deepEqual(list.at(-1), expected)
    })
  }
})
