import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Infer, InferVisible, Mirrored } from './index.ts'
import * as schema from './index.ts'

const Item = schema.record({ count: schema.u8, note: schema.optional(schema.text({ max: 9 })) })
const Seat = schema.record({
  wind: schema.choice('north', 'east'),
  hand: schema.ownOnly(schema.list(Item)),
  seed: schema.serverOnly(schema.u32),
})
const Table = schema.record({
  seats: schema.map(Seat),
  shape: schema.union({ point: schema.record({}), circle: schema.record({ radius: schema.f32 }) }),
  best: schema.optional(Item),
  log: schema.list(schema.text({ max: 40 })),
})

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false

/** Compiles only where the two types are the same. */
function same<A, B>(..._proof: Equal<A, B> extends true ? [] : [never]): void {}

test('types are inferred as they would be written by hand', () => {
  same<Infer<typeof Item>, { count: number; note?: string | undefined }>()
  same<Infer<typeof Seat>['wind'], 'north' | 'east'>()
  same<Infer<typeof Table>['seats'], Map<string, Infer<typeof Seat>>>()
  type Shape = Infer<typeof Table>['shape']
  same<Shape, { readonly type: 'point' } | { readonly type: 'circle'; radius: number }>()
  type Seen = InferVisible<typeof Seat>
  same<Seen, { wind: 'north' | 'east'; hand?: Infer<typeof Item>[] | undefined }>()
  const item: Infer<typeof Item> = { count: 1 }
  assert.equal(item.note, undefined)
})

test('a tracked state refuses wrong values when compiled', () => {
  const { state } = new schema.Tracked(Table)
  state.seats.set('ada', { wind: 'east', hand: [{ count: 1 }], seed: 3 })
  assert.throws(() => {
    // @ts-expect-error a number is not a text
    state.log.push(3)
  })
  assert.throws(() => {
    // @ts-expect-error this wind does not blow
    state.seats.set('bo', { wind: 'up', hand: [], seed: 3 })
  })
  assert.throws(() => {
    // @ts-expect-error a field is missing
    state.seats.set('bo', { wind: 'north', hand: [] })
  })
  assert.throws(() => {
    // @ts-expect-error a field is misspelt
    state.logs = []
  })
  assert.throws(() => {
    // @ts-expect-error the variant has no such field
    state.shape = { type: 'point', radius: 1 }
  })
})

test('a mirror is read-only, and knows which fields a client may lack', () => {
  const { state } = new schema.Mirror(Table)
  // @ts-expect-error a field is misspelt
  assert.equal(state.logs, undefined)
  const end: () => void = state.seats.onAdd((id, seat) => {
    const name: string = id
    const wind: 'north' | 'east' = seat.wind
    // @ts-expect-error the hand is undefined for everybody but its owner
    seat.hand.length
    // @ts-expect-error the seed never leaves the server
    seat.seed
    assert.fail(`${name} ${wind}`)
  })
  end()
  state.onChange((fields) => {
    // @ts-expect-error there is no such field
    fields.includes('logs')
  })
  const writes = () => {
    // @ts-expect-error a mirror is only read
    state.log = []
    // @ts-expect-error a mirrored list is only read
    state.log.push('x')
    // @ts-expect-error a mirrored map is only read
    state.seats.set('a', { wind: 'north' })
  }
  assert.equal(typeof writes, 'function')
  same<Mirrored<number>, number>()
  same<Mirrored<'a' | 'b' | undefined>, 'a' | 'b' | undefined>()
})

test('constructors take only what they can make a type of', () => {
  assert.throws(() => {
    // @ts-expect-error a text has a limit
    schema.text()
  })
  assert.throws(() => {
    // @ts-expect-error a field is a type, not a constructor of JavaScript
    schema.record({ x: Number })
  })
  assert.throws(() => {
    // @ts-expect-error only records can be variants
    schema.union({ a: schema.u8 })
  })
  assert.throws(() => {
    // @ts-expect-error a choice has options
    schema.choice()
  })
})
