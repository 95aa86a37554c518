import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RealmError } from '../errors/index.ts'
import {
  decode,
  encode,
  list,
  Mirror,
  map,
  Reader,
  type RecordType,
  record,
  Tracked,
  type Type,
  type TypeDescriptor,
  text,
  typeFromDescriptor,
  u8,
  Writer,
} from './index.ts'
import { Dice, rollsOf } from './testing/dice.ts'
import { mutateWithin } from './testing/mutate.ts'
import { recordSample } from './testing/samples.ts'

const wireCodes = new Set(['SCHEMA_TRUNCATED', 'SCHEMA_LIMIT', 'SCHEMA_MALFORMED'])

/**
 * Runs `attack`; whatever it throws must be an error of those codes. Returns whether it got
 * through.
 */
function survives(attack: () => void, codes: ReadonlySet<string>, input: () => string): boolean {
  try {
    attack()
    return true
  } catch (error) {
    if (error instanceof RealmError && codes.has(error.code)) return false
    throw new Error(`${input()}: ${error}`, { cause: error })
  }
}

/** The bytes with a few of them changed, removed or added; or other bytes altogether. */
function damaged(bytes: Uint8Array, dice: Dice): Uint8Array {
  if (dice.roll(8) === 0) return Uint8Array.from({ length: dice.roll(24) }, () => dice.roll(256))
  const copy = [...bytes]
  for (let count = 1 + dice.roll(3); count > 0; count -= 1) {
    const at = dice.roll(copy.length + 1)
    const value = dice.pick([0, 1, 2, 0x7f, 0x80, 0xff, dice.roll(256)])
    copy.splice(at, dice.roll(3), ...(dice.roll(2) === 0 ? [value] : []))
  }
  return Uint8Array.from(copy)
}

test('decode survives 60,000 damaged inputs, and takes only what it would write itself', () => {
  let accepted = 0
  for (let round = 0; round < 300; round += 1) {
    const { type, make } = recordSample(new Dice(rollsOf(round, 60)), 4)
    const bytes = encode(type, type.check(make(new Dice(rollsOf(round + 1e6, 200)))))
    const dice = new Dice(rollsOf(round + 2e6, 6000))
    for (let index = 0; index < 200; index += 1) {
      const input = damaged(bytes, dice)
      const attack = () => {
        const value = decode(type, input)
        assert.deepEqual(encode(type, type.check(value)), input)
      }
      if (survives(attack, wireCodes, () => `round ${round}, bytes ${input}`)) accepted += 1
    }
  }
  assert.ok(accepted > 1000 && accepted < 59_000, `${accepted} were accepted`)
})

/** A filled mirror and a delta for it. */
function scene(seed: number) {
  const sample = recordSample(new Dice(rollsOf(seed, 60)), 4)
  const dice = new Dice(rollsOf(seed + 1e6, 500))
  const tracked = new Tracked(sample.type, sample.make(dice) as never) as Tracked<object>
  const writer = new Writer()
  const view = { scope: 'own', player: 'p1' } as const
  tracked.writeFull(writer, view)
  const full = writer.finish()
  for (let count = 0; count < 12; count += 1) mutateWithin(sample.shape, tracked.state, dice)
  writer.reset()
  tracked.writeDelta(writer, view)
  return { type: sample.type, full, delta: writer.finish() }
}

test('a mirror survives 40,000 damaged deltas and full states', () => {
  let accepted = 0
  for (let round = 0; round < 200; round += 1) {
    const { type, full, delta } = scene(round)
    const mirror = new Mirror(type)
    const dice = new Dice(rollsOf(round + 2e6, 6000))
    for (let index = 0; index < 100; index += 1) {
      const other = damaged(full, dice)
      survives(
        () => mirror.readFull(new Reader(other)),
        wireCodes,
        () => `full ${round}: ${other}`,
      )
      mirror.readFull(new Reader(full))
      const input = damaged(delta, dice)
      const attack = () => mirror.applyDelta(new Reader(input))
      if (survives(attack, wireCodes, () => `delta ${round}: ${input}`)) accepted += 1
      // Whatever happened, the next full state mends it.
      mirror.readFull(new Reader(full))
    }
    const fresh = new Mirror(type)
    fresh.readFull(new Reader(full))
    assert.equal(JSON.stringify(mirror.state), JSON.stringify(fresh.state))
  }
  assert.ok(accepted > 500 && accepted < 19_500, `${accepted} were accepted`)
})

const junk: readonly unknown[] = [
  null,
  -1,
  1e9,
  0.5,
  '',
  '__proto__',
  'constructor',
  'record',
  'list',
  [],
  {},
  { kind: 'u8' },
  { kind: 'record', fields: [] },
  true,
  Number.MAX_SAFE_INTEGER,
]

/** The JSON with one of its parts replaced or removed. */
function damagedJson(value: unknown, dice: Dice): unknown {
  if (typeof value !== 'object' || value === null || dice.roll(6) === 0) return dice.pick(junk)
  const copy = structuredClone(value) as Record<string, unknown>
  const keys = Object.keys(copy)
  if (keys.length === 0) return dice.pick(junk)
  const key = dice.pick(keys)
  if (dice.roll(12) === 0) delete copy[key]
  else copy[key] = damagedJson(copy[key], dice)
  return copy
}

test('typeFromDescriptor survives 20,000 damaged descriptors, and so does what it makes', () => {
  const codes = new Set(['SCHEMA_MALFORMED', 'SCHEMA_INVALID'])
  let accepted = 0
  for (let round = 0; round < 400; round += 1) {
    const { type } = recordSample(new Dice(rollsOf(round, 60)), 4)
    const dice = new Dice(rollsOf(round + 2e6, 4000))
    for (let index = 0; index < 50; index += 1) {
      const input = damagedJson(type.describe(), dice) as TypeDescriptor
      let made: Type<unknown> | undefined
      const attack = () => {
        made = typeFromDescriptor(input)
      }
      if (!survives(attack, codes, () => JSON.stringify(input)) || made === undefined) continue
      accepted += 1
      const { kind } = made
      const taken = made
      const bytes = Uint8Array.from({ length: 8 }, () => dice.roll(256))
      survives(
        () => void decode(taken, bytes),
        wireCodes,
        () => JSON.stringify(input),
      )
      if (kind === 'record') new Mirror(taken as RecordType)
    }
  }
  assert.ok(accepted > 1000 && accepted < 19_000, `${accepted} were accepted`)
})

test('a descriptor cannot be deep, wide or long without end', () => {
  let deep: unknown = { kind: 'u8' }
  for (let level = 0; level < 100_000; level += 1) deep = { kind: 'list', of: deep, max: 1 }
  const refused = (value: unknown) => {
    assert.throws(() => typeFromDescriptor(value as TypeDescriptor), { code: 'SCHEMA_MALFORMED' })
  }
  refused(deep)
  const fields = (count: number, type: unknown) =>
    Array.from({ length: count }, (_, index) => ({ name: `f${index}`, index, type }))
  refused({ kind: 'record', fields: fields(256, { kind: 'u8' }) })
  const wide = { kind: 'record', fields: fields(100, { kind: 'u8' }) }
  refused({ kind: 'record', fields: fields(50, wide) })
  const options = Array.from({ length: 256 }, (_, index) => `${index}`.padEnd(256, 'x'))
  refused({ kind: 'record', fields: fields(17, { kind: 'choice', options }) })
  refused({
    kind: 'record',
    fields: [
      { name: 'a', index: 1, type: { kind: 'u8' } },
      { name: 'b', index: 1, type: { kind: 'u8' } },
    ],
  })
  refused({ kind: 'record', fields: [{ name: '1', index: 0, type: { kind: 'u8' } }] })
})

test('a claimed count allocates nothing that is not there', () => {
  const claim = (value: number) => {
    const writer = new Writer()
    writer.varint(value)
    return writer.finish()
  }
  const before = process.memoryUsage().heapUsed
  const large = list(u8, { max: 1_000_000 })
  const entries = map(u8, { max: 1_000_000 })
  for (let count = 0; count < 2000; count += 1) {
    assert.throws(() => decode(large, claim(2 ** 50)), { code: 'SCHEMA_LIMIT' })
    assert.throws(() => decode(large, claim(1_000_000)), { code: 'SCHEMA_TRUNCATED' })
    assert.throws(() => decode(entries, claim(900_000)), { code: 'SCHEMA_TRUNCATED' })
    assert.throws(() => decode(text({ max: 1_000_000 }), claim(900_000)), {
      code: 'SCHEMA_TRUNCATED',
    })
  }
  // 2,000 lists of a million would be gigabytes; what is left over here are the errors thrown.
  assert.ok(process.memoryUsage().heapUsed - before < 64 * 1024 * 1024)
})

test('a splice of very many items does not overflow the stack', () => {
  const Long = record({ items: list(u8, { max: 400_000 }) })
  const tracked = new Tracked(Long)
  const mirror = new Mirror(Long)
  const writer = new Writer()
  tracked.writeFull(writer, { scope: 'public' })
  mirror.readFull(new Reader(writer.finish()))
  const delta = new Writer()
  for (const byte of [1 + 1, 2 + 1]) delta.varint(byte)
  delta.varint(0)
  delta.varint(300_000)
  delta.raw(new Uint8Array(300_000))
  for (const byte of [0, 0]) delta.varint(byte)
  mirror.applyDelta(new Reader(delta.finish()))
  assert.equal(mirror.state.items.length, 300_000)
})
