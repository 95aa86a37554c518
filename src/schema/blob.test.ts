import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  bool,
  bytes,
  choice,
  encode,
  hashOf,
  i16,
  list,
  map,
  migrateBlob,
  migrateValue,
  openBlob,
  optional,
  record,
  sealBlob,
  type Type,
  text,
  u8,
  u32,
  union,
} from './index.ts'

const Old = record({
  level: u8,
  name: text({ max: 40 }),
  mood: choice('glad', 'sad'),
  gone: bool,
  bag: map(u8),
  log: list(u8),
})
const oldValue = {
  level: 200,
  name: 'Ada',
  mood: 'sad' as const,
  gone: true,
  bag: new Map([['coin', 3]]),
  log: [1, 2],
}
const oldBlob = sealBlob(Old, 1, encode(Old, oldValue))
const known = [Old as Type<unknown>]
const descriptorOf = (hash: string) => known.find((type) => hashOf(type) === hash)?.describe()

function refused(run: () => unknown, detail: string | RegExp): void {
  const expected = typeof detail === 'string' ? { code: 'SCHEMA_MIGRATION', detail } : detail
  assert.throws(run, expected)
}

test('a blob carries its version and schema', () => {
  const opened = openBlob(oldBlob)
  assert.equal(opened.version, 1)
  assert.equal(opened.hash, hashOf(Old))
  assert.deepEqual(migrateBlob({ blob: oldBlob, type: Old, version: 1, descriptorOf }), oldValue)
  assert.throws(() => openBlob(new Uint8Array([9, 1])), { code: 'SCHEMA_MALFORMED' })
  assert.throws(() => openBlob(oldBlob.subarray(0, 6)), { code: 'SCHEMA_TRUNCATED' })
})

test('a value is brought to a later type by name', () => {
  const Now = record({
    mood: choice('calm', 'sad', 'glad'),
    level: u32,
    name: optional(text({ max: 3 })),
    bag: map(i16),
    log: list(u32),
    guild: text({ max: 9 }),
    shape: union({ point: record({}) }),
  })
  const migrated = migrateBlob({ blob: oldBlob, type: Now, version: 2, descriptorOf })
  assert.deepEqual(migrated, {
    mood: 'sad',
    level: 200,
    name: 'Ada',
    bag: new Map([['coin', 3]]),
    log: [1, 2],
    guild: '',
    shape: { type: 'point' },
  })
})

test('steps run in order before names are compared', () => {
  const Now = record({ title: text({ max: 9 }), level: u8 })
  const steps = {
    1: (old: typeof oldValue) => ({ name: `Sir ${old.name}`, level: old.level - 100 }),
    2: (old: { name: string; level: number }) => ({ title: old.name, level: old.level }),
    3: () => assert.fail('this version is the present one'),
  }
  const migrated = migrateBlob({ blob: oldBlob, type: Now, version: 3, descriptorOf, steps })
  assert.deepEqual(migrated, { title: 'Sir Ada', level: 100 })
  const broken = {
    1: () => {
      throw new Error('no')
    },
  }
  const run = () =>
    migrateBlob({ blob: oldBlob, type: Now, version: 2, descriptorOf, steps: broken })
  refused(run, 'The step from version 1 failed.')
})

test('what does not fit is refused with its path', () => {
  const migrate = (type: Type<unknown>, value: unknown) => () => migrateValue(type, value)
  refused(
    migrate(record({ level: u8 }), { level: 300 }),
    '.level: expected an integer 0…255, got 300',
  )
  refused(
    migrate(record({ level: u8 }), { level: 1.5 }),
    '.level: expected an integer 0…255, got 1.5',
  )
  refused(migrate(text({ max: 2 }), 'Ada'), 'value: expected at most 2 characters, got 3')
  refused(migrate(choice('a', 'b'), 'c'), 'value: expected one of "a", "b", got "c"')
  refused(migrate(list(u8, { max: 1 }), [1, 2]), 'value: 2 items, at most 1 fit')
  refused(
    migrate(list(u8), [1, 'x']),
    'value[1]: expected an integer 0…255, got "x"'.replace('value', ''),
  )
  refused(
    migrate(
      map(u8, { max: 1 }),
      new Map([
        ['a', 1],
        ['b', 2],
      ]),
    ),
    'value: 2 entries, at most 1 fit',
  )
  refused(
    migrate(map(u8, { keyMax: 1 }), new Map([['ab', 1]])),
    'value: expected a key of at most 1 characters, got 2',
  )
  refused(
    migrate(union({ a: record({}) }), { type: 'b' }),
    '.type: there is no variant "b" any more',
  )
  refused(migrate(bytes({ max: 9 }), 'AQI='), 'value: bytes cannot be made of a text')
  refused(migrate(record({}), [1]), 'value: a record cannot be made of an array')
  refused(migrate(record({}), new Map()), 'value: a record cannot be made of an object')
  refused(migrate(map(u8), {}), 'value: a map cannot be made of an object')
  refused(migrate(list(u8), 'x'), 'value: a list cannot be made of "x"')
})

test('a later version and an unknown schema are refused', () => {
  const base = { blob: oldBlob, type: record({ level: u8 }) }
  refused(
    () => migrateBlob({ ...base, version: 0, descriptorOf }),
    'It was written by version 1; this is version 0.',
  )
  const nothing = () => undefined
  refused(
    () => migrateBlob({ ...base, version: 1, descriptorOf: nothing }),
    `The schema ${hashOf(Old)} is not known.`,
  )
})
