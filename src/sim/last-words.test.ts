import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defineMessage } from '../cluster/index.ts'
import { defineGame, u32 } from '../index.ts'
import { record } from '../schema/index.ts'
import { startNodes } from './cluster.ts'
import { simWorld } from './index.ts'

const word = defineMessage('test.word', record({ n: u32 }))

test('what a node has said last arrives before it is gone, though some of it is lost', async () => {
  for (let seed = 1; seed <= 24; seed += 1) {
    const world = simWorld(seed)
    const [alpha, beta] = await startNodes(world, defineGame({}), ['alpha', 'beta'])
    assert.ok(alpha && beta)
    const heard: number[] = []
    beta.realm.node.serve(word, (_from, { n }) => void heard.push(n))
    await world.run(1_000)
    alpha.realm.node.post('beta', word, { n: 1 })
    await world.run(500)
    world.faults.busLossRate = 0.2
    for (let n = 2; n <= 5; n += 1) alpha.realm.node.post('beta', word, { n })
    await world.until(alpha.realm.close())
    await world.run(100)
    assert.deepEqual(heard, [1, 2, 3, 4, 5], `seed ${seed}`)
  }
})

test('a node that closes does not wait for long for one that stands still', async () => {
  const world = simWorld(1)
  const [alpha, beta] = await startNodes(world, defineGame({}), ['alpha', 'beta'])
  assert.ok(alpha && beta)
  beta.realm.node.serve(word, () => undefined)
  await world.run(1_000)
  beta.process.pause()
  alpha.realm.node.post('beta', word, { n: 1 })
  const beforeMs = world.clock.now()
  await world.until(alpha.realm.close())
  assert.ok(world.clock.now() - beforeMs < 3_000)
})
