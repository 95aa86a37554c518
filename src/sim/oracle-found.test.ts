import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Client } from './oracle/test-kit/client.ts'
import { concluded } from './oracle/test-kit/conclusion.ts'
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
  const [ada, eve] = [await stage.enter(0), await stage.enter(0)]
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
})
