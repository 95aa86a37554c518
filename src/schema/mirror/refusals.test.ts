import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  decode,
  list,
  Mirror,
  map,
  optional,
  ownOnly,
  Reader,
  record,
  serverOnly,
  Tracked,
  u8,
  Writer,
} from '../index.ts'

const State = record({
  items: list(u8, { max: 3 }),
  few: map(u8, { max: 2 }),
  boss: optional(record({ hp: u8 })),
  seed: serverOnly(u8),
})

/** The first operation on a field: a delta of it follows. */
const within = (field: number) => field * 2 + 2
const [items, few, boss] = [within(0), within(1), within(2)]
const a = 97

function refused(delta: number[], detail: string, code = 'SCHEMA_MALFORMED'): void {
  const tracked = new Tracked(State)
  tracked.state.items.push(1, 2)
  tracked.state.few.set('a', 1)
  const writer = new Writer()
  tracked.writeFull(writer, { scope: 'public' })
  const mirror = new Mirror(State)
  mirror.readFull(new Reader(writer.finish()))
  const apply = () => mirror.applyDelta(new Reader(Uint8Array.from(delta)))
  assert.throws(apply, { code, detail })
}

test('a delta that speaks of what is not there is refused', () => {
  refused([9 * 2 + 1, 0], 'A delta changes a field that does not exist.')
  refused([3 * 2 + 1, 5, 0], 'A delta changes a field that does not exist.')
  refused([boss, 1, 5, 0, 0], 'A delta changes within a value that is not there.')
  refused([items, 2 * 3 + 1, 5, 0, 0], 'A delta changes an item that does not exist.')
  refused([items, 1 * 3 + 2, 0, 0], 'A delta changes within a value that is not there.')
  refused([items, 1 * 3 + 3, 2, 0, 0, 0], 'A delta removes items that do not exist.')
  refused([few, 1 * 4 + 2, 5, 0, 0], 'A delta changes an entry that does not exist.')
  refused([few, 1 * 4 + 4, 0, 0], 'A delta changes an entry that does not exist.')
})

test('a delta cannot fill a list or a map past its limit, or use a key or slot twice', () => {
  refused([items, 3, 0, 2, 7, 7, 0, 0], '4 entries, at most 3 fit.', 'SCHEMA_LIMIT')
  refused([few, 1 * 4 + 1, 1, a, 5, 0, 0], 'A delta adds an entry that exists.')
  const slot = 'An entry of a map has a slot it cannot have.'
  refused([few, 0 * 4 + 1, 1, a + 1, 5, 0, 0], slot)
  refused([few, 2 * 4 + 1, 1, a + 1, 5, 0, 0], slot)
  const third = [1 * 4 + 1, 1, a + 1, 5, 2 * 4 + 1, 1, a + 2, 5]
  refused([few, ...third, 0, 0], '3 entries, at most 2 fit.', 'SCHEMA_LIMIT')
})

test('a map with a key twice is refused, stored or sent', () => {
  const twice = { code: 'SCHEMA_MALFORMED', detail: 'A map has a key twice.' }
  assert.throws(() => decode(map(u8), Uint8Array.from([2, 1, a, 5, 1, a, 6])), twice)
  const mirror = new Mirror(record({ few: map(u8) }))
  const full = Uint8Array.from([2, 1, a, 0, 5, 1, a, 1, 6])
  assert.throws(() => mirror.readFull(new Reader(full)), twice)
})

test('deltas mean nothing before a full state, nor after one that failed', () => {
  const mirror = new Mirror(State)
  const early = { code: 'SCHEMA_MALFORMED', detail: 'A delta came where a full state is needed.' }
  const harmless = () => mirror.applyDelta(new Reader(Uint8Array.from([0])))
  assert.throws(harmless, early)
  mirror.readFull(new Reader(Uint8Array.from([0, 0, 0])))
  harmless()
  assert.throws(() => mirror.applyDelta(new Reader(Uint8Array.from([]))), {
    code: 'SCHEMA_TRUNCATED',
  })
  assert.throws(harmless, early)
})

test('a listener added by a listener of the same event waits for the next update', () => {
  const tracked = new Tracked(State)
  const mirror = new Mirror(State)
  const writer = new Writer()
  tracked.writeFull(writer, { scope: 'public' })
  mirror.readFull(new Reader(writer.finish()))
  let told = 0
  mirror.state.onChange(() => {
    mirror.state.onChange(() => {
      told += 1
    })
  })
  tracked.state.items.push(1)
  writer.reset()
  tracked.writeDelta(writer, { scope: 'public' })
  mirror.applyDelta(new Reader(writer.finish()))
  assert.equal(told, 0)
})

test('an item that stays in place while all around it move keeps its hidden fields', () => {
  const Seat = record({ cards: list(record({ face: u8, secret: ownOnly(u8) })) })
  const Table = record({ seats: map(Seat) })
  const tracked = new Tracked(Table)
  const cards = [1, 2, 3, 4, 5].map((face) => ({ face, secret: face * 10 }))
  tracked.state.seats.set('ada', { cards })
  tracked.clearDirty()
  const mirror = new Mirror(Table)
  const writer = new Writer()
  tracked.writeFull(writer, { scope: 'own', player: 'ada' })
  mirror.readFull(new Reader(writer.finish()))
  tracked.state.seats.get('ada')?.cards.reverse()
  const own = { scope: 'own', player: 'ada', privateOnly: true } as const
  for (const view of [{ scope: 'public' } as const, own]) {
    writer.reset()
    assert.ok(tracked.writeDelta(writer, view))
    mirror.applyDelta(new Reader(writer.finish()))
  }
  const secrets = mirror.state.seats.get('ada')?.cards.map(({ secret }) => secret)
  assert.deepEqual(secrets, [50, 40, 30, 20, 10])
})
