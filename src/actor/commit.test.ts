import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { FaultyStore, ManualClock, settle } from '../cluster/test-kit/index.ts'
import { RealmError } from '../errors/index.ts'
import { u32 } from '../schema/index.ts'
import { memoryStore } from '../store/index.ts'
import { call } from './call.ts'
import { OutputCommit } from './commit.ts'
import { defineActor } from './define-actor.ts'
import { defineGame } from './game.ts'
import { joinMessage, kindsOf, memberOf, testRealm, watched } from './test-kit/test-host.ts'

function hasCode(code: string) {
  return (error: unknown) => error instanceof RealmError && error.code === code
}

const blobOf = (n: number): Uint8Array => Uint8Array.of(n)

async function outputs() {
  const clock = new ManualClock()
  const memory = memoryStore()
  const durable = { n: 0 }
  const store = new FaultyStore(
    {
      ...memory,
      async transact(transaction) {
        const result = await memory.transact(transaction)
        if (result.ok) durable.n = transaction.writes[0]?.value?.[0] ?? 0
        return result
      },
    },
    { exclusive: true },
  )
  await store.transact({ checks: [], writes: [{ key: 'own/x', value: new Uint8Array() }] })
  const refused: RealmError[] = []
  const lease = { alive: true }
  const commit = new OutputCommit({
    store,
    clock,
    address: 'x',
    fence: { key: 'own/x', version: 1 },
    stateVersion: 0,
    mayAct: () => lease.alive,
    refused: (error) => refused.push(error),
  })
  store.transactions.length = 0
  return { clock, store, commit, refused, lease, durable }
}

describe('the output commit', () => {
  it('lets nothing out before the commits called before it are durable', async () => {
    const { store, commit } = await outputs()
    const said: string[] = []
    const say = (what: string) => commit.after(() => said.push(what), assert.fail)
    say('free')
    assert.deepEqual(said, ['free'], 'without a commit there is nothing to wait for')
    store.hold()
    const first = watched(commit.commit(blobOf(1)))
    say('a')
    await settle()
    const second = watched(commit.commit(blobOf(2)))
    say('b')
    assert.deepEqual([first.done, second.done, said], [false, false, ['free']])
    store.release()
    await settle()
    assert.deepEqual([first.done, second.done, said], [true, true, ['free', 'a', 'b']])
    assert.deepEqual((await store.read('state/x'))?.value, blobOf(2))
  })

  it('lets nothing out with the commit before its own', async () => {
    const { store, commit } = await outputs()
    const said: string[] = []
    const say = (what: string) => commit.after(() => said.push(what), assert.fail)
    store.hold()
    void commit.commit(blobOf(1))
    say('a')
    await settle()
    void commit.commit(blobOf(2))
    say('b')
    store.releaseOne()
    await settle()
    assert.deepEqual(said, ['a'])
    store.releaseOne()
    await settle()
    assert.deepEqual(said, ['a', 'b'])
  })

  it('merges what is called while a transaction is under way', async () => {
    const { store, commit } = await outputs()
    store.hold()
    void commit.commit(blobOf(0))
    await settle()
    for (let n = 1; n < 50; n += 1) {
      const part = { name: `p${n % 3}`, bytes: n === 49 ? undefined : blobOf(n) }
      void commit.commit(blobOf(n), [part])
    }
    store.release()
    await commit.settled()
    assert.equal(store.transactions.length, 2)
    assert.deepEqual((await store.read('state/x'))?.value, blobOf(49))
    assert.deepEqual((await store.read('part/x/p0'))?.value, blobOf(48))
    assert.equal(await store.read('part/x/p1'), undefined, 'the last word was to delete it')
  })

  it('lets nothing out before the transfers asked for before are made, each once', async () => {
    const { store, commit } = await outputs()
    const said: string[] = []
    const transfer = (id: string, from: string) => {
      return watched(
        commit.transfer([{ id, moves: [{ from, to: 'ada', asset: 'gold', amount: 5 }] }]),
      )
    }
    store.hold()
    const [paid, again] = [transfer('t', 'source:a'), transfer('t', 'source:a')]
    commit.after(() => said.push('paid'), assert.fail)
    const poor = transfer('u', 'bob')
    await settle()
    assert.deepEqual([paid.done, said], [false, []])
    store.release()
    await commit.settled()
    await settle()
    assert.deepEqual([paid.error, again.error, said], [undefined, undefined, ['paid']])
    assert.ok(hasCode('LEDGER_FUNDS')(poor.error))
    assert.equal(await store.ledger.balance('ada', 'gold'), 5)
    assert.equal(await store.read('state/x'), undefined, 'the state is as it was')
    await commit.commit(blobOf(1))
    await store.transact({ checks: [], writes: [{ key: 'own/x', value: blobOf(9) }] })
    const late = transfer('v', 'source:a')
    await settle()
    assert.ok(hasCode('FENCED')(late.error))
  })

  it('keeps outputs in order, whatever the store does in between', async () => {
    const step = fc.constantFrom(
      'commit',
      'say',
      'settle',
      'settle',
      'hold',
      'releaseOne',
      'release',
      'loseAnswer',
      'lose',
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60, size: 'max' }), async (steps) => {
        const { clock, store, commit, refused, durable } = await outputs()
        const said: number[] = []
        let blobs = 0
        let says = 0
        for (const what of steps) {
          if (what === 'commit') {
            blobs += 1
            void commit.commit(blobOf(blobs))
          } else if (what === 'say') {
            says += 1
            const number = says
            const due = blobs
            commit.after(() => {
              assert.ok(durable.n >= due, `${number} was said too early`)
              said.push(number)
            }, assert.fail)
          } else if (what === 'settle') await settle()
          else if (what === 'hold') store.hold()
          else if (what === 'releaseOne') store.releaseOne()
          else if (what === 'release') store.release()
          else if (what === 'loseAnswer') store.answersLost = 1
          else store.requestsLost = 1
        }
        store.release()
        await clock.advance(5000)
        assert.deepEqual(
          said,
          Array.from({ length: says }, (_, index) => index + 1),
        )
        assert.deepEqual(refused, [])
        assert.equal(durable.n, blobs)
      }),
      { numRuns: 100 },
    )
  })

  it('fails everything that waits once the fence has fallen', async () => {
    const { store, commit, refused } = await outputs()
    store.hold()
    const committed = watched(commit.commit(blobOf(1)))
    const failures: RealmError[] = []
    commit.after(assert.fail, (error) => failures.push(error))
    store.release()
    await store.transact({ checks: [], writes: [{ key: 'own/x', value: new Uint8Array() }] })
    await settle()
    assert.ok(hasCode('FENCED')(committed.error))
    assert.equal(failures[0]?.code, 'FENCED')
    assert.equal(refused[0]?.code, 'FENCED')
    await assert.rejects(commit.commit(blobOf(2)), hasCode('FENCED'))
    assert.equal(await store.read('state/x'), undefined)
  })

  it('finds out by reading what became of a commit without an answer', async () => {
    const { clock, store, commit } = await outputs()
    store.answersLost = 1
    const committed = watched(commit.commit(blobOf(1)))
    await clock.advance(1000)
    assert.deepEqual([committed.done, committed.error], [true, undefined])
    assert.equal((await store.read('state/x'))?.version, 2, 'it is written once')
    store.requestsLost = 3
    const again = watched(commit.commit(blobOf(2)))
    await clock.advance(1000)
    assert.deepEqual([again.done, again.error], [true, undefined])
    assert.deepEqual((await store.read('state/x'))?.value, blobOf(2))
  })

  it('gives up on a store that stays away, and at once on a refusal', async () => {
    const away = await outputs()
    away.store.cut = true
    const committed = watched(away.commit.commit(blobOf(1)))
    await away.clock.advance(5000)
    assert.ok(hasCode('STORE_UNAVAILABLE')(committed.error))
    const refusing = await outputs()
    refusing.store.refusals = 1
    await assert.rejects(refusing.commit.commit(blobOf(1)), hasCode('STORE_LIMIT'))
  })

  it('holds everything back while the owner may not act', async () => {
    const { commit, lease } = await outputs()
    lease.alive = false
    const said: string[] = []
    commit.after(() => said.push('a'), assert.fail)
    const committed = watched(commit.commit(blobOf(1)))
    await settle()
    assert.equal(committed.done, false)
    assert.deepEqual(said, [])
    lease.alive = true
    commit.drain()
    assert.deepEqual(said, ['a'])
  })
})

describe('an actor and its store', () => {
  const counter = defineActor(
    { state: { n: u32 }, events: { grew: { n: u32 } }, watch: 'anyone' },
    {
      calls: {
        add: call({}, { n: u32 }, (self) => {
          self.state.n += 1
          self.emit('grew', { n: self.state.n })
          return { n: self.state.n }
        }),
        get: call({}, { n: u32 }, (self) => ({ n: self.state.n })),
        refuse: call({}, {}, (self) => {
          if (self.state.n > 0) throw new RealmError('REFUSED', `${self.state.n}`)
          return {}
        }),
        relay: call({ to: u32 }, {}, async (self, { to }): Promise<Record<never, never>> => {
          await self.actor(counter, `k${to}`).add({})
          return {}
        }),
      },
    },
  )
  const game = defineGame({ actors: { counter } })
  const address = 'actor/counter/x'

  it('tell nobody anything before it is durable, while handlers run on', async () => {
    const { join } = testRealm(game)
    const { host, store, deliveries } = await join()
    const handle = host.scope.actor(counter, 'x')
    await handle.get({})
    await host.send(address, joinMessage(memberOf('s1')))
    deliveries.length = 0
    store.hold()
    const added = watched(handle.add({}))
    await settle()
    const read = watched(handle.get({}))
    const refused = watched(handle.refuse({}))
    const relayed = watched(handle.relay({ to: 7 }))
    await settle()
    assert.deepEqual(
      [added, read, refused, relayed].map(({ done }) => done),
      Array(4).fill(false),
    )
    assert.deepEqual(deliveries, [])
    assert.equal(host.stats().activations, 1, 'the other actor has not heard of it')
    store.release()
    await settle()
    assert.deepEqual(added.value, { n: 1 })
    assert.deepEqual(read.value, { n: 1 })
    assert.ok(hasCode('REFUSED')(refused.error))
    assert.equal(relayed.done, true)
    assert.deepEqual(kindsOf(deliveries), ['delta', 'event'])
  })

  it('forget what the store refused', async () => {
    const { join } = testRealm(game)
    const { host, store, deliveries } = await join()
    const handle = host.scope.actor(counter, 'x')
    await handle.add({})
    await host.send(address, joinMessage(memberOf('s1')))
    deliveries.length = 0
    store.refusals = 1
    const added = watched(handle.add({}))
    const behind = watched(handle.get({}))
    await settle()
    assert.ok(hasCode('STORE_LIMIT')(added.error))
    assert.ok(hasCode('STORE_LIMIT')(behind.error))
    assert.deepEqual(deliveries, [])
    assert.deepEqual(await handle.get({}), { n: 1 })
  })
})
