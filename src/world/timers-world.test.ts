import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { defineWorld, entity, type World } from './index.ts'
import { harness } from './test-kit/harness.ts'

const Hero = entity({})
type Test = World<{ Hero: typeof Hero }>

function make(create: (world: Test) => void) {
  return defineWorld(
    { size: { width: 100, height: 100 }, viewRadius: 20, entities: { Hero }, avatar: Hero },
    {
      create: (world) => create(world as Test),
      join: (world) => world.spawn(Hero, { x: 1, y: 1 }),
    },
  )
}

describe('timers of game code', () => {
  it('run in the time of the world, and harm nobody by what they throw', async () => {
    const ran: string[] = []
    let world: Test | undefined
    const h = await harness(
      make((made) => {
        world = made
        made.after(0.1, () => {
          ran.push(`broken ${made.time}`)
          throw new Error('broken')
        })
        made.after(0.1, async () => {
          await Promise.resolve()
          throw new Error('broken later')
        })
        const often = made.every(0.05, () => {
          ran.push(`often ${made.tick}`)
          if (made.tick === 4) often.cancel()
        })
      }),
    )
    assert.equal(world?.time, 0)
    for (let tick = 0; tick < 6; tick += 1) h.tick()
    assert.deepEqual(ran, ['often 1', 'broken 0.1', 'often 2', 'often 3', 'often 4'])
    assert.equal(world?.time, 0.3)
    assert.equal(h.world.stats().tick, 6)
    assert.ok(h.logged.includes('The timer failed.'))
  })
})
