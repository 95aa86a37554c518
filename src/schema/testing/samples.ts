import type { Fields, RecordType, Type } from '../index.ts'
import * as schema from '../index.ts'
import type { Dice } from './dice.ts'

/** A type with what is needed to make values of it and to walk through them. */
export interface Sample {
  readonly type: Type<unknown>
  /** A checked value. */
  make(dice: Dice): unknown
  readonly shape: Shape
}

export type Shape =
  | { readonly kind: 'scalar' }
  | { readonly kind: 'record'; readonly fields: Readonly<Record<string, SampleField>> }
  | { readonly kind: 'union'; readonly variants: Readonly<Record<string, Shape>> }
  | { readonly kind: 'list'; readonly of: Sample }
  | { readonly kind: 'map'; readonly of: Sample }
  | { readonly kind: 'optional'; readonly of: Sample }

export interface SampleField {
  readonly sample: Sample
  readonly hidden: '' | 'own' | 'server'
}

/** Keys of maps, and so the players of the tests; one of them is a trap for careless objects. */
export const sampleKeys = ['p0', 'p1', 'p2', '__proto__', 'ключ']
const texts = ['', 'a', 'héllo', '寧', '👾!', 'x'.repeat(20)]

type ScalarMaker = (dice: Dice) => [Type<unknown>, (dice: Dice) => unknown]

const integers = (low: number, high: number) => (dice: Dice) => {
  return dice.pick([low, high, low + dice.roll(high - low), low + (dice.roll(5) % (high - low))])
}
const reals = (dice: Dice) => dice.pick([0, -1, 1.5, 0.1, -3e10, dice.roll(1000) / 7])

const scalars: readonly ScalarMaker[] = [
  () => [schema.u8, integers(0, 255)],
  () => [schema.u16, integers(0, 65535)],
  () => [schema.u32, integers(0, 2 ** 32 - 1)],
  () => [schema.i8, integers(-128, 127)],
  () => [schema.i16, integers(-32768, 32767)],
  () => [schema.i32, integers(-(2 ** 31), 2 ** 31 - 1)],
  () => [schema.f32, reals],
  () => [schema.f64, reals],
  () => [schema.varint, (dice) => dice.pick([0, 127, 128, 2 ** 31, 2 ** 32, 2 ** 53 - 1])],
  () => [schema.entityId, integers(0, 100_000)],
  () => [schema.bool, (dice) => dice.roll(2) === 1],
  () => [schema.angle(12), reals],
  (dice) => {
    const min = dice.pick([0, -1, -512, 100])
    const step = dice.pick([0.1, 0.01, 1, 0.3])
    const type = schema.fixed({ min, max: min + 200, step })
    return [type, (more) => min + more.roll(200) + more.roll(10) / 10]
  },
  () => [schema.text({ max: 20 }), (dice) => dice.pick(texts)],
  () => [schema.bytes({ max: 9 }), (dice) => new Uint8Array(dice.roll(10)).fill(dice.roll(256))],
  () => [schema.choice('north', 'east', 'south'), (dice) => dice.pick(['north', 'south'])],
]

function scalar(dice: Dice): Sample {
  const [type, make] = dice.pick(scalars)(dice)
  return { type, make: (more) => type.check(make(more)), shape: { kind: 'scalar' } }
}

/** A record of random fields, some of them hidden. */
export function recordSample(dice: Dice, depth: number): Sample & { type: RecordType } {
  const fields: Record<string, Type<unknown>> = {}
  const shapes: Record<string, SampleField> = {}
  const count = 1 + dice.roll(4)
  for (let index = 0; index < count; index += 1) {
    const sample = randomSample(dice, depth - 1)
    const hidden = dice.pick(['', '', '', 'own', 'server'] as const)
    // The first field is seen by all, so that no record is empty for a client.
    const kind = index === 0 ? '' : hidden
    const { type } = sample
    const name = `f${index}`
    fields[name] = kind === 'own' ? schema.ownOnly(type) : type
    if (kind === 'server') fields[name] = schema.serverOnly(type)
    shapes[name] = { sample, hidden: kind }
  }
  const make = (more: Dice) => {
    return Object.fromEntries(
      Object.entries(shapes).map(([name, { sample }]) => [name, sample.make(more)]),
    )
  }
  return { type: schema.record(fields as Fields), make, shape: { kind: 'record', fields: shapes } }
}

function listSample(dice: Dice, depth: number): Sample {
  const of = randomSample(dice, depth - 1)
  const type = schema.list(of.type, { max: 12 })
  const make = (more: Dice) => Array.from({ length: more.roll(5) }, () => of.make(more))
  return { type, make, shape: { kind: 'list', of } }
}

function mapSample(dice: Dice, depth: number): Sample {
  const of = randomSample(dice, depth - 1)
  const type = schema.map(of.type, { max: 5, keyMax: 9 })
  const make = (more: Dice) => {
    const keys = Array.from({ length: more.roll(4) }, () => more.pick(sampleKeys))
    return new Map(keys.map((key) => [key, of.make(more)]))
  }
  return { type, make, shape: { kind: 'map', of } }
}

function optionalSample(dice: Dice, depth: number): Sample {
  const of = randomSample(dice, depth - 1)
  if (of.shape.kind === 'optional') return of
  const make = (more: Dice) => (more.roll(3) === 0 ? undefined : of.make(more))
  return { type: schema.optional(of.type), make, shape: { kind: 'optional', of } }
}

function unionSample(dice: Dice, depth: number): Sample {
  const a = recordSample(dice, depth - 1)
  const b = recordSample(dice, depth - 1)
  const make = (more: Dice) => {
    const [name, sample] = more.pick([['a', a] as const, ['b', b] as const])
    return { type: name, ...(sample.make(more) as object) }
  }
  const shape: Shape = { kind: 'union', variants: { a: a.shape, b: b.shape } }
  return { type: schema.union({ a: a.type, b: b.type }), make, shape }
}

/** A random type, nesting at most `depth` levels. */
function randomSample(dice: Dice, depth: number): Sample {
  if (depth <= 0) return scalar(dice)
  const makers = [
    scalar,
    recordSample,
    listSample,
    mapSample,
    mapSample,
    optionalSample,
    unionSample,
  ]
  return dice.pick(makers)(dice, depth)
}
