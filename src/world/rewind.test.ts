import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { tileLayout } from '../protocol/index.ts'
import { entity } from './entity.ts'
import type { Handle } from './handles.ts'
import { Population } from './population.ts'
import { Rewind } from './rewind.ts'
import { pastOf } from './rewind-past.ts'
import { seededRandom } from './test-kit/harness.ts'

const Hero = entity({})
const Rock = entity({})
const size = { width: 300, height: 200 }
const layout = tileLayout({ ...size, tileEdge: 16, viewRadius: 60, tickHz: 20, entities: [] })
const snap = 15
const ticks = 8

type Spot = { x: number; y: number }

/** A world that remembers, and beside it everything that ever was, to compare with. */
function history(seed: number) {
  const random = seededRandom(seed)
  const population = new Population({ kinds: { Hero, Rock }, layout, ...size, entitiesMax: 5000 })
  const rewind = new Rewind({ population, ticks, snap })
  const living: Handle[] = []
  /** By tick, where each entity was by its id, as clients were told. */
  const told: Map<number, Spot>[] = []
  const step = (tick: number): void => {
    for (const one of living) {
      const jump = random.float() < 0.05
      const reach = jump ? 200 : 20
      one.x += (random.float() - 0.5) * reach
      one.y += (random.float() - 0.5) * reach
    }
    for (let births = random.u32() % (tick === 3 ? 400 : 6); births > 0; births -= 1) {
      const kind = population.tableOf(random.float() < 0.5 ? Hero : Rock)
      const [x, y] = [random.float() * size.width, random.float() * size.height]
      living.push(population.spawn(kind, { x, y }))
    }
    for (let deaths = random.u32() % 4; deaths > 0 && living.length > 0; deaths -= 1) {
      const [dead] = living.splice(random.u32() % living.length, 1)
      population.despawn(dead as Handle)
    }
    population.collect()
    rewind.record(tick)
    const { precision } = layout
    const spots = living.map(({ id, x, y }) => {
      const round = (at: number): number => Math.floor(at / precision + 0.5) * precision
      return [id, { x: round(x), y: round(y) }] as const
    })
    told[tick] = new Map(spots)
    population.endTick()
  }
  const wasAt = ({ id }: Handle, moment: number): Spot | undefined => {
    const tick = Math.floor(moment)
    const from = told[tick]?.get(id)
    const to = told[tick + 1]?.get(id)
    if (from === undefined || to === undefined || moment === tick) return from
    const part = Math.hypot(to.x - from.x, to.y - from.y) > snap ? 0 : moment - tick
    return { x: from.x + (to.x - from.x) * part, y: from.y + (to.y - from.y) * part }
  }
  return { population, rewind, living, random, step, wasAt }
}

const ids = (found: readonly Handle[]): number[] => found.map(({ id }) => id).sort((a, b) => a - b)

function forHistories(check: (made: ReturnType<typeof history>, moment: number) => void): void {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e9 }), (seed) => {
      const made = history(seed)
      const until = 1 + (made.random.u32() % 25)
      for (let tick = 1; tick <= until; tick += 1) {
        made.step(tick)
        const player = {}
        made.rewind.saw(player, tick - made.random.float() * 12)
        const moment = made.rewind.seenBy(player)
        assert.ok(moment <= tick && moment >= Math.max(1, tick - ticks), `${moment} of ${tick}`)
        check(made, moment)
      }
    }),
    // The example has two beyond the far end of the ray, in the order of neither.
    { numRuns: 60, examples: [[294098864]] },
  )
}

describe('the past of a world', () => {
  it('is found by radius, by rectangle and along a line as it was seen', () => {
    forHistories(({ population, rewind, living, random, wasAt }, moment) => {
      const past = pastOf(population, rewind, moment)
      const there = living.flatMap((one) => {
        const spot = wasAt(one, moment)
        return spot === undefined ? [] : [{ one, spot }]
      })
      const [x, y, radius] = [random.float() * 300, random.float() * 200, random.float() ** 2 * 90]
      const close = there.filter(({ spot }) => (spot.x - x) ** 2 + (spot.y - y) ** 2 <= radius ** 2)
      assert.deepEqual(ids(past.near(x, y, radius)), ids(close.map(({ one }) => one)))
      const rocks = close.filter(({ one }) => one.kind === 'Rock').map(({ one }) => one)
      assert.deepEqual(ids(past.near(x, y, radius, Rock)), ids(rocks))
      const [right, top] = [x + radius, y - radius]
      const boxed = there.filter(
        ({ spot }) => spot.x >= x && spot.x <= right && spot.y >= top && spot.y <= y,
      )
      assert.deepEqual(ids(past.within(right, top, x, y)), ids(boxed.map(({ one }) => one)))
      const found = past.ray(x, y, right, y, 1.5)
      const passed = there.filter(({ spot }) => {
        const along = Math.min(Math.max(spot.x, x), right)
        return (spot.x - along) ** 2 + (spot.y - y) ** 2 <= 2.25
      })
      assert.deepEqual(ids(found), ids(passed.map(({ one }) => one)))
      // Past either end all are as far along as the end itself, in whatever order.
      const order = found.map((one) => Math.min(Math.max(x, wasAt(one, moment)?.x ?? 0), right))
      assert.deepEqual(
        order,
        order.toSorted((a, b) => a - b),
      )
    })
  })

  it('tells of each where it was, and of nobody who was not there or is no more', () => {
    forHistories(({ population, rewind, living, random, wasAt }, moment) => {
      const past = pastOf(population, rewind, moment)
      for (const one of living) {
        const spot = past.position(one)
        const expected = wasAt(one, moment)
        assert.equal(spot === undefined, expected === undefined)
        if (spot === undefined || expected === undefined) continue
        assert.ok(Math.hypot(spot.x - expected.x, spot.y - expected.y) < 1e-9)
      }
      // Who was spawned a moment ago, and who dies right now, before the tick ends.
      const table = population.tableOf(Hero)
      const fresh = population.spawn(table, { x: 5, y: 5 })
      assert.equal(past.position(fresh), undefined)
      const victim = living[random.u32() % Math.max(1, living.length)]
      if (victim !== undefined) population.despawn(victim)
      const all = past.near(150, 100, 1000)
      assert.ok(!all.includes(fresh))
      if (victim !== undefined) assert.ok(!all.includes(victim))
      if (victim !== undefined) assert.equal(past.position(victim), undefined)
      population.despawn(fresh)
      if (victim !== undefined) living.splice(living.indexOf(victim), 1)
    })
  })

  it('finds nothing by numbers that make no sense', () => {
    const { population, rewind, living, step } = history(5)
    for (let tick = 1; tick < 9; tick += 1) step(tick)
    const past = pastOf(population, rewind, 4.5)
    for (const odd of [Number.NaN, Infinity, -Infinity]) {
      assert.deepEqual(past.near(odd, 5, 50), [])
      assert.deepEqual(past.ray(odd, 5, 50, 5, 2), [])
    }
    assert.deepEqual(past.near(5, 5, Number.NaN), [])
    assert.deepEqual(past.near(5, 5, -1), [])
    assert.deepEqual(past.within(Number.NaN, 0, 100, 100), [])
    assert.deepEqual(past.ray(0, 0, 50, 5, Number.NaN), [])
    const there = living.filter((one) => past.position(one) !== undefined)
    assert.deepEqual(ids(past.near(5, 5, Infinity)), ids(there))
    assert.deepEqual(ids(past.near(-0, 1e308, 1e308)), ids(there))
    assert.deepEqual(ids(past.within(-Infinity, -Infinity, Infinity, Infinity)), ids(there))
  })

  it('is as far away as it is kept, whatever a player says', () => {
    const { rewind, step } = history(6)
    for (let tick = 1; tick <= 40; tick += 1) step(tick)
    const ada = {}
    assert.equal(rewind.seenBy(ada), 40)
    assert.equal(rewind.seenBy(undefined), 40)
    for (const odd of [0, -0, -5, Number.NaN, Infinity, 41, 2 ** 53]) {
      rewind.saw(ada, odd)
      assert.equal(rewind.seenBy(ada), 40, `${odd}`)
    }
    for (const old of [1, 31.99, 1e-300]) {
      rewind.saw(ada, old)
      assert.equal(rewind.seenBy(ada), 32, `${old}`)
    }
    rewind.saw(ada, 36.25)
    assert.equal(rewind.seenBy(ada), 36.25)
    step(41)
    assert.equal(rewind.seenBy(ada), 37.25, 'what a player sees moves on with the ticks')
  })
})
