import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  f32,
  list,
  Mirror,
  map,
  optional,
  ownOnly,
  Reader,
  record,
  Tracked,
  text,
  u8,
  union,
  Writer,
} from '../index.ts'

const Avatar = record({ x: f32, bag: map(u8), hp: ownOnly(u8) })
const Shape = union({ point: record({}), circle: record({ radius: u8 }) })
const Plaza = record({
  avatars: map(Avatar),
  log: list(text({ max: 9 })),
  boss: optional(Avatar),
  shape: Shape,
})

function pair() {
  const tracked = new Tracked(Plaza)
  const mirror = new Mirror(Plaza)
  const writer = new Writer()
  const full = () => {
    writer.reset()
    tracked.writeFull(writer, { scope: 'own', player: 'a' })
    mirror.readFull(new Reader(writer.finish()))
  }
  const flush = () => {
    writer.reset()
    if (tracked.writeDelta(writer, { scope: 'own', player: 'a' })) {
      mirror.applyDelta(new Reader(writer.finish()))
    }
    tracked.clearDirty()
  }
  full()
  return { state: tracked.state, tracked, mirror, full, flush }
}

const avatar = (x: number) => ({ x, bag: new Map(), hp: 3 })

test('maps tell of entries that come, change and go', () => {
  const { state, mirror, flush } = pair()
  const heard: string[] = []
  state.avatars.set('a', avatar(1))
  flush()
  const end = mirror.state.avatars.onAdd((key, { x }) => heard.push(`add ${key} ${x}`))
  mirror.state.avatars.onChange((key, { x }) => heard.push(`change ${key} ${x}`))
  mirror.state.avatars.onRemove((key, { x }) => heard.push(`remove ${key} ${x}`))
  assert.deepEqual(heard, ['add a 1'], 'what is there is told at once')
  state.avatars.set('b', avatar(2))
  state.avatars.get('a')?.bag.set('coin', 5)
  flush()
  state.avatars.delete('a')
  end()
  state.avatars.set('c', avatar(3))
  flush()
  assert.deepEqual(heard, ['add a 1', 'add b 2', 'change a 1', 'remove a 1'])
})

test('records and lists tell which fields changed, once per update', () => {
  const { state, mirror, flush } = pair()
  const heard: unknown[] = []
  mirror.state.onChange((fields) => heard.push([...fields]))
  mirror.state.log.onChange(() => heard.push(mirror.state.log.join()))
  state.log.push('one', 'two')
  state.shape = { type: 'circle', radius: 1 }
  flush()
  assert.deepEqual(heard, ['one,two', ['log', 'shape']])
  flush()
  assert.equal(heard.length, 2)
})

test('whoever subscribes within a listener is not told twice', () => {
  const { state, mirror, flush } = pair()
  state.avatars.set('a', avatar(1))
  flush()
  const heard: string[] = []
  mirror.state.avatars.onChange((_key, value) => {
    value.bag.onAdd((item) => heard.push(item))
  })
  state.avatars.get('a')?.bag.set('coin', 1)
  flush()
  assert.deepEqual(heard, ['coin'])
})

test('a full state over a filled mirror tells of the difference and keeps objects', () => {
  const { state, tracked, mirror, full, flush } = pair()
  state.avatars.set('a', avatar(1)).set('b', avatar(2)).set('c', avatar(3))
  flush()
  const kept = mirror.state.avatars.get('a')
  const heard: string[] = []
  mirror.state.avatars.onAdd((key) => heard.push(`add ${key}`))
  heard.length = 0
  mirror.state.avatars.onChange((key) => heard.push(`change ${key}`))
  mirror.state.avatars.onRemove((key) => heard.push(`remove ${key}`))
  mirror.state.onChange((fields) => heard.push(fields.join()))
  full()
  assert.deepEqual(heard, [], 'nothing differs')
  state.avatars.delete('c')
  state.avatars.set('d', avatar(4))
  const ada = state.avatars.get('a')
  assert.ok(ada)
  ada.x = 8
  tracked.clearDirty()
  full()
  assert.deepEqual(heard, ['change a', 'add d', 'remove c', 'avatars'])
  assert.equal(mirror.state.avatars.get('a'), kept)
  assert.equal(kept?.x, 8)
})

test('after a broken delta only a full state helps, and no removal is forgotten', () => {
  const { state, tracked, mirror, full, flush } = pair()
  state.avatars.set('a', avatar(1))
  flush()
  const removed: string[] = []
  mirror.state.avatars.onRemove((key) => removed.push(key))
  state.avatars.delete('a')
  state.log.push('bye')
  const writer = new Writer()
  tracked.writeDelta(writer, { scope: 'public' })
  const cut = writer.finish().subarray(0, writer.length - 3)
  assert.throws(() => mirror.applyDelta(new Reader(cut)), { code: 'SCHEMA_TRUNCATED' })
  assert.deepEqual(removed, [])
  assert.throws(() => mirror.applyDelta(new Reader(writer.finish())), { code: 'SCHEMA_MALFORMED' })
  full()
  assert.deepEqual(removed, ['a'])
})

test('a listener that throws does not keep the others from being told', () => {
  const { state, mirror, flush } = pair()
  let told = 0
  mirror.state.onChange(() => {
    throw new Error('a bug in the game')
  })
  mirror.state.onChange(() => {
    told += 1
  })
  state.log.push('x')
  assert.throws(flush, /a bug in the game/)
  assert.equal(told, 1)
})

test('keys that name properties of objects are only keys', () => {
  const { state, mirror, flush } = pair()
  for (const key of ['__proto__', 'constructor', 'toString']) state.avatars.set(key, avatar(1))
  flush()
  assert.deepEqual([...mirror.state.avatars.keys()], ['__proto__', 'constructor', 'toString'])
  assert.equal(({} as Record<string, unknown>)['x'], undefined)
  assert.equal(Object.keys(JSON.parse(JSON.stringify(mirror.state)).avatars).length, 3)
})

test('hidden fields are undefined for others and there for the owner', () => {
  const { state, mirror, flush } = pair()
  state.avatars.set('a', avatar(1)).set('b', avatar(2))
  flush()
  assert.equal(mirror.state.avatars.get('a')?.hp, 3)
  assert.equal(mirror.state.avatars.get('b')?.hp, undefined)
})

test('lists derived from a mirrored list are ordinary arrays', () => {
  const { state, mirror, flush } = pair()
  state.log.push('a', 'b')
  flush()
  const upper = mirror.state.log.map((line) => line.toUpperCase())
  assert.deepEqual(upper, ['A', 'B'])
  assert.equal(Object.getPrototypeOf(upper), Array.prototype)
})

test('a variant of a union keeps its object until the variant changes', () => {
  const { state, mirror, flush } = pair()
  state.shape = { type: 'circle', radius: 1 }
  flush()
  const circle = mirror.state.shape
  state.shape = { type: 'circle', radius: 2 }
  flush()
  assert.equal(mirror.state.shape, circle)
  state.shape = { type: 'point' }
  flush()
  assert.equal(mirror.state.shape.type, 'point')
})

test('a mirror given another type keeps its objects, and is told what differs', () => {
  const former = record({ gone: u8, avatars: map(record({ x: u8, name: text({ max: 8 }) })) })
  const present = record({
    avatars: map(record({ name: text({ max: 8 }), mood: u8, x: u8 })),
    more: list(u8),
  })
  const before = new Tracked(former)
  before.state.avatars.set('ada', { x: 1, name: 'Ada' })
  const mirror = new Mirror(former)
  const full = new Writer()
  before.writeFull(full, { scope: 'public' })
  mirror.readFull(new Reader(full.view()))
  const { state } = mirror
  const { avatars } = state
  const ada = avatars.get('ada')
  const told: unknown[] = []
  avatars.onAdd((key) => told.push(['added', key]))
  avatars.onChange((key, value) => told.push(['changed', key, value.x]))

  mirror.retype(present)
  const after = new Tracked(present)
  after.state.avatars.set('ada', { x: 2, name: 'Ada', mood: 7 })
  after.state.avatars.set('lin', { x: 3, name: 'Lin', mood: 0 })
  const again = new Writer()
  after.writeFull(again, { scope: 'public' })
  mirror.readFull(new Reader(again.view()))
  assert.equal(mirror.state, state)
  assert.equal(state.avatars, avatars)
  assert.equal(avatars.get('ada'), ada)
  assert.deepEqual({ ...ada }, { x: 2, name: 'Ada', mood: 7 })
  assert.deepEqual(told, [
    ['added', 'ada'],
    ['changed', 'ada', 2],
    ['added', 'lin'],
  ])
  assert.deepEqual(Object.keys(state).sort(), ['avatars', 'more'])
})
