import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { settle } from '../cluster/test-kit/index.ts'
import { RealmError } from '../errors/index.ts'
import { u32 } from '../schema/index.ts'
import { call } from './call.ts'
import { defineActor } from './define-actor.ts'
import { defineGame } from './game.ts'
import { joinMessage, kindsOf, memberOf, testRealm, watched } from './test-kit/test-host.ts'

function hasCode(code: string) {
  return (error: unknown) => error instanceof RealmError && error.code === code
}

const counter = defineActor(
  { state: { n: u32 }, watch: 'anyone' },
  {
    calls: {
      add: call({}, { n: u32 }, (self) => {
        self.state.n += 1
        return { n: self.state.n }
      }),
      get: call({}, { n: u32 }, (self) => ({ n: self.state.n })),
    },
  },
)
const game = defineGame({ actors: { counter } })
const address = 'actor/counter/x'

describe('actors in a cluster', () => {
  it('are active once, wherever they are called from', async () => {
    const { clock, join } = testRealm(game, { exclusive: false })
    const [a, b] = [await join('a'), await join('b')]
    await clock.advance(500)
    for (let key = 0; key < 20; key += 1) {
      assert.deepEqual(await a.host.scope.actor(counter, `k${key}`).add({}), { n: 1 })
      assert.deepEqual(await b.host.scope.actor(counter, `k${key}`).add({}), { n: 2 })
    }
    const [onA, onB] = [a.host.stats().activations, b.host.stats().activations]
    assert.equal(onA + onB, 20)
    assert.ok(onA > 2 && onB > 2, `${onA} and ${onB}`)
  })

  it('deliver to members at the gates of other nodes', async () => {
    const { clock, join } = testRealm(game, { exclusive: false })
    const [a, b] = [await join('a'), await join('b')]
    await clock.advance(500)
    await a.host.send(address, joinMessage(memberOf('s1', 'ada', 'a')))
    await b.host.send(address, joinMessage(memberOf('s2', 'bob', 'b')))
    await a.host.scope.actor(counter, 'x').add({})
    await settle()
    assert.deepEqual(
      a.deliveries.map(({ delivery }) => delivery.kind),
      ['full', 'delta'],
    )
    assert.deepEqual(
      b.deliveries.map(({ delivery }) => delivery.kind),
      ['full', 'delta'],
    )
    assert.deepEqual(b.deliveries[1]?.delivery.to, [memberOf('s2', 'bob', 'b')])
  })

  it('move on when their node stops; callers do not notice', async () => {
    const { clock, join } = testRealm(game, { exclusive: false })
    const [a, b] = [await join('a'), await join('b')]
    await clock.advance(500)
    const owner = (await a.node.locate(address)) === 'a' ? a : b
    const other = owner === a ? b : a
    const handle = other.host.scope.actor(counter, 'x')
    await handle.add({})
    const answers: { n: number }[] = []
    const failures: unknown[] = []
    const stopped = owner.host.stop().then(() => owner.node.close())
    for (let round = 0; round < 20; round += 1) {
      handle.add({}).then(
        (answer) => answers.push(answer),
        (error) => failures.push(error),
      )
      await clock.advance(20)
    }
    await stopped
    await clock.advance(1000)
    assert.deepEqual(failures, [])
    assert.equal(new Set(answers.map(({ n }) => n)).size, 20)
    assert.deepEqual(await handle.get({}), { n: 21 })
  })

  it('are back with all that was acknowledged after their node died', async () => {
    const { clock, join } = testRealm(game, { exclusive: false })
    const [a, b] = [await join('a'), await join('b')]
    await clock.advance(500)
    const owner = (await a.node.locate(address)) === 'a' ? a : b
    const other = owner === a ? b : a
    await other.host.scope.actor(counter, 'x').add({})
    owner.store.cut = true
    await clock.advance(4000)
    const added = watched(other.host.scope.actor(counter, 'x').add({}))
    await clock.advance(500)
    assert.deepEqual(added.value, { n: 2 })
  })

  it('take effect once where the answer dies with their node', async () => {
    const { clock, join } = testRealm(game, { exclusive: false })
    const [a, b] = [await join('a'), await join('b')]
    await clock.advance(500)
    const owner = (await a.node.locate(address)) === 'a' ? a : b
    const other = owner === a ? b : a
    await other.host.scope.actor(counter, 'x').get({})
    owner.store.answersHanging = 1
    const added = watched(other.host.scope.actor(counter, 'x').add({}))
    await settle()
    owner.store.cut = true
    await clock.advance(6000)
    assert.deepEqual(added.value, { n: 1 }, 'the recorded answer')
    assert.deepEqual(await other.host.scope.actor(counter, 'x').get({}), { n: 1 })
  })
})

describe('who watches an actor', () => {
  async function owned() {
    const { clock, join } = testRealm(game, { exclusive: false })
    const [a, b] = [await join('a'), await join('b')]
    await clock.advance(500)
    const owner = (await a.node.locate(address)) === 'a' ? a : b
    return { clock, owner, other: owner === a ? b : a }
  }

  it('is told where its owner has lost it to another that does not know of it', async () => {
    const { clock, owner, other } = await owned()
    // At the gate of the owner: no link tells it of anything.
    await owner.host.send(address, joinMessage(memberOf('s1', 'ada', owner.node.id)))
    owner.store.cut = true
    await clock.advance(4000)
    const added = watched(other.host.scope.actor(counter, 'x').add({}))
    await clock.advance(500)
    assert.deepEqual(added.value, { n: 1 })
    owner.store.cut = false
    await clock.advance(3000)
    assert.deepEqual(owner.missed, [address])
  })

  it('is told again where the link to its gate broke: it may not know the owner', async () => {
    const { clock, owner, other } = await owned()
    await owner.host.send(address, joinMessage(memberOf('s1', 'ada', other.node.id)))
    await settle()
    assert.deepEqual(kindsOf(other.deliveries), ['full'])
    // The other has no lease for a while.
    other.store.cut = true
    await clock.advance(4000)
    other.store.cut = false
    await clock.advance(4000)
    assert.deepEqual(new Set(kindsOf(other.deliveries).slice(1)), new Set(['begun']))
    await clock.advance(70_000)
    await owner.host.scope.actor(counter, 'x').add({})
    await settle()
    assert.equal(kindsOf(other.deliveries).at(-1), 'delta', 'who is there again is not dropped')
  })
})

describe('a call', () => {
  it('waits for a node of the role it needs, as long as its caller does', async () => {
    const { clock, join } = testRealm(game, { exclusive: false })
    const gate = await join('g', { roles: ['gate', 'center'] })
    const early = watched(gate.host.scope.actor(counter, 'x').add({}))
    await clock.advance(3000)
    assert.equal(early.done, false)
    await join('a', { roles: ['logic'] })
    await clock.advance(2000)
    assert.deepEqual(early.value, { n: 1 })
  })

  it('for which none comes is told so in the end', async () => {
    const { clock, join } = testRealm(game, { exclusive: false })
    const gate = await join('g', { roles: ['gate', 'center'] })
    const vain = watched(gate.host.scope.actor(counter, 'x').add({}))
    await clock.advance(12_000)
    assert.ok(vain.error instanceof RealmError)
  })
})

describe('the fence', () => {
  /** Takes the address from whoever has it, as a node would that has rightly declared it dead. */
  async function takeOver(realm: Awaited<ReturnType<ReturnType<typeof testRealm>['join']>>) {
    const own = await realm.store.read(`own/${address}`)
    await realm.store.transact({
      checks: [],
      writes: [{ key: `own/${address}`, value: own?.value }],
    })
  }

  it('refuses the commit of a former owner, whose clients learn nothing of it', async () => {
    const { clock, join } = testRealm(game)
    const a = await join('a')
    const handle = a.host.scope.actor(counter, 'x')
    await handle.add({})
    await a.host.send(address, joinMessage(memberOf('s1')))
    a.deliveries.length = 0
    a.store.hold()
    const added = watched(handle.add({}))
    const behind = watched(handle.get({}))
    await settle()
    const before = await a.store.read(`state/${address}`)
    const stolen = takeOver(a)
    a.store.release()
    await stolen
    await settle()
    // The transaction of the takeover was queued behind the commit, so let the next commit meet it.
    assert.equal(added.done, true)
    const late = watched(handle.add({}))
    const lateRead = watched(handle.get({}))
    await settle()
    assert.equal(late.done || lateRead.done, false, 'they are sent again to the next activation')
    const version = (await a.store.read(`state/${address}`))?.version ?? 0
    assert.equal(version, (before?.version ?? 0) + 1, 'the late commit was refused')
    assert.deepEqual(
      a.deliveries.map(({ delivery }) => delivery.kind),
      ['delta'],
    )
    await clock.advance(1000)
    assert.equal(behind.done, true)
    assert.deepEqual(late.value, { n: 3 }, 'it took effect once, in the new epoch')
    assert.deepEqual(lateRead.value, { n: 3 })
  })
})

describe('without a lease', () => {
  it('nothing is said, and all goes on where the ownership still stands', async () => {
    const { clock, join } = testRealm(game, { exclusive: false })
    const a = await join('a')
    const handle = a.host.scope.actor(counter, 'x')
    await a.host.send(address, joinMessage(memberOf('s1')))
    await handle.add({})
    a.deliveries.length = 0
    a.store.cut = true
    await clock.advance(2700)
    assert.equal(a.node.leaseAlive(), false)
    await assert.rejects(handle.get({}), hasCode('LEASE_LOST'))
    a.store.cut = false
    await clock.advance(1000)
    assert.deepEqual(await handle.add({}), { n: 2 })
    assert.deepEqual(
      a.deliveries.map(({ delivery }) => delivery.kind),
      ['delta'],
    )
  })

  it('what was being claimed goes on once the claim is known', async () => {
    const { clock, join } = testRealm(game, { exclusive: false })
    const a = await join('a')
    const { store } = a.node
    const transact = store.transact.bind(store)
    const { promise: answered, resolve: answer } = Promise.withResolvers<void>()
    store.transact = async (transaction) => {
      const result = await transact(transaction)
      if (transaction.writes.some(({ key }) => key === `own/${address}`)) await answered
      return result
    }
    const first = watched(a.host.scope.actor(counter, 'x').add({}))
    await settle()
    a.store.cut = true
    await clock.advance(2700)
    assert.equal(a.node.leaseAlive(), false)
    a.store.cut = false
    await clock.advance(1000)
    assert.equal(a.node.leaseAlive(), true)
    answer()
    await clock.advance(1000)
    assert.equal(first.done, true)
    const { n } = await a.host.scope.actor(counter, 'x').add({})
    assert.ok(n >= 1)
  })

  it('whatever was taken over meanwhile ends here', async () => {
    const { clock, join } = testRealm(game, { exclusive: false })
    const [a, b] = [await join('a'), await join('b')]
    await clock.advance(500)
    const owner = (await a.node.locate(address)) === 'a' ? a : b
    const other = owner === a ? b : a
    await owner.host.scope.actor(counter, 'x').add({})
    owner.store.cut = true
    await clock.advance(4000)
    await other.host.scope.actor(counter, 'x').add({})
    assert.equal(owner.host.stats().activations, 1, 'it does not know yet')
    owner.store.cut = false
    await clock.advance(1000)
    assert.equal(owner.host.stats().activations, 0)
    const read = watched(owner.host.scope.actor(counter, 'x').get({}))
    await clock.advance(500)
    assert.deepEqual(read.value, { n: 2 }, 'it asks the new owner')
  })
})

describe('ownership records', () => {
  it('are gone with the activation, and the fence of a former owner still fails', async () => {
    const { clock, store, join } = testRealm(game, { exclusive: false, limits: { idleMs: 1000 } })
    const [a, b] = [await join('a'), await join('b')]
    await clock.advance(500)
    await a.host.scope.actor(counter, 'x').add({})
    const first = await store.read(`own/${address}`)
    await clock.advance(3000)
    assert.deepEqual(await store.scan('own/actor/', { limit: 10 }), [])
    await b.host.scope.actor(counter, 'x').add({})
    const second = await store.read(`own/${address}`)
    assert.ok((second?.version ?? 0) > (first?.version ?? 0), 'the epoch has risen')
    const late = await store.transact({
      checks: [{ key: `own/${address}`, version: first?.version ?? 0 }],
      writes: [{ key: `state/${address}`, value: undefined }],
    })
    assert.equal(late.ok, false)
    assert.deepEqual(await a.host.scope.actor(counter, 'x').get({}), { n: 2 })
  })

  it('do not outlive actors that were only asked, of which nothing else is kept', async () => {
    const { clock, store, join } = testRealm(game, { limits: { idleMs: 1000 } })
    const { host } = await join()
    for (let key = 0; key < 50; key += 1) await host.scope.actor(counter, `k${key}`).get({})
    await clock.advance(3000)
    for (const prefix of ['own/actor/', 'state/', 'due/']) {
      assert.deepEqual(await store.scan(prefix, { limit: 10 }), [])
    }
  })
})
