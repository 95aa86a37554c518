import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { MessageCodec } from '../cluster/index.ts'
import { RealmError } from '../errors/index.ts'
import { Reader, Writer } from '../schema/index.ts'
import { callIdOf } from './call-id.ts'
import { gateDeliver } from './delivery-message.ts'
import { gateTiles, hostMessage } from './messages.ts'
import type { StreamParts } from './stream-parts.ts'

const id = fc.stringMatching(/^[0-9a-zA-Z_-]{1,64}$/)
const bytes = fc.uint8Array({ maxLength: 40 })
const number = fc.nat({ max: 2 ** 40 })
const byte = fc.nat({ max: 255 })
const float = fc.double({ noNaN: true, noDefaultInfinity: true })
const player = fc.record({ id, name: fc.string({ maxLength: 30, unit: 'grapheme' }) })
const member = fc.record({ session: id, gate: id, player })
const mark = fc.record({ epoch: number, number })
const again = fc.record({ epoch: number, number, sequence: number })
const tiles = fc.array(number, { maxLength: 8 })
const constant = <T extends string>(op: T) => fc.constant(op)

const message = fc.oneof(
  fc.record({
    op: constant('call'),
    method: byte,
    input: bytes,
    caller: fc.option(player, { nil: undefined }),
    callId: id.map(callIdOf),
  }),
  fc.record({
    op: constant('join'),
    member,
    options: bytes,
    seen: fc.option(again, { nil: undefined }),
  }),
  fc.record({ op: constant('leave'), session: id }),
  fc.record({
    op: constant('command'),
    session: id,
    command: byte,
    sequence: number,
    input: bytes,
  }),
  fc.record({ op: constant('connection'), session: id, connected: fc.boolean() }),
  fc.record({
    op: constant('resync'),
    session: id,
    since: fc.option(fc.record({ member, seen: mark }), { nil: undefined }),
  }),
  fc.record({ op: constant('desync'), session: id, report: fc.string({ maxLength: 40 }) }),
  fc.record({
    op: constant('tiles'),
    gate: id,
    number: fc.nat(),
    anew: fc.boolean(),
    subscribe: tiles,
    unsubscribe: tiles,
    keyframes: tiles,
    slow: fc.boolean(),
  }),
)
const part = fc.record({ stream: fc.nat(), body: bytes })
const parts = fc
  .uniqueArray(part, { maxLength: 5, selector: ({ stream }) => stream })
  .map((list): StreamParts => {
    const ascending = list.sort((a, b) => a.stream - b.stream)
    let total = 0
    const ends = ascending.map(({ body }) => {
      total += body.length
      return total
    })
    return {
      streams: Uint32Array.from(ascending, ({ stream }) => stream),
      starts: Uint32Array.of(...(ends.length > 0 ? [0] : []), ...ends.slice(0, -1)),
      ends: Uint32Array.from(ends),
      bytes: Uint8Array.from(ascending.flatMap(({ body }) => [...body])),
    }
  })
const checksums = fc.array(fc.nat()).map((all) => {
  return { streams: Uint32Array.from(all), sums: Uint32Array.from(all, (one) => one ^ 7) }
})
const view = { session: id, x: float, y: float, radius: float, me: number }
const opened = fc.record({ stream: number, tile: number, audience: number, priority: byte })
const batch = fc.record({
  ...{
    tick: number,
    deltas: parts,
    rates: fc.boolean(),
    checksums,
    slow: parts,
    crawl: parts,
    keyframes: parts,
  },
  views: fc.array(fc.oneof(fc.record(view), fc.record({ ...view, audiences: fc.array(number) }))),
  acknowledged: fc.array(fc.record({ session: id, sequence: number })),
  opened: fc.array(opened),
  closed: fc.array(number),
  pressure: byte,
  incarnation: fc.nat(),
  answered: fc.nat(),
})
const delivery = fc.record({
  kind: fc.constantFrom('full', 'delta', 'event', 'left', 'fail', 'begun', 'resumed', 'caughtUp'),
  to: fc.array(member, { maxLength: 5 }),
  event: byte,
  payload: bytes,
})

/** What a codec makes of a value and back. */
function roundTrip<T>(codec: MessageCodec<T>, value: T): T {
  const writer = new Writer()
  codec.write(writer, value)
  const reader = new Reader(writer.finish())
  const read = codec.read(reader)
  reader.end()
  return read
}

/** Arbitraries make objects without a prototype; codecs make plain ones. */
function plain(value: unknown): unknown {
  return structuredClone(value)
}

describe('messages of hosts and gates', () => {
  it('are read as they were written', () => {
    const envelope = fc.record({
      address: id,
      message,
      chain: fc.array(id, { maxLength: 4 }),
      timeoutMs: fc.nat(),
      hops: byte,
      agoMs: fc.option(fc.nat(), { nil: undefined }),
    })
    fc.assert(
      fc.property(envelope, (value) => {
        assert.deepEqual(plain(roundTrip(hostMessage.input, value)), plain(value))
      }),
    )
    fc.assert(
      fc.property(fc.record({ address: id, epoch: fc.nat(), mark, delivery }), (value) => {
        assert.deepEqual(plain(roundTrip(gateDeliver.input, value)), plain(value))
      }),
    )
    fc.assert(
      fc.property(fc.record({ address: id, epoch: fc.nat(), batch }), (value) => {
        assert.deepEqual(plain(roundTrip(gateTiles.input, value)), plain(value))
      }),
    )
  })

  it('of other bytes are refused with a registered error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (any) => {
        for (const { input } of [hostMessage, gateDeliver, gateTiles]) {
          try {
            input.read(new Reader(any))
          } catch (error) {
            assert.ok(error instanceof RealmError && error.code.startsWith('SCHEMA_'))
          }
        }
      }),
      { numRuns: 1000 },
    )
  })
})
