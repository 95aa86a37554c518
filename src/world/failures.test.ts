import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { command, refuse } from '../actor/index.ts'
import { u8 } from '../schema/index.ts'
import { defineWorld, entity } from './index.ts'
import { harness, settled } from './test-kit/harness.ts'

const Hero = entity({})
let decided: Promise<void> = Promise.resolve()

const shop = defineWorld(
  { size: { width: 9, height: 9 }, viewRadius: 3, entities: { Hero }, avatar: Hero },
  {
    join: (world) => world.spawn(Hero, { x: 1, y: 1 }),
    commands: {
      buy: command({ how: u8 }, async (_world, _me, { how }) => {
        await decided
        if (how === 1) throw refuse('sold out')
        if (how === 2) throw new Error('a secret of the game')
      }),
    },
  },
)

async function begin() {
  const h = await harness(shop)
  await h.join('ada')
  const told = () =>
    h.deliveries
      .splice(0)
      .filter(({ kind }) => kind === 'fail')
      .map(({ to, payload }) => `${to[0]?.session}: ${new TextDecoder().decode(payload)}`)
  return { h, told }
}

describe('what an async command throws late', () => {
  it('is told to who sent it, without the secrets of the game', async () => {
    const { h, told } = await begin()
    for (const how of [0, 1, 2]) h.send(0, { how })
    await settled()
    assert.deepEqual(told(), ['s-ada: REFUSED sold out', 's-ada: HANDLER_FAILED '])
    assert.deepEqual(h.logged, ['The command failed.'])
    assert.equal(h.world.stats().commandFailures, 1)
  })

  it('is told to the session the player has by then, and to nobody who left', async () => {
    const { h, told } = await begin()
    let decide = () => {}
    decided = new Promise((resolve) => {
      decide = resolve
    })
    await h.join('bob')
    h.send(0, { how: 1 })
    h.send(0, { how: 1 }, 's-bob')
    await h.join('ada', 's-new')
    void h.world.receive({ op: 'leave', session: 's-bob' })
    decide()
    await settled()
    assert.deepEqual(told(), ['s-new: REFUSED sold out'])
  })
})
