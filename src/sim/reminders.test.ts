import assert from 'node:assert/strict'
import { test } from 'node:test'
import { call, defineActor, defineGame, u8, u32 } from '../index.ts'
import { startNode } from './cluster.ts'
import { type SimNode, simWorld } from './index.ts'

const actors = 24

const oven = defineActor(
  { state: { baked: u32, sold: u32 }, reminders: { bake: { loaves: u8 }, sell: {} } },
  {
    reminders: {
      bake: (self, { loaves }) => {
        self.state.baked += loaves
        self.ledger.transfer({ from: 'source:flour', to: self.account('bread'), amount: loaves })
      },
      sell: (self) => {
        self.state.sold += 1
      },
    },
    calls: {
      plan: call({ inMs: u32 }, {}, (self, { inMs }) => {
        self.remind('bake', { inMs }, { loaves: 3 })
        self.remind('sell', { inMs: 1000, everyMs: 1000 }, {})
        return {}
      }),
      close: call({}, {}, (self) => {
        self.forgetReminder('sell')
        return {}
      }),
      look: call({}, { baked: u32, sold: u32, bread: u32 }, async (self) => {
        const bread = await self.ledger.balance(self.account(), 'bread')
        return { baked: self.state.baked, sold: self.state.sold, bread }
      }),
    },
  },
)
const game = defineGame({ actors: { oven } })

/** Actors sleep on reminders while nodes are killed, and the store forgets to answer. */
async function history(seed: number): Promise<void> {
  const world = simWorld(seed)
  const names = ['alpha', 'beta', 'gamma']
  const nodes = new Map<string, SimNode>()
  for (const name of names) nodes.set(name, await world.until(startNode(world, game, name)))
  const first = nodes.get('alpha') as SimNode
  const of = (node: SimNode, at: number) => node.realm.host.scope.actor(oven, `o${at}`)
  for (let at = 0; at < actors; at += 1) {
    await world.until(of(first, at).plan({ inMs: Math.floor(world.random.float() * 40_000) }))
  }
  world.faults.storeLostReplyRate = 0.01
  for (let round = 0; round < 5; round += 1) {
    await world.run(4000 + world.random.float() * 6000)
    const name = names[world.random.u32() % names.length] as string
    nodes.get(name)?.process.kill()
    await world.run(world.random.float() * 5000)
    nodes.set(name, await world.until(startNode(world, game, name)))
  }
  world.faults.storeLostReplyRate = 0
  await world.run(60_000)
  const node = nodes.get('beta') as SimNode
  for (let at = 0; at < actors; at += 1) {
    await world.until(of(node, at).close({}))
    const { baked, sold, bread } = await world.until(of(node, at).look({}))
    assert.deepEqual([baked, bread], [3, 3], `o${at} has baked once`)
    assert.ok(sold > 30, `o${at} has sold ${sold} times`)
  }
  assert.deepEqual(world.committed.scan('due/', { limit: 10 }), [])
  assert.deepEqual(world.errors, [])
}

test('reminders fire once in effect, whatever becomes of the nodes', async () => {
  for (let seed = 70; seed < 72; seed += 1) await history(seed)
})
