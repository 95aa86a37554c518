import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { RealmError } from '../errors/index.ts'
import {
  type CommandHead,
  clientMessages,
  isCommand,
  isNumberedCommand,
  readCommand,
} from './index.ts'

const body = fc.record({
  channel: fc.nat(),
  command: fc.nat(255),
  sequence: fc.maxSafeNat(),
  seen: fc.maxSafeNat(),
  input: fc.uint8Array({ maxLength: 200 }),
})

/** What reading by the schema makes of the message at `start`; undefined where it throws. */
function bySchema(bytes: Uint8Array, start: number): object | undefined {
  let found: object | undefined
  try {
    clientMessages.decodeOne(bytes, start, bytes.length, ({ type, body }) => {
      found = { type, ...body }
    })
  } catch (error) {
    assert.ok(error instanceof RealmError && error.code === 'PROTOCOL_GARBAGE')
  }
  return found
}

function byHand(bytes: Uint8Array, start: number): object | undefined {
  const head = {} as CommandHead
  try {
    readCommand(bytes, start, bytes.length, head)
  } catch (error) {
    assert.ok(error instanceof RealmError && error.code === 'PROTOCOL_GARBAGE')
    return undefined
  }
  const { channel, command, sequence, seen, inputStart, inputEnd } = head
  const type = isNumberedCommand(bytes, start) ? 'command' : 'commandUnreliable'
  return { type, channel, command, sequence, seen, input: bytes.slice(inputStart, inputEnd) }
}

it('commands read by hand are those the schema reads, whatever their bytes', () => {
  const damage = fc.array(fc.tuple(fc.nat(40), fc.nat(255)), { maxLength: 3 })
  fc.assert(
    fc.property(
      body,
      fc.boolean(),
      fc.nat(3),
      damage,
      fc.nat(5),
      (it, numbered, gap, harm, cut) => {
        const whole = clientMessages.encode(numbered ? 'command' : 'commandUnreliable', it)
        const bytes = new Uint8Array(gap + whole.length - Math.min(cut, whole.length - 1))
        bytes.set(whole.subarray(0, bytes.length - gap), gap)
        for (const [at, value] of harm) bytes[gap + 1 + (at % whole.length)] = value
        assert.ok(isCommand(bytes, gap))
        assert.deepEqual(byHand(bytes, gap), bySchema(bytes, gap))
      },
    ),
    { numRuns: 2000 },
  )
})
