import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { desyncText, type TileStreamDescriptor } from '../protocol/index.ts'
import { angle, f32, fixed, list, map, optional, record, text, u8, u16 } from '../schema/index.ts'
import { type AnyEntity, defineWorld, entity, type World } from './index.ts'
import { type Harness, harness, seededRandom, Viewer } from './test-kit/harness.ts'

const Hero = entity({
  ...{ facing: angle(8), hp: u16, name: text({ max: 12 }), speed: f32 },
  ...{ heat: fixed({ min: -5, max: 5, step: 0.3 }), gear: list(u8, { max: 4 }) },
  ...{ skills: map(u8, { max: 4 }), home: optional(record({ x: u8 })) },
})
const Rock = entity({ hp: u8 })
const kinds = { Hero, Rock }
type Test = World<typeof kinds>

/** Two seconds, in whole sixteens of ticks. */
const checkTicks = 48

function makeArena(step: (world: Test) => void, desyncCheck: boolean | { everyMs: number } = true) {
  return defineWorld(
    {
      size: { width: 100, height: 70 },
      ...{ viewRadius: 20, entities: kinds, avatar: Hero, desyncCheck },
    },
    { join: (world) => world.spawn(Hero, { x: 15, y: 15 }), step: (world) => step(world as never) },
  )
}

async function begin(step: (world: Test) => void, desyncCheck?: boolean | { everyMs: number }) {
  const arena = makeArena(step, desyncCheck)
  const h = await harness(arena)
  const viewer = new Viewer(h, 'g1', arena.describe().world as TileStreamDescriptor)
  viewer.watch(Array.from({ length: 70 }, (_, tile) => tile))
  return { h, viewer }
}

function run(h: Harness, viewer: Viewer, ticks: number): void {
  for (let tick = 0; tick < ticks; tick += 1) {
    h.tick()
    viewer.receive()
  }
}

describe('the desync checker', () => {
  it('finds nothing where nothing is wrong, with all types, rates and layers', async () => {
    const property = fc.asyncProperty(fc.integer({ min: 1, max: 1e9 }), async (seed) => {
      const random = seededRandom(seed)
      const pick = <T>(of: readonly T[]): T => of[random.u32() % of.length] as T
      const all: AnyEntity<typeof kinds>[] = []
      const { h, viewer } = await begin((world) => {
        if (world.tick === 1) {
          for (let count = 0; count < 30; count += 1) {
            const at = { x: random.float() * 100, y: random.float() * 70 }
            all.push(world.spawn(count % 3 === 0 ? Rock : (Hero as never), at) as never)
          }
        }
        for (const one of all) {
          one.x += (random.float() - 0.5) * 3
          one.y += (random.float() - 0.5) * 3
          if (one.kind !== 'Hero' || random.float() < 0.7) continue
          one.facing += random.float()
          one.speed = random.float() * 9
          one.heat = random.float() * 10 - 5
          one.name = random.id().slice(0, random.u32() % 12)
          one.gear = Array.from({ length: random.u32() % 4 }, () => random.u32() & 255)
          one.skills = new Map([[random.id().slice(0, 3), random.u32() & 255]])
          one.home = random.float() < 0.5 ? undefined : { x: random.u32() & 255 }
          const reach = pick(['view', 'world'] as const)
          if (random.float() < 0.1) world.show(one, { reach, priority: pick(['low', 'normal']) })
        }
      })
      for (let turn = 0; turn < 4; turn += 1) {
        viewer.rate = pick([1, 4, 16])
        viewer.watch([], [random.u32() % 70])
        viewer.watch([random.u32() % 70])
        run(h, viewer, 30)
      }
      assert.ok(viewer.checks > 100)
      assert.deepEqual(viewer.reports, [])
      assert.equal(viewer.suspected, 0)
    })
    await fc.assert(property, { numRuns: 25 })
  })

  it('finds, reports and repairs whatever differs', async () => {
    const { h, viewer } = await begin((world) => {
      if (world.tick !== 1) return
      const gear = [1, 2]
      for (let count = 0; count < 5; count += 1) {
        world.spawn(Hero, { x: 15, y: 15 + count, hp: 50, name: 'Bo', gear, speed: 1 })
      }
      world.show(world.spawn(Rock, { x: 50, y: 50, hp: 9 }), { reach: 'world' })
    })
    run(h, viewer, 40)
    const state = () => structuredClone([...viewer.entities.values()])
    const right = state()
    const step = 1 / 128
    type Seen = { x: number; y: number; fields: Record<string, unknown> }
    const wrong: [number, (seen: Seen) => void, string, unknown, unknown][] = [
      [2, ({ fields }) => (fields['hp'] = 51), 'hp', 51, 50],
      [1, ({ fields }) => (fields['facing'] = Math.PI), 'facing', Math.PI, 0],
      [3, ({ fields }) => (fields['name'] = 'Bob'), 'name', 'Bob', 'Bo'],
      [4, ({ fields }) => void (fields['gear'] as number[]).push(3), 'gear', [1, 2, 3], [1, 2]],
      [5, ({ fields }) => (fields['speed'] = Number.NaN), 'speed', Number.NaN, 1],
      [2, ({ fields }) => (fields['name'] = { so: 'wrong' }), 'name', { so: 'wrong' }, 'Bo'],
      [2, (seen) => (seen.x += step), 'x', 15 + step, 15],
      [2, (seen) => (seen.y = Number.NaN), 'y', Number.NaN, 16],
      [6, (seen) => (seen.x = -3), 'x', -3, 50],
    ]
    for (const [id, flip, field, mine, theirs] of wrong) {
      flip(viewer.entities.get(id) as Seen)
      run(h, viewer, checkTicks + 2)
      const [report] = viewer.reports.splice(0)
      assert.ok(report, `${field} of ${id} was not found`)
      assert.equal(report.count, 1)
      assert.deepEqual(report.differences, [{ entity: id, field, mine, theirs }])
      assert.equal(report.tile, id === 6 ? 70 : 11)
      assert.ok(report.tick > 40 && report.tick <= h.world.stats().tick)
      const line = desyncText(report)
      assert.ok(line.includes(`entity ${id} ${field}: `) && line.length <= 512, line)
      assert.deepEqual(state(), right)
    }
    assert.equal(viewer.events.filter((event) => event.startsWith('removed')).length, 0)
    run(h, viewer, checkTicks * 2)
    assert.deepEqual(viewer.reports, [])
  })

  it('checks as often as the world says, or not at all', async () => {
    const counts: number[] = []
    for (const check of [true, { everyMs: 800 }, { everyMs: 1 }, false]) {
      if (typeof check === 'object' && check.everyMs < 100) {
        assert.throws(() => makeArena(() => {}, check))
        continue
      }
      const { h, viewer } = await begin(() => {}, check)
      run(h, viewer, 320)
      counts.push(viewer.checks)
    }
    // 320 ticks hold 20 times 16 of them, and nearly 7 times 48.
    assert.deepEqual(counts, [480, 1400, 0])
  })

  it('counts what clients report, and logs it now and then', async () => {
    const { h } = await begin(() => {})
    await h.join('ada')
    for (let count = 0; count < 3; count += 1) {
      void h.world.receive({ op: 'desync', session: 's-ada', report: 'tile 3: hp 4 for 5' })
    }
    void h.world.receive({ op: 'desync', session: 's-nobody', report: 'tile 3' })
    assert.equal(h.world.stats().desyncs, 3)
    assert.deepEqual(h.logged, ['The desync failed.'])
  })
})
