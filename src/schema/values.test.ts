import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Type } from './index.ts'
import * as schema from './index.ts'
import { comparable } from './testing/compare.ts'
import { Dice } from './testing/dice.ts'
import { recordSample } from './testing/samples.ts'

function invalid(run: () => unknown, detail: string): void {
  assert.throws(run, { code: 'SCHEMA_INVALID', detail })
}

function roundTrip<T>(type: Type<T>, value: unknown): T {
  return schema.decode(type, schema.encode(type, type.check(value)))
}

test('any value of any type comes back from its bytes, its JSON and its descriptor', () => {
  const rolls = fc.array(fc.nat(0xffffff), { minLength: 8, maxLength: 120, size: 'max' })
  const run = (shapeRolls: number[], valueRolls: number[]) => {
    const { type, make } = recordSample(new Dice(shapeRolls), 4)
    const value = type.check(make(new Dice(valueRolls)))
    const bytes = schema.encode(type, value)
    assert.deepEqual(comparable(schema.decode(type, bytes)), comparable(value))
    assert.deepEqual(comparable(type.check(value)), comparable(value), 'check is idempotent')
    const json = JSON.parse(JSON.stringify(schema.toJson(type, value)))
    assert.deepEqual(comparable(type.check(json)), comparable(value))
    const descriptor = JSON.parse(JSON.stringify(type.describe()))
    const twin = schema.typeFromDescriptor(descriptor)
    assert.deepEqual(twin.describe(), type.describe())
    assert.deepEqual(schema.encode(twin, value), bytes)
    assert.equal(schema.schemaHash(descriptor), schema.schemaHash(type.describe()))
    assert.deepEqual(comparable(roundTrip(type, type.initial())), comparable(type.initial()))
  }
  fc.assert(fc.property(rolls, rolls, run), { numRuns: 1500 })
})

test('integers keep to their ranges', () => {
  const ranges: [Type<number>, number, number, number][] = [
    [schema.u8, 0, 255, 1],
    [schema.u16, 0, 65535, 2],
    [schema.u32, 0, 2 ** 32 - 1, 4],
    [schema.i8, -128, 127, 1],
    [schema.i16, -32768, 32767, 2],
    [schema.i32, -(2 ** 31), 2 ** 31 - 1, 4],
    [schema.varint, 0, 2 ** 53 - 1, 8],
    [schema.entityId, 0, 2 ** 53 - 1, 8],
  ]
  for (const [type, min, max, size] of ranges) {
    assert.equal(roundTrip(type, min), min)
    assert.equal(roundTrip(type, max), max)
    assert.equal(schema.encode(type, max).length, size)
    for (const bad of [min - 1, max + 1, 0.5, Number.NaN, '1', null, undefined, 1n, [], {}]) {
      assert.throws(() => type.check(bad), { code: 'SCHEMA_INVALID' })
    }
  }
  invalid(() => schema.u8.check(-1, '.count'), '.count: expected an integer 0…255, got -1')
  assert.ok(Object.is(schema.i8.check(-0), 0), 'there is one zero')
})

test('floats are rounded to what the wire holds, and are finite', () => {
  assert.equal(schema.f32.check(0.1), Math.fround(0.1))
  assert.equal(schema.f64.check(0.1), 0.1)
  invalid(() => schema.f32.check(1e300), 'value: expected a finite f32 number, got 1e+300')
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, '0']) {
    assert.throws(() => schema.f64.check(bad), { code: 'SCHEMA_INVALID' })
  }
})

test('fixed takes the fewest bytes and gives back exact decimals', () => {
  const cent = schema.fixed({ min: -512, max: 512, step: 0.01 })
  assert.equal(schema.encode(cent, 0).length, 3)
  assert.equal(roundTrip(cent, 0.1 + 0.2), 0.3)
  assert.equal(roundTrip(cent, -512), -512)
  assert.equal(roundTrip(cent, 512), 512)
  assert.equal(schema.encode(schema.fixed({ min: 0, max: 255, step: 1 }), 9).length, 1)
  assert.equal(schema.encode(schema.fixed({ min: 0, max: 256, step: 1 }), 9).length, 2)
  assert.equal(schema.fixed({ min: 3, max: 9, step: 1 }).initial(), 3)
  invalid(() => cent.check(512.01), 'value: expected a number -512…512, got 512.01')
  const range = {
    min: fc.integer({ min: -10_000, max: 10_000 }),
    step: fc.constantFrom(0.01, 0.3, 0.125, 7),
  }
  fc.assert(
    fc.property(
      range.min,
      range.step,
      fc.double({ min: 0, max: 1, noNaN: true }),
      (min, step, at) => {
        const type = schema.fixed({ min, max: min + 1000, step })
        const value = min + at * 1000
        const near = type.check(value)
        // The last step may end before the maximum: then what is past it goes down to it.
        assert.ok(Math.abs(near - value) <= step + 1e-6)
        assert.equal(type.check(near), near)
        assert.equal(roundTrip(type, near), near)
      },
    ),
  )
  const bad = [
    { min: 0, max: 1, step: 0 },
    { min: 1, max: 0, step: 0.1 },
    { min: 0, max: 2 ** 52, step: 1 },
    { min: 1e15, max: 1e15 + 8, step: 0.125 },
    { min: 0, max: 1, step: 2 },
    { min: Number.NaN, max: 1, step: 1 },
  ]
  for (const range of bad) assert.throws(() => schema.fixed(range), { code: 'SCHEMA_INVALID' })
  const three = schema.fixed({ min: 0, max: 2, step: 1 })
  assert.throws(() => schema.decode(three, new Uint8Array([3])), { code: 'SCHEMA_MALFORMED' })
})

test('angles wrap to a full turn', () => {
  const turn = Math.PI * 2
  for (const bits of [1, 8, 9, 16]) {
    const type = schema.angle(bits)
    assert.equal(schema.encode(type, 0).length, bits <= 8 ? 1 : 2)
    for (const value of [0, 1, -1, 100, -1e6, turn, turn - 1e-9]) {
      const near = type.check(value)
      assert.ok(near >= 0 && near < turn)
      const apart = Math.abs(Math.sin((near - value) / 2))
      assert.ok(apart <= Math.sin(turn / 2 ** bits / 4) + 1e-6)
      assert.equal(roundTrip(type, near), near)
    }
  }
  for (const bits of [0, 17, 1.5])
    assert.throws(() => schema.angle(bits), { code: 'SCHEMA_INVALID' })
  assert.throws(() => schema.decode(schema.angle(4), new Uint8Array([16])), {
    code: 'SCHEMA_MALFORMED',
  })
})

test('texts count UTF-16 code units and are well-formed', () => {
  const type = schema.text({ max: 4 })
  assert.equal(roundTrip(type, '👾👾'), '👾👾')
  assert.equal(type.check('a\ud83d'), 'a\ufffd', 'half a character is replaced')
  invalid(() => type.check('abcde', '.name'), '.name: expected at most 4 characters, got 5')
  const long = schema.encode(schema.text({ max: 9 }), 'abcde')
  assert.throws(() => schema.decode(type, long), { code: 'SCHEMA_LIMIT' })
  assert.throws(() => schema.decode(type, new Uint8Array([1, 0xff])), { code: 'SCHEMA_MALFORMED' })
})

test('bytes, choices and truth values', () => {
  const blob = schema.bytes({ max: 2 })
  assert.deepEqual(blob.check('AQI='), new Uint8Array([1, 2]))
  assert.throws(() => blob.check('AQID'), { code: 'SCHEMA_INVALID' })
  assert.throws(() => blob.check('§'), { code: 'SCHEMA_INVALID' })
  assert.throws(() => blob.check(new Uint8Array(3)), { code: 'SCHEMA_INVALID' })
  const wind = schema.choice('north', 'east')
  assert.equal(roundTrip(wind, 'east'), 'east')
  invalid(() => wind.check('up', '.wind'), '.wind: expected one of "north", "east", got "up"')
  assert.throws(() => schema.decode(wind, new Uint8Array([2])), { code: 'SCHEMA_MALFORMED' })
  assert.throws(() => schema.choice('a', 'a'), { code: 'SCHEMA_INVALID' })
  assert.equal(roundTrip(schema.bool, true), true)
  assert.throws(() => schema.bool.check(1), { code: 'SCHEMA_INVALID' })
  assert.throws(() => schema.decode(schema.bool, new Uint8Array([2])), { code: 'SCHEMA_MALFORMED' })
})

const Item = schema.record({ count: schema.u8, note: schema.optional(schema.text({ max: 9 })) })

test('a checked record has its fields in their order, however they were given', () => {
  const Box = schema.record({ a: schema.u8, b: schema.optional(schema.u8), c: schema.u8 })
  const inherited = Object.assign(Object.create({ a: 1, d: 4 }), { b: 2, c: 3 })
  for (const given of [
    { a: 1, b: 2, c: 3 },
    { c: 3, b: 2, a: 1 },
    { a: 1, c: 3, b: 2 },
    inherited,
  ]) {
    const checked = Box.check(given)
    assert.deepEqual(Object.entries(checked), Object.entries({ a: 1, b: 2, c: 3 }))
    assert.notEqual(checked, given)
  }
  for (const given of [
    { a: 1, c: 3 },
    { c: 3, a: 1 },
  ]) {
    assert.deepEqual(Object.entries(Box.check(given)), [
      ...[['a', 1] as const, ['b', undefined] as const, ['c', 3] as const],
    ])
  }
  for (const given of [
    { a: 1, b: 2, c: 3, d: 4 },
    { d: 4, a: 1, c: 3 },
    { a: 1, b: 2, d: 3 },
  ]) {
    assert.throws(() => Box.check(given), { code: 'SCHEMA_INVALID' })
  }
})

test('records know their fields, and errors name the path', () => {
  const Bag = schema.record({ items: schema.list(Item), gold: schema.map(schema.u32) })
  const items = [{ count: 1 }, { count: 2, note: null }]
  assert.deepEqual(roundTrip(Bag, { items, gold: { ada: 5 } }), {
    items: [
      { count: 1, note: undefined },
      { count: 2, note: undefined },
    ],
    gold: new Map([['ada', 5]]),
  })
  const check = (value: unknown) => () => Bag.check(value)
  const path = '.items[1].count: expected an integer 0…255, got -1'
  invalid(check({ items: [{ count: 1 }, { count: -1 }], gold: {} }), path)
  invalid(
    check({ items: [], gold: { ada: -1 } }),
    '.gold["ada"]: expected an integer 0…4294967295, got -1',
  )
  invalid(check({ items: [] }), '.gold: expected a Map, or an object in JSON, got undefined')
  invalid(check({ items: [], gold: {}, silver: 1 }), 'value: there is no field "silver"')
  invalid(check({ items: {}, gold: {} }), '.items: expected an array, got an object')
  for (const bad of [null, 1, 'x', [], undefined]) {
    assert.throws(check(bad), { code: 'SCHEMA_INVALID' })
  }
  assert.deepEqual(Bag.initial(), { items: [], gold: new Map() })
})

test('unions are told apart by their type', () => {
  const Shape = schema.union({ point: schema.record({}), circle: schema.record({ r: schema.u8 }) })
  assert.deepEqual(roundTrip(Shape, { type: 'circle', r: 3 }), { type: 'circle', r: 3 })
  assert.deepEqual(Shape.initial(), { type: 'point' })
  invalid(
    () => Shape.check({ type: 'cube' }),
    '.type: expected one of "point", "circle", got "cube"',
  )
  invalid(() => Shape.check({ type: 'point', r: 3 }), 'value: there is no field "r"')
  assert.throws(() => Shape.check(null), { code: 'SCHEMA_INVALID' })
  assert.throws(() => schema.decode(Shape, new Uint8Array([2])), { code: 'SCHEMA_MALFORMED' })
})

test('names that would clash, and types that make no sense, are refused when defined', () => {
  const names = ['onAdd', 'onChange', 'onRemove', 'toJSON', 'constructor', 'prototype', 'then']
  for (const name of [...names, 'toString', 'a-b', '1a', '', 'x'.repeat(65), 'é']) {
    assert.throws(() => schema.record({ [name]: schema.u8 }), { code: 'SCHEMA_INVALID' }, name)
  }
  const proto = JSON.parse('{"__proto__": 1}')
  assert.throws(() => schema.record(proto), { code: 'SCHEMA_INVALID' })
  const wide = Array.from({ length: 256 }, (_, index) => [`f${index}`, schema.u8])
  const hidden = schema.ownOnly(schema.u8)
  const empty = schema.record({})
  const wrong: (() => unknown)[] = [
    () => schema.record(Object.fromEntries(wide)),
    () => schema.record({ x: Number as never }),
    () => schema.list(hidden),
    () => schema.map(schema.serverOnly(schema.u8)),
    () => schema.optional(hidden),
    () => schema.optional(schema.optional(schema.u8)),
    () => schema.ownOnly(hidden),
    () => schema.list(empty),
    () => schema.record({ nothing: empty }),
    () => schema.union({}),
    () => schema.union({ 'a b': empty }),
    () => schema.union({ a: schema.u8 as never }),
    () => schema.union({ a: schema.record({ type: schema.u8 }) }),
    () => schema.list(schema.u8, { max: -1 }),
    () => schema.map(schema.u8, { keyMax: 1e9 }),
    () => schema.text({ max: Number.NaN }),
  ]
  for (const define of wrong) assert.throws(define, { code: 'SCHEMA_INVALID' }, String(define))
})

test('types nest at most 16 levels and hold at most 4,096 types', () => {
  let deep: Type<unknown> = schema.u8
  for (let level = 1; level < 16; level += 1) deep = schema.list(deep)
  assert.equal(schema.typeFromDescriptor(deep.describe()).kind, 'list')
  assert.throws(() => schema.list(deep), { code: 'SCHEMA_INVALID' })
  let wide = schema.record({ a: schema.u8, b: schema.u8 })
  const double = () => {
    wide = schema.record({ a: wide, b: wide }) as never
  }
  assert.throws(
    () => {
      for (let level = 0; level < 14; level += 1) double()
    },
    { code: 'SCHEMA_INVALID' },
  )
})

test('a type is a Standard Schema', async () => {
  const standard = Item['~standard']
  assert.equal(standard.vendor, 'realmkit')
  assert.deepEqual(await standard.validate({ count: 1 }), { value: { count: 1, note: undefined } })
  assert.deepEqual(await standard.validate({ count: -1 }), {
    issues: [{ message: '.count: expected an integer 0…255, got -1' }],
  })
})

test('a public descriptor has no server fields and keeps the numbers of the others', () => {
  const Seat = schema.record({
    seed: schema.serverOnly(schema.u32),
    hand: schema.ownOnly(schema.list(Item)),
    name: schema.text({ max: 9 }),
  })
  const Table = schema.record({ deck: schema.serverOnly(schema.u8), seats: schema.map(Seat) })
  const open = schema.publicDescriptor(Table.describe())
  assert.ok(!JSON.stringify(open).includes('seed'))
  assert.ok(!JSON.stringify(open).includes('deck'))
  assert.ok(open.kind === 'record')
  assert.deepEqual(
    open.fields.map(({ name, index }) => [name, index]),
    [['seats', 1]],
  )
  assert.deepEqual(schema.typeFromDescriptor(open).describe(), open)
})

test('a schema hash changes with everything that changes the bytes', () => {
  const hash = (type: Type<unknown>) => schema.schemaHash(type.describe())
  const { u8, record, fixed, choice, list, map, text, union } = schema
  const types: Type<unknown>[] = [
    record({ a: u8, b: schema.u16 }),
    record({ b: schema.u16, a: u8 }),
    record({ a: schema.u16, b: u8 }),
    record({ a: u8 }),
    record({ a: schema.i8 }),
    record({ a: schema.optional(u8) }),
    record({ a: schema.ownOnly(u8) }),
    record({ a: schema.serverOnly(u8) }),
    fixed({ min: 0, max: 1, step: 0.1 }),
    fixed({ min: 0, max: 1, step: 0.2 }),
    choice('a', 'b'),
    choice('b', 'a'),
    list(u8),
    list(u8, { max: 5 }),
    map(u8),
    map(u8, { keyMax: 5 }),
    text({ max: 1 }),
    text({ max: 2 }),
    union({ a: record({}), b: record({}) }),
    union({ b: record({}), a: record({}) }),
  ]
  const hashes = types.map(hash)
  assert.equal(new Set(hashes).size, types.length)
  for (const one of hashes) assert.match(one, /^[0-9a-f]{16}$/)
  // Pinned: stored blobs and clients of earlier builds carry this very hash.
  assert.equal(
    schema.schemaHash({ kind: 'text', max: 3 }),
    schema.schemaHash(JSON.parse('{"max":3,"kind":"text"}')),
  )
  assert.equal(hash(u8), '8ba8c0645c60c05c')
})
