import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type TileStreamDescriptor, tileAt } from '../protocol/index.ts'
import { angle, u8 } from '../schema/index.ts'
import { type AnyEntity, defineWorld, entity, type World } from './index.ts'
import { harness, seededRandom, Viewer } from './test-kit/harness.ts'

const Hero = entity({ facing: angle(8), hp: u8, aim: angle(11) })
const Rock = entity({ hp: u8 })
const kinds = { Hero, Rock }
type Test = World<typeof kinds>
type Spawned = AnyEntity<typeof kinds>

let step = (_world: Test): void => {}
const arena = defineWorld(
  { size: { width: 100, height: 70 }, viewRadius: 20, entities: kinds, avatar: Hero },
  { join: (world) => world.spawn(Hero, { x: 0, y: 0 }), step: (world) => step(world as never) },
)
const descriptor = arena.describe().world as TileStreamDescriptor
const grid = { edge: descriptor.tileEdge, columns: 10, rows: 7 }
const precision = descriptor.precision as number
const everyTile = Array.from({ length: 70 }, (_, tile) => tile)

function shown(one: Spawned) {
  const inSteps = (value: number) => Math.floor(value / precision + 0.5) * precision
  const fields =
    one.kind === 'Rock'
      ? { hp: one.hp }
      : { facing: angle(8).check(one.facing), hp: one.hp, aim: angle(11).check(one.aim) }
  return { id: one.id, kind: one.kind, x: inSteps(one.x), y: inSteps(one.y), fields }
}

describe('slower rates', () => {
  it('tell at once who comes and goes, of the rest all that changed, now and then', async () => {
    const property = fc.asyncProperty(fc.integer({ min: 1, max: 1e9 }), async (seed) => {
      const random = seededRandom(seed)
      const pick = <T>(list: readonly T[]): T => list[random.u32() % list.length] as T
      const all: Spawned[] = []
      const layered = new Set<number>()
      const stir = (world: Test): void => {
        const roll = random.float()
        const at = () => ({ x: random.float() * 100, y: random.float() * 70 })
        const one = pick(all)
        if (roll < 0.1 || one === undefined) {
          all.push(world.spawn(roll < 0.05 ? Rock : (Hero as never), at()) as Spawned)
        } else if (roll < 0.15) {
          world.despawn(one)
          all.splice(all.indexOf(one), 1)
        } else if (roll < 0.2) Object.assign(one, at())
        else if (roll < 0.25) {
          const reach = pick(['view', 'world'] as const)
          world.show(one, { reach, priority: pick(['high', 'normal', 'low'] as const) })
          if (reach === 'world') layered.add(one.id)
          else layered.delete(one.id)
        } else if (roll < 0.7) one.x += (random.float() - 0.5) * 6
        else if (roll < 0.8) one.hp = random.u32() & 255
        else if (one.kind === 'Hero') {
          one.facing += random.float() - 0.5
          one.aim += random.float() - 0.5
        }
      }
      const h = await harness(arena)
      const viewers = ['g1', 'g2', 'g3'].map((gate) => new Viewer(h, gate, descriptor))
      for (const viewer of viewers) viewer.watch(everyTile)
      for (let tick = 0; tick < 120; tick += 1) {
        for (const viewer of viewers) {
          if (random.float() < 0.05) viewer.rate = pick([1, 4, 16])
          const tiles = () => Array.from({ length: random.u32() % 20 }, () => random.u32() % 70)
          viewer.watch(random.float() < 0.2 ? tiles() : [], random.float() < 0.05 ? tiles() : [])
        }
        step = (world) => {
          const calm = tick % 60 >= 42
          for (let left = calm ? 0 : random.u32() % 12; left > 0; left -= 1) stir(world)
        }
        h.tick()
        for (const viewer of viewers) {
          viewer.receive()
          const looks = everyTile.some((tile) => viewer.has(tile))
          const expected = all.filter(({ id, x, y }) => {
            return layered.has(id) ? looks : viewer.has(tileAt(grid, x, y))
          })
          const ids = (list: Iterable<number>) => [...list].sort((a, b) => a - b)
          // Who is in view is the same at every rate, in every tick.
          assert.deepEqual(ids(viewer.entities.keys()), ids(expected.map(({ id }) => id)))
          if (tick % 60 !== 59) continue
          for (const one of expected) {
            assert.deepEqual({ ...viewer.entities.get(one.id) }, shown(one), `tick ${tick}`)
          }
        }
      }
      h.world.stop()
    })
    await fc.assert(property, { numRuns: 40 })
  })

  it('cost less, and are told only to gates that need them', async () => {
    const random = seededRandom(8)
    step = (world) => {
      if (world.tick === 1) {
        for (let count = 0; count < 300; count += 1) {
          world.spawn(Hero, { x: random.float() * 100, y: random.float() * 70 })
        }
      }
      for (const hero of world.all(Hero)) {
        hero.facing += 0.1
        hero.x += Math.cos(hero.facing) * 0.1
        hero.y += Math.sin(hero.facing) * 0.1
      }
    }
    const h = await harness(arena)
    const viewers = [1, 4, 16].map((rate) => {
      const viewer = new Viewer(h, `g${rate}`, descriptor)
      viewer.rate = rate
      viewer.watch(everyTile)
      return viewer
    })
    for (let tick = 0; tick < 40; tick += 1) h.tick()
    for (const viewer of viewers) {
      viewer.receive()
      viewer.bytes = 0
    }
    for (let tick = 0; tick < 160; tick += 1) h.tick()
    for (const viewer of viewers) viewer.receive()
    const [full, slow, crawl] = viewers.map(({ bytes }) => bytes) as [number, number, number]
    assert.ok(slow < full * 0.65, `${slow} of ${full}`)
    assert.ok(crawl < full * 0.35, `${crawl} of ${full}`)
    const unasked = h.batches.get('g1')?.flatMap((batch) => [...batch.slow.streams])
    assert.deepEqual(unasked, [])
    assert.ok(h.batches.get('g1')?.every(({ rates }) => !rates))
    h.world.stop()
  })
})
