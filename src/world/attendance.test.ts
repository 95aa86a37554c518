import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { defineWorld, entity } from './index.ts'
import { harness } from './test-kit/harness.ts'

const Hero = entity({})
const viewRadius = 32
/** Per tick: a 64th of the radius is 0.5. */
const pace = 0.45

const meadow = defineWorld(
  { size: { width: 400, height: 400 }, viewRadius, entities: { Hero }, avatar: Hero },
  {
    join: (world) => world.spawn(Hero, { x: 200, y: 200 }),
    step: (world) => {
      for (const hero of world.all(Hero)) {
        hero.x += pace * Math.cos(world.tick / 9)
        hero.y += pace * Math.sin(world.tick / 9)
      }
    },
  },
)

describe('views', () => {
  it('cover the radius in every tick and the next, and are not reported in each', async () => {
    const h = await harness(meadow)
    await h.join('ada')
    let reports = 0
    let view = { x: Number.NaN, y: 0, radius: 0 }
    for (let tick = 1; tick <= 200; tick += 1) {
      h.tick()
      for (const report of h.batches.get('g1')?.at(-1)?.views ?? []) {
        reports += 1
        view = report
      }
      const hero = h.world.population.byId(1) as unknown as { x: number; y: number }
      const lag = Math.hypot(hero.x - view.x, hero.y - view.y)
      assert.ok(view.radius >= viewRadius + lag + pace, `tick ${tick}: ${lag} behind`)
    }
    assert.ok(reports > 10 && reports < 150, `${reports} reports`)
  })
})
