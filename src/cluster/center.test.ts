import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { RealmError } from '../errors/index.ts'
import { type TestNode, testCluster } from './test-kit/index.ts'

const address = 'world/frontier/main'

/** Nodes that own what the center asks them to activate. */
async function guarded(ids: readonly string[], roles: Parameters<Cluster['join']>[2][] = []) {
  const cluster = testCluster()
  const nodes: TestNode[] = []
  const started: string[] = []
  for (const [index, id] of ids.entries()) {
    const one = await cluster.join(id, {}, roles[index] ?? {})
    one.node.onActivate(async (asked) => {
      started.push(`${asked} on ${id}`)
      await one.node.claim(asked)
    })
    nodes.push(one)
  }
  await cluster.clock.advance(500)
  return { ...cluster, nodes, started }
}
type Cluster = ReturnType<typeof testCluster>

describe('the center', () => {
  it('starts what must always be active and is not', async () => {
    const { clock, nodes, started } = await guarded(['a', 'b'])
    await nodes[0]?.node.keep(address)
    await nodes[1]?.node.keep(address)
    await clock.advance(1500)
    assert.equal(started.length, 1, 'once, and somewhere')
    const owner = await nodes[0]?.node.locate(address)
    assert.equal(started[0], `${address} on ${owner}`)
  })

  it('starts it again elsewhere when its node dies, also where that was the center', async () => {
    const { clock, nodes, started } = await guarded(['a', 'b', 'c'])
    await nodes[0]?.node.keep(address)
    await clock.advance(1500)
    for (let deaths = 1; deaths <= 2; deaths += 1) {
      const owner = started.at(-1)?.split(' ').at(-1)
      const dead = nodes.find(({ node }) => node.id === owner)
      if (dead !== undefined) dead.store.cut = true
      await clock.advance(5000)
      assert.notEqual(started.at(-1), `${address} on ${owner}`)
      const survivors = nodes.filter(({ store }) => !store.cut)
      assert.ok(survivors.some(({ node }) => started.at(-1) === `${address} on ${node.id}`))
    }
  })

  it('hands its duty over when it leaves', async () => {
    const { clock, nodes, store } = await guarded(['a', 'b'])
    await clock.advance(1000)
    const before = await store.read('own/duty/center/main')
    assert.ok(before)
    const text = new TextDecoder()
    const [first, second] = text.decode(before.value).includes(nodes[0]?.node.incarnation ?? '?')
      ? nodes
      : nodes.toReversed()
    await first?.node.close()
    await clock.advance(600)
    const after = await store.read('own/duty/center/main')
    assert.ok(text.decode(after?.value).includes(second?.node.incarnation ?? '?'))
  })

  it('takes its duty up again though the store’s answer about it was lost', async () => {
    const { clock, nodes, store, started } = await guarded(['a'])
    await clock.advance(1000)
    const key = 'own/duty/center/main'
    const duty = await store.read(key)
    assert.ok(duty)
    // What a write leaves behind whose answer never came.
    await store.transact({ checks: [], writes: [{ key, value: duty.value }] })
    await nodes[0]?.node.keep(address)
    await clock.advance(3000)
    assert.equal(started.length, 1)
  })

  it('moves on what a node gives up that is about to stop, never back to it', async () => {
    const { clock, nodes, started } = await guarded(['a', 'b'])
    await nodes[0]?.node.keep(address)
    await clock.advance(1500)
    const owner = started[0]?.split(' ').at(-1)
    const [stopping, other] = owner === 'a' ? nodes : nodes.toReversed()
    await stopping?.node.drain()
    const own = await stopping?.store.read(`own/${address}`)
    const fence = { key: `own/${address}`, version: own?.version ?? 0 }
    await stopping?.node.release({ address, epoch: fence.version, fence })
    await clock.advance(2000)
    assert.deepEqual(started.slice(1), [`${address} on ${other?.node.id}`])
  })

  it('leaves alone what need not be active any more', async () => {
    const { clock, nodes, started } = await guarded(['a', 'b'])
    await nodes[0]?.node.keep(address)
    await nodes[0]?.node.unkeep(address)
    await clock.advance(2000)
    assert.deepEqual(started, [])
  })

  it('starts it where the role for it is, as soon as there is one', async () => {
    const { clock, nodes, join } = await guarded(['a'], [{ roles: ['center', 'gate'] }])
    await nodes[0]?.node.keep(address)
    await clock.advance(5000)
    const late = await join('late', {}, { roles: ['world'] })
    const asked: string[] = []
    late.node.onActivate(async (told) => void asked.push(told))
    await clock.advance(4000)
    assert.equal(asked[0], address)
  })

  it('tries again what could not be started, not all the time', async () => {
    const { clock, nodes } = await guarded(['a'])
    let tries = 0
    nodes[0]?.node.onActivate(async () => {
      tries += 1
      throw new RealmError('ADDRESS_UNKNOWN')
    })
    await nodes[0]?.node.keep(address)
    await clock.advance(10_000)
    assert.ok(tries >= 3 && tries <= 5, `${tries}`)
  })

  it('asks another when the node it has chosen stands still, though its lease stands', async () => {
    const { clock, nodes, started } = await guarded(['a', 'b', 'c', 'd'])
    await nodes[0]?.node.keep(address)
    await clock.advance(1500)
    const owner = started[0]?.split(' ').at(-1)
    let stopped: string | undefined
    const tried: string[] = []
    for (const { node } of nodes) {
      node.onActivate(async () => {
        tried.push(node.id)
        stopped ??= node.id
        // Keeps its lease, but neither claims nor answers.
        if (stopped === node.id) await new Promise<void>(() => {})
        await node.claim(address)
      })
    }
    const dead = nodes.find(({ node }) => node.id === owner)
    if (dead !== undefined) dead.store.cut = true
    await clock.advance(6000)
    assert.equal(tried.length, 2)
    assert.notEqual(tried[1], stopped)
    const alive = nodes.find(({ node }) => node.id === tried[1])
    assert.equal(await alive?.node.locate(address), tried[1])
  })
})
