import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { memoryBus } from '../bus/index.ts'
import { RealmError } from '../errors/index.ts'
import { rendezvous } from './placement.ts'
import { type TestNode, testCluster } from './test-kit/index.ts'

function hasCode(code: string, detail = '') {
  return (error: unknown) =>
    error instanceof RealmError && error.code === code && error.detail.includes(detail)
}

const address = 'actor/hero/ada'

describe('the directory', () => {
  it('gives an address to one of two nodes that claim at once', async () => {
    const { clock, join } = testCluster()
    const [a, b] = [await join('a'), await join('b')]
    await clock.advance(500)
    const claims = await Promise.allSettled([a.node.claim(address), b.node.claim(address)])
    const won = claims.filter(({ status }) => status === 'fulfilled')
    assert.equal(won.length, 1)
    const lost = claims.find(({ status }) => status === 'rejected') as PromiseRejectedResult
    assert.ok(hasCode('NOT_OWNER', 'Owner: ')(lost.reason))
  })

  it('leads everybody to the living owner', async () => {
    const { clock, join } = testCluster()
    const nodes = [await join('a'), await join('b'), await join('c')]
    await clock.advance(500)
    const candidate = await nodes[0]?.node.locate(address)
    const other = nodes.find(({ node }) => node.id !== candidate)
    await other?.node.claim(address)
    for (const { node } of nodes) {
      node.forget(address)
      assert.equal(await node.locate(address), other?.node.id)
    }
  })

  it('agrees on where an unowned address belongs', async () => {
    const { clock, join } = testCluster()
    const nodes = [await join('a'), await join('b'), await join('c')]
    await clock.advance(500)
    const places = await Promise.all(nodes.map(({ node }) => node.locate('room/plaza/x')))
    assert.equal(new Set(places).size, 1)
  })

  it('looks again before it takes over from a node it has never seen', async () => {
    const { join } = testCluster()
    const a = await join('a')
    const unheard = await join('b', { bus: memoryBus() })
    await unheard.node.claim(address)
    await assert.rejects(a.node.claim(address), hasCode('NOT_OWNER', 'Owner: b'))
  })

  it('takes nothing from a node whose lease was renewed since it was looked at', async () => {
    const { clock, join } = testCluster()
    const [a, b] = [await join('a'), await join('b', { bus: memoryBus() })]
    await clock.advance(500)
    const owned = await a.node.claim(address)
    a.store.cut = true
    await clock.advance(3600)
    assert.deepEqual(b.node.members(), ['b'])
    a.store.cut = false
    // This renews its lease at once.
    await a.node.drain()
    assert.equal(a.node.leaseAlive(), true)
    assert.equal(await a.node.holds(owned), true)
    await assert.rejects(b.node.claim(address), hasCode('NOT_OWNER', 'Owner: a'))
  })

  it('raises the epoch with each owner, so that the fence of a former one fails', async () => {
    const { clock, join } = testCluster()
    const [a, b] = [await join('a'), await join('b')]
    await clock.advance(500)
    const first = await a.node.claim(address)
    a.store.cut = true
    await assert.rejects(b.node.claim(address), hasCode('NOT_OWNER', 'Owner: a'))
    await clock.advance(4000)
    const second = await b.node.claim(address)
    assert.ok(second.epoch > first.epoch)
    const late = await b.store.transact({
      checks: [first.fence],
      writes: [{ key: 'state/x', value: new Uint8Array() }],
    })
    assert.equal(late.ok, false)
  })

  it('lets anybody claim at once what was released, and keeps no record of it', async () => {
    const { clock, join, store } = testCluster()
    const [a, b] = [await join('a'), await join('b')]
    await clock.advance(500)
    const owned = await a.node.claim(address)
    await a.node.release(owned)
    assert.equal(await store.read(`own/${address}`), undefined)
    const next = await b.node.claim(address)
    assert.ok(next.epoch > owned.epoch)
    const late = await a.store.transact({ checks: [owned.fence], writes: [] })
    assert.equal(late.ok, false, 'the fence of the former owner fails for ever')
  })

  it('does not release what somebody else owns by now', async () => {
    const { clock, join, store } = testCluster()
    const [a, b] = [await join('a'), await join('b')]
    await clock.advance(500)
    const stale = await a.node.claim(address)
    await a.node.release(stale)
    const owned = await b.node.claim(address)
    await a.node.release(stale)
    assert.equal((await store.read(`own/${address}`))?.version, owned.epoch)
  })

  it('resolves a claim whose answer was lost by reading', async () => {
    const { join, store } = testCluster()
    const a = await join('a')
    a.store.answersLost = 1
    const owned = await a.node.claim(address)
    assert.equal((await store.read(`own/${address}`))?.version, owned.epoch)
    a.store.requestsLost = 1
    await assert.rejects(a.node.claim('actor/hero/eve'), hasCode('STORE_UNAVAILABLE'))
  })

  it('voids former owners at once where the store is exclusive', async () => {
    const { join } = testCluster({ exclusive: true })
    const before = await join('a')
    const owned = await before.node.claim(address)
    const after = await join('b')
    assert.ok((await after.node.claim(address)).epoch > owned.epoch)
  })
})

describe('what is cached of the directory', () => {
  /** How often the store is asked for who owns something. */
  function countReads({ store }: TestNode) {
    const count = { reads: 0 }
    const read = store.read.bind(store)
    store.read = (key) => {
      if (key.startsWith('own/')) count.reads += 1
      return read(key)
    }
    return count
  }

  it('is read once for all who want to know at the same time', async () => {
    const { clock, join } = testCluster()
    const a = await join('a')
    await join('b')
    await clock.advance(500)
    const count = countReads(a)
    const all = Array.from({ length: 50 }, () => a.node.locate(address))
    assert.equal(new Set(await Promise.all(all)).size, 1)
    await a.node.locate(address)
    assert.equal(count.reads, 1)
  })

  it('is put right by whoever is asked in vain, without the store', async () => {
    const { clock, join } = testCluster()
    const [a, b, c] = [await join('a'), await join('b'), await join('c')]
    await clock.advance(500)
    const owned = await b.node.claim(address)
    assert.equal(await a.node.locate(address), 'b')
    await b.node.release(owned)
    await c.node.claim(address)
    const refused = await b.node.claim(address).catch((error: unknown) => error)
    const count = countReads(a)
    a.node.forget(address, refused)
    assert.equal(await a.node.locate(address), 'c')
    assert.equal(count.reads, 0)
    a.node.forget(address, refused)
    assert.equal(await a.node.locate(address), 'c')
    assert.equal(count.reads, 1, 'the same advice twice is no advice')
    a.node.forget(address, new RealmError('NOT_OWNER', 'Owner: nobody.'))
    await a.node.locate(address)
    a.node.forget(address)
    await a.node.locate(address)
    assert.equal(count.reads, 3)
  })

  it('does not take an answer that was under way for one that came after', async () => {
    const { clock, join } = testCluster()
    const [a, b] = [await join('a'), await join('b')]
    await clock.advance(500)
    const other = (await a.node.locate(address)) === 'a' ? b : a
    a.node.forget(address)
    const early = a.node.locate(address)
    a.node.forget(address)
    await early
    await other.node.claim(address)
    assert.equal(await a.node.locate(address), other.node.id)
  })
})

describe('rendezvous hashing', () => {
  const nodes = fc.uniqueArray(fc.stringMatching(/^[a-z0-9]{1,8}$/), {
    minLength: 2,
    maxLength: 9,
  })

  it('moves nothing but the share of a node that goes', () => {
    fc.assert(
      fc.property(nodes, fc.string(), (ids, key) => {
        const chosen = rendezvous(key, ids)
        for (const gone of ids) {
          const rest = ids.filter((id) => id !== gone)
          if (gone !== chosen) assert.equal(rendezvous(key, rest), chosen)
        }
      }),
    )
  })

  it('gives every node about the same share', () => {
    const counts = new Map<string, number>()
    for (let index = 0; index < 8000; index += 1) {
      const node = rendezvous(`actor/hero/p${index}`, ['node-1', 'node-2', 'node-3', 'node-4'])
      counts.set(node ?? '', (counts.get(node ?? '') ?? 0) + 1)
    }
    for (const count of counts.values()) assert.ok(count > 1800 && count < 2200, `${count}`)
  })
})
