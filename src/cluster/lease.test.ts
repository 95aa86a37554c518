import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { memoryBus } from '../bus/index.ts'
import { RealmError } from '../errors/index.ts'
import type { Witness } from '../ports/index.ts'
import { ManualClock, settle, testCluster } from './test-kit/index.ts'

function hasCode(code: string) {
  return (error: unknown) => error instanceof RealmError && error.code === code
}

describe('leases', () => {
  it('let nodes see each other come and go at once, or within one period', async () => {
    const { clock, join } = testCluster()
    const a = await join('a')
    const b = await join('b')
    assert.deepEqual(b.node.members(), ['a', 'b'], 'who joins looks at once')
    await settle()
    assert.deepEqual(a.node.members(), ['a', 'b'], 'and tells the others to look')
    await b.node.close()
    await settle()
    assert.deepEqual(a.node.members(), ['a'])
    const deaf = await join('c', { bus: memoryBus() })
    await clock.advance(500)
    assert.deepEqual(a.node.members(), ['a', 'c'], 'without any message too')
    await deaf.node.close()
    await clock.advance(500)
    assert.deepEqual(a.node.members(), ['a'])
  })

  it('tell of a node that is about to stop, which is given nothing new', async () => {
    const { join } = testCluster()
    const [a, b] = [await join('a'), await join('b')]
    await settle()
    const owned = await b.node.claim('actor/x/old')
    await b.node.drain()
    await settle()
    assert.deepEqual(a.node.members(), ['a', 'b'])
    for (let key = 0; key < 50; key += 1) {
      assert.equal(await a.node.locate(`actor/x/${key}`), 'a')
      assert.equal(await b.node.locate(`actor/x/${key}`), 'a')
    }
    assert.equal(await a.node.locate(owned.address), 'b', 'what it has stays its own for now')
  })

  it('end for a node cut off from the store, by its own clock before those of others', async () => {
    const { clock, join } = testCluster()
    const a = await join('a')
    const b = await join('b')
    await clock.advance(1000)
    b.store.cut = true
    await clock.advance(2000)
    assert.equal(b.node.leaseAlive(), true)
    assert.deepEqual(a.node.members(), ['a', 'b'])
    await clock.advance(600)
    assert.equal(b.node.leaseAlive(), false, 'it stops acting')
    assert.deepEqual(a.node.members(), ['a', 'b'], 'while others still count it as alive')
    await clock.advance(1400)
    assert.deepEqual(a.node.members(), ['a'])
    b.store.cut = false
    await clock.advance(1000)
    assert.equal(b.node.leaseAlive(), true)
    assert.deepEqual(a.node.members(), ['a', 'b'])
  })

  it('do not declare others dead because one sees nothing', async () => {
    const { clock, join } = testCluster()
    const a = await join('a')
    const b = await join('b')
    await b.node.claim('actor/x/1')
    a.store.cut = true
    await clock.advance(10_000)
    a.store.cut = false
    await assert.rejects(a.node.claim('actor/x/1'), hasCode('LEASE_LOST'))
    await clock.advance(500)
    await assert.rejects(a.node.claim('actor/x/1'), hasCode('NOT_OWNER'))
  })

  it('survive a renewal whose answer was lost', async () => {
    const { clock, join } = testCluster()
    const a = await join('a')
    a.store.answersLost = 1
    await clock.advance(10_000)
    assert.equal(a.node.leaseAlive(), true)
  })

  it('end for a paused process, whatever its timers do when it wakes up', async () => {
    const own = new ManualClock()
    const { clock, join } = testCluster()
    const a = await join('a', { clock: own })
    const b = await join('b')
    await b.node.claim('actor/x/2')
    const owned = await a.node.claim('actor/x/1')
    own.pause(4000)
    await clock.advance(4000)
    assert.equal(a.node.leaseAlive(), false)
    await b.node.claim('actor/x/1')
    assert.equal(await a.node.holds(owned), false)
    await own.advance(1000)
    assert.equal(a.node.leaseAlive(), true, 'it renews again')
    assert.equal(await a.node.holds(owned), false, 'and has lost what was taken over')
  })

  it('refuse a second node of the same id while the first is alive', async () => {
    const { clock, join } = testCluster()
    await join('a')
    const second = join('a', { bus: memoryBus() })
    second.catch(() => {})
    await clock.advance(3500)
    await assert.rejects(second, hasCode('NODE_DUPLICATE'))
    await assert.rejects(join('a'), hasCode('NODE_DUPLICATE'), 'the bus sees it as well')
  })

  it('let a crashed node come back once its former lease has ended', async () => {
    const { clock, join } = testCluster()
    const crashed = await join('a')
    crashed.store.cut = true
    let back = false
    const again = join('a', { bus: memoryBus() }).then((node) => {
      back = true
      return node
    })
    await clock.advance(2900)
    assert.equal(back, false)
    await clock.advance(1000)
    const { node } = await again
    assert.notEqual(node.incarnation, crashed.node.incarnation)
    crashed.store.cut = false
    await clock.advance(10_000)
    assert.equal(crashed.node.leaseAlive(), false, 'the former life never acts again')
  })

  it('end at once where another node of the machine sees that the process has ended', async () => {
    const ended = new Set<string>()
    const of = (process: string): { witness: Witness } => ({
      witness: { process, ended: (other) => ended.has(other) },
    })
    const { clock, join } = testCluster()
    const a = await join('a', {}, of('1'))
    const b = await join('b', {}, of('2'))
    const elsewhere = await join('c')
    await b.node.claim('actor/x/1')
    b.store.cut = true
    ended.add('2')
    await clock.advance(500)
    assert.deepEqual(a.node.members(), ['a', 'c'])
    assert.deepEqual(elsewhere.node.members(), ['a', 'c'], 'which tells the others')
    await a.node.claim('actor/x/1')
  })

  it('stand for a process that is paused, whoever looks at it', async () => {
    const witness = (process: string): Witness => ({ process, ended: () => false })
    const { clock, join } = testCluster()
    const a = await join('a', {}, { witness: witness('1') })
    const b = await join('b', {}, { witness: witness('2') })
    await b.node.claim('actor/x/1')
    b.store.cut = true
    await clock.advance(2500)
    await assert.rejects(a.node.claim('actor/x/1'), hasCode('NOT_OWNER'))
    await clock.advance(1500)
    await a.node.claim('actor/x/1')
  })

  it('let a node come back at once whose former process has ended for certain', async () => {
    const { join, clock } = testCluster()
    const witness = (process: string): Witness => ({ process, ended: (other) => other === '1' })
    const crashed = await join('a', {}, { witness: witness('1') })
    const owned = await crashed.node.claim('actor/x/1')
    crashed.store.cut = true
    const again = await join('a', { bus: memoryBus() }, { witness: witness('2') })
    assert.equal(again.node.leaseAlive(), true)
    await again.node.claim('actor/x/1')
    crashed.store.cut = false
    assert.equal(await crashed.node.holds(owned), false)
    await clock.advance(1000)
    assert.equal(
      crashed.node.leaseAlive(),
      false,
      'it would act no more, had the witness been wrong',
    )
  })

  it('go to one of two processes that come back under one name at once', async () => {
    const { join, clock } = testCluster()
    const witness = (process: string): Witness => ({ process, ended: (other) => other === '1' })
    const crashed = await join('a', {}, { witness: witness('1') })
    crashed.store.cut = true
    const both = ['2', '3'].map((process) =>
      join('a', { bus: memoryBus() }, { witness: witness(process) }).then(
        () => 'up',
        (error: RealmError) => error.code,
      ),
    )
    await clock.advance(4000)
    assert.deepEqual((await Promise.all(both)).toSorted(), ['NODE_DUPLICATE', 'up'])
  })

  it('are swept from the store long after their end', async () => {
    const { clock, join, store } = testCluster()
    await join('a')
    const b = await join('b')
    b.store.cut = true
    await clock.advance(30_000)
    assert.equal((await store.scan('lease/', { limit: 10 })).length, 2)
    await clock.advance(35_000)
    assert.equal((await store.scan('lease/', { limit: 10 })).length, 1)
  })

  it('are not needed with an exclusive store', async () => {
    const { clock, join, store } = testCluster({ exclusive: true })
    const { node } = await join('a')
    await clock.advance(60_000)
    assert.equal(node.leaseAlive(), true)
    assert.deepEqual(await store.scan('lease/', { limit: 10 }), [])
    await node.close()
    await settle()
    assert.equal(clock.timers, 0)
  })
})
