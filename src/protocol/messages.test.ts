import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { RealmError } from '../errors/index.ts'
import { Reader, Writer } from '../schema/index.ts'
import type { MessageSpec } from './envelope.ts'
import {
  clientMessages,
  defineMessages,
  readWorldFrameHead,
  serverMessages,
  worldFrameBytes,
  worldMessageBytes,
  writeWorldFrameHead,
  writeWorldMessageHead,
} from './index.ts'

const count = fc.nat({ max: Number.MAX_SAFE_INTEGER })
const byte = fc.integer({ min: 0, max: 255 })
const name = fc.string({ unit: 'binary', maxLength: 64 })
const bytes = fc.uint8Array({ maxLength: 100 })
const time = fc.double({ noNaN: true, noDefaultInfinity: true })

const call = { id: count, block: byte, key: name, method: byte, input: bytes }
const hello = fc.record({
  protocol: fc.integer({ min: 0, max: 65_535 }),
  manifestHash: name,
  login: fc.oneof(
    fc.record({ type: fc.constant('ticket' as const), ticket: name }),
    fc.record({
      type: fc.constant('resume' as const),
      session: name,
      token: name,
      received: count,
      attempt: count,
    }),
  ),
})
const command = fc.record({
  channel: count,
  command: byte,
  sequence: count,
  seen: count,
  input: bytes,
})

/** A body of every client message. */
const clientBodies = {
  hello,
  call: fc.record(call),
  callAgain: fc.record({ ...call, agoMs: fc.nat({ max: 2 ** 32 - 1 }) }),
  join: fc.record({
    id: count,
    block: byte,
    mode: byte,
    key: name,
    channel: count,
    options: bytes,
  }),
  leave: fc.record({ channel: count }),
  command,
  commandUnreliable: command,
  ping: fc.record({ time, received: count }),
  listRooms: fc.record({ id: count, block: byte }),
  bye: fc.constant({}),
  desync: fc.record({ channel: count, stream: count, tick: count }),
  rejoin: fc.record({
    ...{ id: count, block: byte, key: name, channel: count },
    ...{ options: bytes, epoch: count, number: count, sequence: count },
  }),
  desyncReport: fc.record({ channel: count, report: name }),
}

type Type = keyof typeof clientBodies
const types = Object.keys(clientBodies) as Type[]

describe('the envelope', () => {
  test('what is written is read, several messages in one', () => {
    const message = fc.constantFrom(...types).chain((type) =>
      // Null prototypes of the generator are not what a decoder makes.
      clientBodies[type].map((body) => ({ type, body: structuredClone(body) })),
    )
    const property = fc.property(fc.array(message, { maxLength: 5 }), (messages) => {
      const writer = new Writer()
      for (const { type, body } of messages) clientMessages.write(writer, type, body as never)
      const got: unknown[] = []
      clientMessages.decode(writer.finish(), ({ type, body }) => {
        got.push({ type, body: structuredClone(body) })
      })
      assert.deepEqual(got, messages)
    })
    fc.assert(property, { numRuns: 500 })
  })

  test('every client message is tried', () => {
    assert.deepEqual(types.sort(), Object.keys(clientMessages.table).sort())
  })

  test('bytes of any origin are read or refused as garbage, never anything else', () => {
    const broken = fc.tuple(fc.uint8Array({ maxLength: 60 }), byte).map(([body, code]) => {
      return Uint8Array.of(code % 14, body.length, ...body)
    })
    const property = fc.property(fc.oneof(fc.uint8Array({ maxLength: 60 }), broken), (bytes) => {
      for (const messages of [clientMessages, serverMessages]) {
        try {
          messages.decode(bytes, () => {})
        } catch (error) {
          assert.ok(error instanceof RealmError)
          assert.equal(error.code, 'PROTOCOL_GARBAGE')
        }
      }
    })
    fc.assert(property, { numRuns: 5000 })
  })

  test('what the receiver throws is its own', () => {
    const ping = clientMessages.encode('ping', { time: 1, received: 2 })
    const own = new RealmError('FLOOD')
    assert.throws(
      () =>
        clientMessages.decode(ping, () => {
          throw own
        }),
      (error) => error === own,
    )
  })

  test('a length that reaches past the end is refused', () => {
    assert.throws(() => clientMessages.decode(Uint8Array.of(4, 200, 1, 0), () => {}), RealmError)
    const huge = Uint8Array.of(9, 0xff, 0xff, 0xff, 0xff, 0x7f)
    assert.throws(() => serverMessages.decode(huge, () => {}), RealmError)
  })

  test('codes are unique', () => {
    const table = { a: { code: 1, body: undefined }, b: { code: 1, body: undefined } }
    assert.throws(() => defineMessages(table), /used twice/)
  })

  test('only those messages count that must not get lost', () => {
    const numbered = (messages: typeof clientMessages | typeof serverMessages): string[] =>
      Object.keys(messages.table).filter((type) => messages.isNumbered(type as never))
    assert.deepEqual(numbered(clientMessages), [
      ...['call', 'join', 'leave', 'command', 'listRooms', 'desync', 'desyncReport', 'rejoin'],
      'callAgain',
    ])
    assert.deepEqual(numbered(serverMessages), [
      'reply',
      'fail',
      'stateFull',
      'stateDelta',
      'event',
      'left',
      'manifest',
    ])
  })
})

test('a world message written in place is the one the envelope would write', () => {
  const head = fc.record({ channel: count, tick: count, acknowledged: count, me: count })
  const property = fc.property(head, bytes, (head, parts) => {
    const writer = new Writer()
    writeWorldFrameHead(writer, head)
    writer.raw(parts)
    const expected = serverMessages.encode('world', writer.finish())
    const frameBytes = worldFrameBytes(head, parts.length)
    const message = new Uint8Array(worldMessageBytes(frameBytes))
    message.set(parts, writeWorldMessageHead(message, head, frameBytes))
    assert.deepEqual(message, expected)
    serverMessages.decode(message, ({ type, body }) => {
      assert.equal(type, 'world')
      const reader = new Reader(body as Uint8Array)
      assert.deepEqual(readWorldFrameHead(reader), { ...head })
      assert.deepEqual(reader.raw(reader.remaining), parts)
    })
  })
  fc.assert(property, { numRuns: 500 })
})

describe('docs/protocol.md', () => {
  const page = readFileSync(new URL('../../docs/protocol.md', import.meta.url), 'utf8')

  test('lists every message with its code and its fields', () => {
    const [client = '', server = ''] = page.split('### From the server')
    const sides = [
      [client.split('### From the client')[1] ?? '', clientMessages.table],
      [server.split('For example')[0] ?? '', serverMessages.table],
    ] as const
    for (const [text, table] of sides) {
      const rows = [...text.matchAll(/^\| (\d+) \| (\w+) \| (yes)? ?\| ?(.*) ?\|$/gm)]
      const told = rows.map(([, code, type, counted, body]) => {
        const fields = (body ?? '').trim().split(' · ').filter(Boolean)
        return `${code} ${type} ${counted === 'yes'} ${fields.map((field) => field.trim())}`
      })
      const expected = Object.entries(table).map(([type, spec]) => {
        const { code, body, numbered = false } = spec as MessageSpec
        const fields = Object.entries(body?.fields ?? {}).map(
          ([name, { kind }]) => `${name} ${kind}`,
        )
        return `${code} ${type} ${numbered} ${type === 'world' ? 'a frame, see below' : fields}`
      })
      assert.deepEqual(told, expected)
    }
  })

  test('shows a ping as it is', () => {
    const bytes = clientMessages.encode('ping', { time: 1.5, received: 300 })
    const shown = Buffer.from(bytes)
      .toString('hex')
      .replace(/..(?!$)/g, '$& ')
    assert.ok(page.includes(`    ${shown}\n`), shown)
  })
})
