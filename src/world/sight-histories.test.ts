import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type TileStreamDescriptor, tileAt } from '../protocol/index.ts'
import { angle, u8 } from '../schema/index.ts'
import { type AnyEntity, defineWorld, entity, type World } from './index.ts'
import { type Harness, harness, seededRandom, Viewer } from './test-kit/harness.ts'

const Hero = entity({ facing: angle(8) })
const Rock = entity({ hp: u8 })
const kinds = { Hero, Rock }
type Test = World<typeof kinds>
type Spawned = AnyEntity<typeof kinds>

let step = (_world: Test): void => {}

const arena = defineWorld(
  { size: { width: 100, height: 70 }, viewRadius: 20, entities: kinds, avatar: Hero },
  {
    join: (world) => world.spawn(Hero, { x: 15, y: 15 }),
    step: (world) => step(world as never),
  },
)
const descriptor = arena.describe().world as TileStreamDescriptor
const grid = { edge: descriptor.tileEdge, columns: 10, rows: 7 }
const everyTile = Array.from({ length: 70 }, (_, tile) => tile)

/** Runs in the next tick's step. */
function inTick(h: Harness, run: (world: Test) => void): void {
  step = run
  h.tick()
  step = () => {}
}

describe('streams of layers', () => {
  it('show every client exactly what is for it, whatever happens', async () => {
    const players = ['ada', 'bob', 'eve']
    const names = ['red', 'blue']
    const property = fc.asyncProperty(fc.integer({ min: 1, max: 1e9 }), async (seed) => {
      const random = seededRandom(seed)
      const h = await harness(arena)
      const pick = <T>(list: readonly T[]): T => list[random.u32() % list.length] as T
      const viewers = players.map((id) => new Viewer(h, `g-${id}`, descriptor, `s-${id}`))
      for (const id of players) await h.join(id, undefined, `g-${id}`)
      const all = new Map<number, { one: Spawned; to: string | undefined; wide: boolean }>()
      let member: (player: string, to: string) => boolean = () => false
      const stir = (world: Test): void => {
        const roll = random.float()
        const at = () => ({ x: random.float() * 100, y: random.float() * 70 })
        const entry = all.get(pick([...all.keys()]) ?? -1)
        if (roll < 0.2 || entry === undefined) {
          const one = world.spawn(random.float() < 0.5 ? Rock : (Hero as never), at()) as Spawned
          all.set(one.id, { one, to: undefined, wide: false })
        } else if (roll < 0.27) {
          world.despawn(entry.one)
          all.delete(entry.one.id)
        } else if (roll < 0.55) {
          const [to, wide] = [pick([undefined, ...names, '@ada']), random.float() < 0.2]
          const priority = pick(['high', 'normal', 'low'] as const)
          world.show(entry.one, { to, reach: wide ? 'world' : 'view', priority })
          Object.assign(entry, { to, wide })
        } else if (roll < 0.6) {
          const player = { id: pick(players), name: '' }
          world.setAudiences(
            player,
            names.filter(() => random.float() < 0.5),
          )
        } else if (roll < 0.7) Object.assign(entry.one, at())
        else entry.one.x += (random.float() - 0.5) * 6
      }
      for (let tick = 0; tick < 60; tick += 1) {
        const tiles = () => Array.from({ length: random.u32() % 9 }, () => random.u32() % 70)
        for (const viewer of viewers) if (random.float() < 0.3) viewer.watch(tiles(), tiles())
        const before = tick % 10 < 8
        inTick(h, (world) => {
          for (let left = before ? random.u32() % 12 : 0; left > 0; left -= 1) stir(world)
          member = (player, to) =>
            to === `@${player}` || world.audiencesOf({ id: player, name: '' }).includes(to)
        })
        for (const [index, viewer] of viewers.entries()) {
          viewer.events.length = 0
          viewer.receive()
          const ids = (what: string) =>
            viewer.events.filter((e) => e.startsWith(what)).map((e) => e.split(' ')[1])
          assert.deepEqual(
            ids('removed').filter((id) => ids('added').includes(id)),
            [],
          )
          const looks = everyTile.some((tile) => viewer.has(tile))
          for (const [id, { one, to, wide }] of all) {
            const allowed = to === undefined || member(players[index] as string, to)
            const inView = wide ? looks : viewer.has(tileAt(grid, one.x, one.y))
            const seen = viewer.entities.get(id)
            if (!allowed || !inView) assert.equal(seen, undefined, `tick ${tick}: ${id} is seen`)
            // Whoever was admitted to an audience gets a keyframe one tick later.
            else if (!before) {
              assert.ok(seen !== undefined || tick % 10 === 8, `tick ${tick}: ${id} is missing`)
              if (seen !== undefined) assert.ok(Math.abs(seen.x - one.x) < 0.1)
            }
          }
        }
      }
    })
    await fc.assert(property, { numRuns: 60 })
  })
})
