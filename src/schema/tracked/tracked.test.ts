import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  bytes,
  f32,
  list,
  Mirror,
  map,
  optional,
  ownOnly,
  Reader,
  type RecordType,
  record,
  serverOnly,
  Tracked,
  text,
  u8,
  u16,
  union,
  type View,
  Writer,
} from '../index.ts'

const open: View = { scope: 'public' }

function delta(tracked: Tracked<never>, view: View = open): Uint8Array | undefined {
  const writer = new Writer()
  return tracked.writeDelta(writer, view) ? writer.finish() : undefined
}

const Avatar = record({ x: f32, y: f32, name: text({ max: 24 }) })
const Plaza = record({ avatars: map(Avatar), scores: list(u16), boss: optional(Avatar), round: u8 })

function plaza() {
  const tracked = new Tracked(Plaza)
  tracked.state.avatars.set('a', { x: 1, y: 2, name: 'Ada' })
  tracked.state.scores.push(1, 2, 3)
  tracked.clearDirty()
  return tracked
}

function refused(run: () => unknown, detail: string): void {
  assert.throws(run, { code: 'SCHEMA_INVALID', detail })
}

test('one float in a map entry costs ten bytes', () => {
  const tracked = plaza()
  const ada = tracked.state.avatars.get('a')
  assert.ok(ada)
  ada.x = 5
  const bytes = delta(tracked as never)
  // field, entry, field, four bytes of float, and three ends: whatever the length of the key.
  assert.equal(bytes?.length, 10)
})

test('an untouched state, and one set to what it was, writes nothing', () => {
  const tracked = plaza()
  tracked.state.round = 0
  const { avatars } = tracked.state
  tracked.state.avatars = avatars
  tracked.state.scores[1] = 2
  assert.equal(tracked.dirty, false)
  assert.equal(delta(tracked as never), undefined)
})

test('onDirty is called at the first change after clearDirty only', () => {
  const tracked = plaza()
  let calls = 0
  tracked.onDirty = () => {
    calls += 1
  }
  tracked.state.round = 1
  tracked.state.round = 2
  tracked.state.scores.push(9)
  assert.equal(calls, 1)
  tracked.clearDirty()
  tracked.state.scores.push(10)
  assert.equal(calls, 2)
})

test('a state reads like plain objects: spread, JSON, keys, instanceof', () => {
  const { state } = plaza()
  const ada = state.avatars.get('a')
  assert.deepEqual({ ...ada }, { x: 1, y: 2, name: 'Ada' })
  assert.deepEqual(Object.keys(state), ['avatars', 'scores', 'boss', 'round'])
  assert.ok(state.avatars instanceof Map)
  assert.ok(Array.isArray(state.scores))
  assert.equal(
    JSON.stringify(state),
    '{"avatars":{"a":{"x":1,"y":2,"name":"Ada"}},"scores":[1,2,3],"round":0}',
  )
  assert.deepEqual([...state.scores, ...state.scores.map((score) => score * 2)], [1, 2, 3, 2, 4, 6])
})

test('a wrong value fails where it is written, and names the field', () => {
  const { state } = plaza()
  const ada = state.avatars.get('a')
  assert.ok(ada)
  refused(() => {
    ada.x = Number.NaN
  }, '.avatars["a"].x: expected a finite f32 number, got NaN')
  refused(() => {
    state.round = 256
  }, '.round: expected an integer 0…255, got 256')
  refused(() => state.scores.push(-1), '.scores[3]: expected an integer 0…65535, got -1')
  refused(() => {
    state.scores[7] = 1
  }, '.scores[7]: a list has no holes, and this one ends at 3')
  refused(() => {
    state.scores.length = 9
  }, '.scores.length: expected an integer 0…3, got 9')
  refused(
    () => state.avatars.set('b', { x: 0, y: 0, name: 'x'.repeat(25) }),
    '.avatars["b"].name: expected at most 24 characters, got 25',
  )
  refused(
    () => state.avatars.set('k'.repeat(65), { x: 0, y: 0, name: '' }),
    '.avatars: expected a key of at most 64 characters, got 65',
  )
  assert.deepEqual(JSON.parse(JSON.stringify(state)).scores, [1, 2, 3])
  assert.equal(state.avatars.size, 1)
})

test('a misspelt field throws instead of being kept beside the state', () => {
  const { state } = plaza()
  assert.throws(() => {
    Object.assign(state, { rounds: 1 })
  }, TypeError)
  assert.throws(() => {
    delete (state as Partial<typeof state>).round
  }, TypeError)
  assert.throws(() => {
    delete state.scores[0]
  }, TypeError)
  assert.throws(() => Object.assign(state.scores, { best: 1 }), TypeError)
})

test('a map and a list never hold more than their limit', () => {
  const tracked = new Tracked(record({ few: map(u8, { max: 2 }), two: list(u8, { max: 2 }) }))
  tracked.state.few.set('a', 1).set('b', 2).set('b', 3)
  refused(() => tracked.state.few.set('c', 3), '.few: expected at most 2 entries')
  tracked.state.two.push(1, 2)
  refused(() => tracked.state.two.unshift(0), '.two: expected at most 2 items, got 3')
  assert.deepEqual([...tracked.state.two], [1, 2])
})

test('a tracked value put into a second place is copied', () => {
  const { state } = plaza()
  const ada = state.avatars.get('a')
  assert.ok(ada)
  state.boss = ada
  state.boss.x = 9
  assert.equal(ada.x, 1)
  state.avatars.set('b', ada)
  ada.y = 7
  assert.equal(state.avatars.get('b')?.y, 2)
  const plain = { x: 0, y: 0, name: '' }
  state.avatars.set('c', plain)
  plain.x = 3
  assert.equal(state.avatars.get('c')?.x, 0)
})

test('every method that changes an array is tracked', () => {
  const Hand = record({ cards: list(record({ face: u8 })), marks: list(u8) })
  const tracked = new Tracked(Hand)
  const mirror = new Mirror(Hand)
  const writer = new Writer()
  tracked.writeFull(writer, open)
  mirror.readFull(new Reader(writer.finish()))
  const { cards, marks } = tracked.state
  const steps: (() => unknown)[] = [
    () => assert.equal(cards.push({ face: 3 }, { face: 1 }, { face: 2 }), 3),
    () => cards.sort((a, b) => a.face - b.face),
    () => cards.reverse(),
    () => assert.equal(cards.pop()?.face, 1),
    () => assert.equal(cards.shift()?.face, 3),
    () => assert.equal(cards.unshift({ face: 9 }, { face: 8 }), 3),
    () => assert.equal(cards.splice(-2, 1, { face: 5 })[0]?.face, 8),
    () => cards.fill({ face: 4 }, 1),
    () => cards.copyWithin(1, 0, 1),
    () => marks.push(5, 1, 4),
    () => marks.sort(),
    () => marks.splice(1),
    () => assert.deepEqual(marks.splice(0, 0), []),
    () => assert.equal(cards.splice(0).length, 3),
    () => assert.equal(cards.pop(), undefined),
  ]
  for (const step of steps) {
    step()
    const bytes = delta(tracked as never)
    if (bytes !== undefined) mirror.applyDelta(new Reader(bytes))
    tracked.clearDirty()
    assert.equal(JSON.stringify(mirror.state), JSON.stringify(tracked.state))
  }
  const [first, second] = [{ face: 1 }, { face: 2 }]
  cards.push(first, second)
  cards.fill(first)
  const one = cards[0]
  assert.ok(one)
  one.face = 7
  assert.equal(cards[1]?.face, 1, 'fill made copies')
})

test('a union is replaced as a whole and its fields are tracked', () => {
  const Shape = union({ point: record({}), circle: record({ radius: u8 }) })
  const tracked = new Tracked(record({ shape: Shape }))
  tracked.state.shape = { type: 'circle', radius: 2 }
  tracked.clearDirty()
  const { shape } = tracked.state
  assert.ok(shape.type === 'circle')
  shape.radius = 3
  assert.deepEqual([...(delta(tracked as never) ?? [])], [2, 1, 3, 0, 0])
  assert.throws(() => Object.assign(shape, { type: 'point' }), TypeError)
})

test('bytes are compared and copied', () => {
  const tracked = new Tracked(record({ blob: bytes({ max: 4 }) }))
  const mine = new Uint8Array([1, 2])
  tracked.state.blob = mine
  tracked.clearDirty()
  mine[0] = 9
  assert.deepEqual(tracked.state.blob, new Uint8Array([1, 2]))
  tracked.state.blob = new Uint8Array([1, 2])
  assert.equal(tracked.dirty, false)
})

test('rollback restores values and the order of entries', () => {
  const tracked = plaza()
  tracked.state.avatars.set('b', { x: 0, y: 0, name: 'Bo' }).set('c', { x: 0, y: 0, name: 'Cy' })
  const before = JSON.stringify(tracked.state)
  const ada = tracked.state.avatars.get('a')
  tracked.begin()
  tracked.state.avatars.delete('a')
  tracked.state.avatars.set('a', { x: 9, y: 9, name: 'No' })
  tracked.state.avatars.clear()
  tracked.state.scores.sort().reverse()
  tracked.state.scores[0] = 44
  tracked.state.boss = { x: 0, y: 0, name: '' }
  tracked.state.boss.x = 4
  tracked.rollback()
  assert.equal(JSON.stringify(tracked.state), before)
  assert.equal(tracked.state.avatars.get('a'), ada, 'the same object is back')
})

test('a rolled back removal is not sent', () => {
  const tracked = plaza()
  tracked.begin()
  tracked.state.avatars.delete('a')
  tracked.rollback()
  assert.equal(delta(tracked as never), undefined)
})

test('a value written while it was removed, and rolled back, is tracked afterwards', () => {
  const tracked = plaza()
  const ada = tracked.state.avatars.get('a')
  assert.ok(ada)
  tracked.begin()
  tracked.state.avatars.delete('a')
  ada.x = 5
  tracked.rollback()
  assert.equal(ada.x, 1)
  ada.y = 7
  const bytes = delta(tracked as never)
  assert.ok(bytes, 'the change is sent')
})

test('slots of a map stay below its limit, whatever is rolled back', () => {
  const Few = record({ few: map(u8, { max: 3 }) })
  const tracked = new Tracked(Few)
  const mirror = new Mirror(Few)
  const writer = new Writer()
  tracked.state.few.set('a', 1)
  tracked.clearDirty()
  tracked.writeFull(writer, open)
  mirror.readFull(new Reader(writer.finish()))
  for (let round = 0; round < 10; round += 1) {
    tracked.begin()
    tracked.state.few.set('b', 2)
    tracked.state.few.delete('a')
    tracked.state.few.set('c', 3).set('d', 4)
    tracked.rollback()
  }
  tracked.state.few.set('x', 1).set('y', 2)
  mirror.applyDelta(new Reader(delta(tracked as never) ?? new Uint8Array()))
  assert.deepEqual([...mirror.state.few.keys()], ['a', 'x', 'y'])
})

test('transactions do not nest, and nothing is taken as sent within one', () => {
  const tracked = plaza()
  assert.throws(() => tracked.commit(), { code: 'INTERNAL' })
  assert.throws(() => tracked.rollback(), { code: 'INTERNAL' })
  tracked.begin()
  assert.throws(() => tracked.begin(), { code: 'INTERNAL' })
  assert.throws(() => tracked.clearDirty(), { code: 'INTERNAL' })
  tracked.state.round = 3
  tracked.commit()
  assert.equal(tracked.state.round, 3)
})

test('hidden changes reach their owner only', () => {
  const Seat = record({ hand: ownOnly(list(u8)), count: u8, seed: serverOnly(u16) })
  const Table = record({ seats: map(Seat), deck: serverOnly(list(u8)), nobody: ownOnly(u8) })
  const tracked = new Tracked(Table)
  tracked.state.seats.set('ada', { hand: [1, 2], count: 2, seed: 7 })
  tracked.state.seats.set('bo', { hand: [3], count: 1, seed: 8 })
  assert.deepEqual([...tracked.dirtyOwners()], ['ada', 'bo'])
  tracked.clearDirty()
  assert.equal(tracked.hiddenDirty(), false)
  tracked.state.seats.get('ada')?.hand.push(9)
  tracked.state.deck.push(1)
  tracked.state.nobody = 3
  assert.deepEqual([...tracked.dirtyOwners()], ['ada'])
  assert.equal(delta(tracked as never), undefined, 'the public sees nothing')
  const own = (player: string): View => ({ scope: 'own', player, privateOnly: true })
  assert.equal(delta(tracked as never, own('bo')), undefined)
  assert.equal(delta(tracked as never, own('toString')), undefined)
  assert.ok((delta(tracked as never, own('ada'))?.length ?? 0) > 0)
  tracked.clearDirty()
  const bo = tracked.state.seats.get('bo')
  assert.ok(bo)
  bo.seed = 9
  assert.equal(tracked.dirty, true)
  assert.equal(tracked.hiddenDirty(), false)
})

test('a record with a hundred fields tracks each of them', () => {
  const names = Array.from({ length: 100 }, (_, index) => `f${index}`)
  const Wide = record(Object.fromEntries(names.map((name) => [name, u8]))) as RecordType
  const tracked = new Tracked(Wide)
  for (const name of ['f0', 'f29', 'f30', 'f99']) {
    tracked.state[name] = 5
    const writer = new Writer()
    assert.ok(tracked.writeDelta(writer, open))
    const index = Number(name.slice(1))
    const reader = new Reader(writer.finish())
    assert.equal(reader.varint(), index * 2 + 1)
    assert.equal(reader.u8(), 5)
    assert.equal(reader.u8(), 0)
    reader.end()
    tracked.clearDirty()
  }
})

test('only a record can be tracked', () => {
  assert.throws(() => new Tracked(list(u8) as never), { code: 'SCHEMA_INVALID' })
  assert.throws(() => new Tracked(Avatar, { x: 'far' } as never), { code: 'SCHEMA_INVALID' })
})
