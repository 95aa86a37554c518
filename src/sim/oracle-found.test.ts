import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Client } from './oracle/test-kit/client.ts'
import { concluded } from './oracle/test-kit/conclusion.ts'
import type { Thing } from './oracle/test-kit/model.ts'
import type { Setup } from './oracle/test-kit/setup.ts'
import { Stage } from './oracle/test-kit/stage.ts'

const setup: Setup = {
  settings: { tileEdge: 10, viewEntitiesMax: 0 },
  gates: 1,
  lag: 0,
  bytesPerSecondMax: 0,
}

/** A world with two players who have seen a little of it. */
async function begun(change: Partial<Setup> = {}): Promise<[Stage, Client, Client]> {
  const stage = new Stage({ ...setup, ...change })
  await stage.begin()
  const [ada, eve] = [await stage.enter(0), await stage.enter(stage.gates.length - 1)]
  for (let left = 8; left > 0; left -= 1) await stage.tick()
  return [stage, ada, eve]
}

describe('what random histories have found', () => {
  test('who was kicked and has joined again is not shown out when the word arrives', async () => {
    for (const lag of [-1, 0, 2]) {
      const [stage, ada] = await begun({ lag })
      stage.world.kick({ id: ada.player, name: '' })
      stage.gone()
      await stage.leave(ada)
      await stage.join(ada)
      await concluded(stage)
      assert.ok(ada.joined)
      assert.ok(ada.stream.entities.size > 0)
    }
  })

  test('a keyframe is not kept that a replaced world sent between two subscriptions', async () => {
    const [stage, ada, eve] = await begun({ lag: 2 })
    await stage.replace(setup.settings, 0)
    await stage.tick()
    await stage.leave(eve)
    for (const _ of [1, 2]) {
      await stage.disconnect(ada)
      await stage.resume(ada)
    }
    await stage.disconnect(ada)
    await stage.tick()
    await stage.resume(ada)
    await concluded(stage)
  })

  test('who comes to a gate that all have left is not shown a stream of those before', async () => {
    const [stage, ada, eve] = await begun({ lag: 2, gates: 2 })
    const hero = stage.model.things.get(stage.model.players.get(ada.player) ?? 0) as Thing
    Object.assign(hero, { vx: 0.1, wide: true, priority: 'low' })
    stage.world.show(stage.being(hero.id), { reach: 'world', priority: 'low' })
    await stage.tick()
    await stage.disconnect(eve)
    await stage.resume(eve)
    await stage.leave(eve)
    await stage.join(eve)
    for (let left = 8; left > 0; left -= 1) await stage.tick()
    await concluded(stage)
  })

  test('who has joined after the last checkpoint of a crash comes in again', async () => {
    for (const lag of [-1, 0, 2]) {
      const [stage, ada, eve] = await begun({ lag, gates: 2 })
      for (let left = 20; left > 0; left -= 1) await stage.tick()
      const former = ada.stay
      await stage.leave(ada)
      await stage.join(ada)
      const ivy = await stage.enter(1)
      await stage.disconnect(ivy)
      await stage.move(true)
      for (let left = 5; left > 0; left -= 1) await stage.tick()
      assert.ok(ada.joined && ada.stay !== former, 'within ticks')
      await concluded(stage)
      for (const { joined, stream } of [ada, eve, ivy]) {
        assert.ok(joined && stream.entities.size >= 3)
      }
    }
  })
})
