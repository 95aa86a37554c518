import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { command } from '../actor/index.ts'
import { tileGrid } from '../protocol/index.ts'
import { f32 } from '../schema/index.ts'
import { defineWorld, entity } from './index.ts'
import { type Crowd, cappedRadius, entitiesWithin, ViewCaps } from './overload-caps.ts'
import { harness } from './test-kit/harness.ts'

/** Every tile a disc touches, the slow way: with how far away it is and how many are in it. */
function touched({ grid, population }: Crowd, x: number, y: number, reach: number) {
  const found: { distance: number; held: number }[] = []
  for (let row = 0; row < grid.rows; row += 1) {
    for (let column = 0; column < grid.columns; column += 1) {
      // Tiles at the border reach outward, but all points here are inside.
      const near = (at: number, tile: number): number =>
        Math.max(tile * grid.edge - at, at - (tile + 1) * grid.edge, 0)
      const distance = Math.hypot(near(x, column), near(y, row))
      const held = population[row * grid.columns + column] as number
      if (distance <= reach) found.push({ distance, held })
    }
  }
  return found.sort((a, b) => a.distance - b.distance)
}

const scene = fc
  .record({
    columns: fc.integer({ min: 1, max: 9 }),
    rows: fc.integer({ min: 1, max: 9 }),
    edge: fc.constantFrom(1, 8, 12.5),
    reach: fc.double({ min: 0.5, max: 6, noNaN: true }),
    at: fc.tuple(
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
    ),
    cap: fc.integer({ min: 1, max: 200 }),
    seed: fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 81, maxLength: 81 }),
    present: fc.double({ min: 0, max: 8, noNaN: true }),
  })
  .map(({ columns, rows, edge, reach, at, cap, seed, present }) => {
    const grid = tileGrid(columns * edge, rows * edge, edge)
    const crowd: Crowd = { grid, population: Int32Array.from(seed.slice(0, columns * rows)) }
    const [x, y] = [at[0] * columns * edge, at[1] * rows * edge]
    return { crowd, x, y, reach: reach * edge, cap, present: present * edge }
  })

describe('a capped view', () => {
  it('holds the nearest tiles that fit, and always its own', () => {
    fc.assert(
      fc.property(scene, ({ crowd, x, y, reach, cap, present }) => {
        const radius = cappedRadius(crowd, { x, y, reach, present }, cap)
        assert.ok(radius > 0 && radius <= reach)
        const all = touched(crowd, x, y, reach)
        const sum = (tiles: typeof all): number => tiles.reduce((held, tile) => held + tile.held, 0)
        const inside = all.filter(({ distance }) => distance <= radius)
        const grain = crowd.grid.edge / 65_536
        const onlyOwn = inside.every(({ distance }) => distance <= grain)
        assert.ok(inside.length >= 1)
        assert.ok(sum(inside) <= cap || onlyOwn, `${sum(inside)} of ${cap}`)
        // It does not shrink without need: with the next tiles it would not comfortably fit.
        const next = all.find(({ distance }) => distance > radius)
        if (next === undefined) return
        const more = all.filter(({ distance }) => distance <= next.distance + 2 * grain)
        assert.ok(sum(more) > cap * 0.85, `${sum(more)} would fit under ${cap}`)
      }),
      { numRuns: 1000 },
    )
  })

  it('stays as it is until the crowd has changed by more than a little', () => {
    fc.assert(
      fc.property(scene, ({ crowd, x, y, reach, cap, present }) => {
        const radius = cappedRadius(crowd, { x, y, reach, present }, cap)
        assert.equal(cappedRadius(crowd, { x, y, reach, present: radius }, cap), radius)
      }),
      { numRuns: 1000 },
    )
    // 96 of at most 100 in two columns of tiles: a few more or fewer are let be.
    const grid = tileGrid(40, 10, 10)
    const crowd: Crowd = { grid, population: Int32Array.of(48, 48, 48, 48) }
    const view = { x: 5, y: 5, reach: 30, present: 30 }
    const first = cappedRadius(crowd, view, 100)
    assert.ok(first > 5 && first < 15)
    for (const held of [44, 50, 43.5, 49]) {
      crowd.population.fill(held)
      assert.equal(cappedRadius(crowd, { ...view, present: first }, 100), first)
    }
    crowd.population.fill(51)
    assert.ok(cappedRadius(crowd, { ...view, present: first }, 100) < 5)
    crowd.population.fill(28)
    assert.ok(cappedRadius(crowd, { ...view, present: first }, 100) > 15)
    crowd.population.fill(5)
    assert.equal(cappedRadius(crowd, { ...view, present: first }, 100), 30)
  })

  it('has the next tile before its avatar crosses over, however small', () => {
    const crowd: Crowd = { grid: tileGrid(40, 10, 10), population: Int32Array.of(99, 99, 99, 99) }
    const view = { y: 5, near: 0.5, reach: 20, present: 20 }
    assert.equal(entitiesWithin(crowd, 9.6, 5, cappedRadius(crowd, { x: 9.6, ...view }, 1)), 198)
    assert.equal(entitiesWithin(crowd, 9.4, 5, cappedRadius(crowd, { x: 9.4, ...view }, 1)), 99)
  })

  it('counts as the slow way does', () => {
    fc.assert(
      fc.property(scene, ({ crowd, x, y, reach }) => {
        const slow = touched(crowd, x, y, reach).reduce((held, tile) => held + tile.held, 0)
        assert.equal(entitiesWithin(crowd, x, y, reach), slow)
      }),
    )
  })
})

describe('caps of a world', () => {
  it('fall upon crowds under pressure, and go with it', () => {
    const grid = tileGrid(100, 100, 10)
    const crowd: Crowd = { grid, population: new Int32Array(100).fill(1) }
    crowd.population[55] = 1000
    const lonely = { viewX: 5, viewY: 5, viewRadius: 10 }
    const busy = { viewX: 50, viewY: 55, viewRadius: 10 }
    const views = [
      ...Array.from({ length: 6 }, () => lonely),
      ...Array.from({ length: 4 }, () => busy),
    ]
    const caps = new ViewCaps(crowd, 10, 0)
    caps.begin(1, views, views.length)
    assert.equal(caps.cap, Number.POSITIVE_INFINITY)
    caps.begin(0.7, views, views.length)
    assert.ok(caps.cap > 700 && caps.cap < 710)
    assert.equal(caps.radius(5, 5, 10), 10)
    const shrunk = caps.radius(45, 55, 10)
    assert.ok(shrunk < 5, String(shrunk))
    caps.begin(0.49, views, views.length)
    assert.ok(caps.cap < 500)
    caps.begin(1, views, views.length)
    assert.equal(caps.radius(45, 55, shrunk), 10)
  })

  it('let nobody wait more than ten ticks who is still shrunk when the pressure has gone', () => {
    const crowd: Crowd = { grid: tileGrid(100, 100, 10), population: new Int32Array(100) }
    const caps = new ViewCaps(crowd, 10, 0)
    caps.begin(0.7, [], 0)
    const due = new Set<number>()
    for (let tick = 0; tick < 10; tick += 1) {
      caps.begin(1, [], 0)
      for (let index = 1; index <= 30; index += 1) {
        if (caps.isDue(index, 5)) due.add(index)
        assert.equal(caps.isDue(index, 10), false)
      }
    }
    assert.equal(due.size, 30)
  })

  it('are declared, reported to gates, and lifted when the crowd has gone', async () => {
    const Hero = entity({})
    const world = defineWorld(
      {
        size: { width: 200, height: 200 },
        viewRadius: 40,
        viewEntitiesMax: 50,
        entities: { Hero },
        avatar: Hero,
      },
      {
        join: (here) => here.spawn(Hero, { x: 101, y: 101 }),
        commands: {
          crowd: command({ count: f32 }, (here, me, { count }) => {
            for (const one of here.all(Hero)) if (one !== me) here.despawn(one)
            for (let index = 0; index < count; index += 1) here.spawn(Hero, { x: 130, y: 101 })
          }),
        },
      },
    )
    const h = await harness(world)
    await h.join('ada')
    const radii = (): number[] =>
      (h.batches.get('g1') ?? [])
        .splice(0)
        .flatMap(({ views }) => views.map(({ radius }) => radius))
    for (let tick = 0; tick < 15; tick += 1) h.tick()
    assert.deepEqual(radii(), [40 * (1 + 1 / 32)])
    h.send(0, { count: 100 })
    for (let tick = 0; tick < 15; tick += 1) h.tick()
    const [capped, ...rest] = radii()
    assert.ok(capped !== undefined && capped < 29)
    assert.deepEqual(rest, [])
    h.send(0, { count: 10 })
    for (let tick = 0; tick < 15; tick += 1) h.tick()
    assert.deepEqual(radii(), [40 * (1 + 1 / 32)])
    h.world.stop()
  })
})
