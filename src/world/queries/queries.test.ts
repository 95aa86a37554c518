import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { tileLayout } from '../../protocol/index.ts'
import { entity } from '../entity.ts'
import type { Handle } from '../handles.ts'
import { Population } from '../population.ts'
import { seededRandom } from '../test-kit/harness.ts'
import { queriesOf } from './index.ts'

const Hero = entity({})
const Rock = entity({})
const kinds = { Hero, Rock }

/** A world in the middle of its changes, some told to clients already, and who lives in it. */
function randomWorld(seed: number, huge = false) {
  const random = seededRandom(seed)
  const pick = <T>(from: readonly T[]): T => from[random.u32() % from.length] as T
  const size = { width: pick([7, 64, 100.5, 300]), height: pick([5, 64, 250]) }
  const tileEdge = pick([3, 8, 16.3, 400])
  const layout = tileLayout({ ...size, tileEdge, viewRadius: 60, tickHz: 20, entities: [] })
  const population = new Population({ kinds, layout, ...size, entitiesMax: 10_000 })
  // Whole numbers make equal distances, and places right on the borders of tiles.
  const whole = random.u32() % 2 === 0
  const somewhere = (): number => {
    const at = random.float() * 340 - 20
    return whole ? Math.round(at) : at
  }
  const all: Handle[] = []
  for (let change = random.u32() % 150; change > 0; change -= 1) {
    const table = population.tableOf(pick([Hero, Rock, Rock]))
    all.push(population.spawn(table, { x: somewhere(), y: somewhere() }))
    const one = pick(all)
    if (random.float() < 0.5) one.x = somewhere()
    if (random.float() < 0.2) {
      population.despawn(one)
      all.splice(all.indexOf(one), 1)
    }
    if (random.float() < 0.05) {
      population.collect()
      population.endTick()
    }
  }
  const strange = [Number.NaN, Infinity, -Infinity, -1e300, 1e300, -0, -40, size.width, tileEdge]
  const enormous = (): number => (random.float() * 2 - 1) * 10 ** (random.float() * 330 - 22)
  const some = (): number => (huge && random.float() < 0.5 ? enormous() : somewhere())
  const coordinate = (): number => (random.float() < 0.05 ? pick(strange) : some())
  const extent = (): number =>
    huge && random.float() < 0.5 ? Math.abs(enormous()) : random.float() ** 3 * 200
  const length = (): number => (random.float() < 0.1 ? pick(strange) : extent())
  const kind = pick([undefined, Hero, Rock])
  const living = all.filter(
    (one) => kind === undefined || one.kind === (kind === Hero ? 'Hero' : 'Rock'),
  )
  return { queries: queriesOf(population), living, coordinate, length, kind, random }
}

type RandomWorld = ReturnType<typeof randomWorld>

function forRandomWorlds(check: (world: RandomWorld) => void, huge = false): void {
  const seeds = fc.integer({ min: 1, max: 1e9 })
  fc.assert(
    fc.property(seeds, (seed) => {
      const world = randomWorld(seed, huge)
      for (let query = 0; query < 5; query += 1) check(world)
    }),
    { numRuns: 500 },
  )
}

const ids = (found: readonly Handle[]): number[] => found.map(({ id }) => id)
const ascending = (found: readonly Handle[]): number[] => ids(found).sort((a, b) => a - b)
const sound = (...values: readonly number[]): boolean =>
  values.every((value) => Math.abs(value) <= 1e150)

describe('queries', () => {
  it('find everybody within a radius and nobody else', () => {
    forRandomWorlds(({ queries, living, coordinate, length, kind }) => {
      const [x, y, radius] = [coordinate(), coordinate(), length()]
      const expected = living.filter(
        (one) => sound(x, y) && radius >= 0 && (one.x - x) ** 2 + (one.y - y) ** 2 <= radius ** 2,
      )
      assert.deepEqual(ascending(queries.near(x, y, radius, kind)), ascending(expected))
    })
  })

  it('find everybody in a rectangle and nobody else', () => {
    forRandomWorlds(({ queries, living, coordinate, kind }) => {
      const [x1, y1, x2, y2] = [coordinate(), coordinate(), coordinate(), coordinate()]
      const between = (at: number, a: number, b: number): boolean =>
        (a <= at && at <= b) || (b <= at && at <= a)
      const expected = living.filter((one) => between(one.x, x1, x2) && between(one.y, y1, y2))
      assert.deepEqual(ascending(queries.within(x1, y1, x2, y2, kind)), ascending(expected))
    })
  })

  it('find the nearest in their order', () => {
    forRandomWorlds(({ queries, living, coordinate, length, kind, random }) => {
      const [x, y] = [coordinate(), coordinate()]
      const radiusMax = random.float() < 0.5 ? undefined : length()
      const strange = [0, -3, 2.5, Number.NaN, Infinity]
      const count = strange[random.u32() % 20] ?? 1 + (random.u32() % 12)
      const square = (one: Handle): number => (one.x - x) ** 2 + (one.y - y) ** 2
      const limit = radiusMax ?? Infinity
      const expected = living
        .filter((one) => sound(x, y) && limit >= 0 && square(one) <= limit ** 2)
        .sort((a, b) => (square(a) === square(b) ? a.id - b.id : square(a) - square(b)))
        .slice(0, count >= 1 ? Math.floor(count) : 0)
      assert.deepEqual(ids(queries.nearest(x, y, count, kind, radiusMax)), ids(expected))
    })
  })

  it('find along a line whom it passes, in its order', () => {
    forRandomWorlds(({ queries, living, coordinate, length, kind }) => {
      const [x1, y1, x2, y2] = [coordinate(), coordinate(), coordinate(), coordinate()]
      const radius = length() / 8
      const found = queries.ray(x1, y1, x2, y2, radius, kind)
      const line = Math.hypot(x2 - x1, y2 - y1)
      if (!(radius >= 0 && sound(x1, y1, x2, y2))) return assert.deepEqual(found, [])
      const along = ({ x, y }: Handle): number => {
        const part = line === 0 ? 0 : ((x - x1) * (x2 - x1) + (y - y1) * (y2 - y1)) / line
        return Math.min(line, Math.max(0, part))
      }
      const gap = (one: Handle): number => {
        const part = line === 0 ? 0 : along(one) / line
        return Math.hypot(one.x - x1 - (x2 - x1) * part, one.y - y1 - (y2 - y1) * part)
      }
      // Whoever is right at the rim may be found or not: rounding decides.
      const sure = living.filter((one) => gap(one) < radius - 1e-9)
      const hit = new Set(found)
      assert.equal(hit.size, found.length)
      assert.ok(sure.every((one) => hit.has(one)))
      assert.ok(found.every((one) => living.includes(one) && gap(one) <= radius + 1e-9))
      found.reduce((before, one) => {
        const rise = along(one) - along(before)
        assert.ok(rise > -1e-9)
        return one
      }, found[0] as Handle)
    })
  })

  it('find of any finite numbers whom a look at everybody would find', () => {
    forRandomWorlds(({ queries, living, coordinate, length, kind, random }) => {
      const [x, y, x2, y2] = [coordinate(), coordinate(), coordinate(), coordinate()]
      const radius = Math.abs(length())
      if (!sound(x, y, x2, y2)) return
      const square = (one: Handle): number => (one.x - x) ** 2 + (one.y - y) ** 2
      const inside = living.filter((one) => square(one) <= radius ** 2)
      assert.deepEqual(ascending(queries.near(x, y, radius, kind)), ascending(inside))
      const between = (at: number, a: number, b: number): boolean =>
        Math.min(a, b) <= at && at <= Math.max(a, b)
      const boxed = living.filter((one) => between(one.x, x, x2) && between(one.y, y, y2))
      assert.deepEqual(ascending(queries.within(x, y, x2, y2, kind)), ascending(boxed))
      const count = 1 + (random.u32() % 12)
      const order = (a: Handle, b: Handle): number =>
        square(a) === square(b) ? a.id - b.id : square(a) - square(b)
      const closest = inside.sort(order).slice(0, count)
      assert.deepEqual(ids(queries.nearest(x, y, count, kind, radius)), ids(closest))
      const passed = living.filter((one) => gapSquare(one, x, y, x2, y2) <= radius ** 2)
      assert.deepEqual(ascending(queries.ray(x, y, x2, y2, radius, kind)), ascending(passed))
    }, true)
  })

  it('find everybody where the radius is so large that adding to it changes nothing', () => {
    const { queries, spawn } = square()
    const all = [spawn(0, 0), spawn(4, 9), spawn(10, 10)]
    for (const far of [1e17, 1e150]) {
      assert.deepEqual(ids(queries.near(0, 0, far * far)), ids(all))
      assert.deepEqual(ids(queries.near(far, -0, far)), ids(all))
      assert.deepEqual(ascending(queries.nearest(far, far, 3)), ids(all))
      assert.deepEqual(ids(queries.ray(0, 0, 10, 10, far)), ids(all))
    }
  })

  it('order equals by their ids', () => {
    const { queries, spawn } = square()
    const around = [spawn(7, 5), spawn(5, 3), spawn(3, 5), spawn(5, 7)]
    assert.deepEqual(queries.nearest(5, 5, 3), around.slice(0, 3))
    assert.deepEqual(queries.ray(0, 5, 9, 5, 2), [around[2], around[1], around[3], around[0]])
  })

  it('replace what is in an array that is used again', () => {
    const { queries, spawn } = square()
    const [a, b] = [spawn(1, 1), spawn(9, 9)]
    const found: Handle[] = [a, a, a, a]
    assert.equal(queries.near(9, 9, 2, Rock, found), found)
    assert.deepEqual(found, [b])
    assert.deepEqual(queries.within(0, 0, 10, 10, undefined, found), [a, b])
    assert.deepEqual(queries.near(Number.NaN, 0, 1, undefined, found), [])
    assert.equal(found.length, 0)
    assert.throws(() => queries.near(0, 0, 1, entity({})), { code: 'ENTITY_KIND_UNKNOWN' })
  })
})

/** How far it stands from a line, squared. */
function gapSquare(one: Handle, x: number, y: number, x2: number, y2: number): number {
  const [dx, dy, px, py] = [x2 - x, y2 - y, one.x - x, one.y - y]
  const line = dx * dx + dy * dy
  const along = line === 0 ? 0 : Math.min(1, Math.max(0, (px * dx + py * dy) / line))
  return (px - dx * along) ** 2 + (py - dy * along) ** 2
}

/** An empty world of four tiles. */
function square() {
  const size = { width: 10, height: 10 }
  const layout = tileLayout({ ...size, tileEdge: 5, viewRadius: 5, tickHz: 20, entities: [] })
  const population = new Population({ kinds, layout, ...size, entitiesMax: 10 })
  const spawn = (x: number, y: number) => population.spawn(population.tableOf(Rock), { x, y })
  return { queries: queriesOf(population), spawn }
}
