import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { settle } from '../cluster/test-kit/index.ts'
import { RealmError } from '../errors/index.ts'
import { encode, list, map, ownOnly, record, text, u16, u32 } from '../schema/index.ts'
import { call } from './call.ts'
import { callIdOf } from './call-id.ts'
import { defineActor } from './define-actor.ts'
import { defineService } from './define-service.ts'
import { defineGame } from './game.ts'
import { refuse } from './refuse.ts'
import {
  callMessage,
  joinMessage,
  kindsOf,
  memberOf,
  testRealm,
  watched,
} from './test-kit/test-host.ts'

function hasCode(code: string, detail = '') {
  return (error: unknown) =>
    error instanceof RealmError && error.code === code && error.detail.includes(detail)
}

const counter = defineActor(
  {
    state: { n: u32, log: list(u16, { max: 4000 }), purses: map(record({ gold: ownOnly(u32) })) },
    events: { grew: { n: u32 } },
    watch: 'anyone',
  },
  {
    calls: {
      add: call({ by: u32 }, { n: u32 }, (self, { by }) => {
        self.state.n += by
        self.emit('grew', { n: self.state.n })
        return { n: self.state.n }
      }),
      get: call({}, { n: u32 }, (self) => ({ n: self.state.n }), { from: 'anyone' }),
      mine: call({}, { n: u32 }, (self) => ({ n: self.state.n }), { from: 'owner' }),
      refuse: call({}, {}, (self) => {
        self.state.n = 999
        self.state.log.push(1)
        self.emit('grew', { n: 999 })
        throw refuse('not today')
      }),
      crash: call({}, {}, async (self) => {
        self.state.n = 999
        await Promise.resolve()
        throw new Error('a secret')
      }),
      badAnswer: call({}, { n: u32 }, (self) => {
        self.state.n = 999
        return { n: -1 }
      }),
      nothing: call({}, {}, () => ({})),
      earn: call({ player: text({ max: 64 }), gold: u32 }, {}, (self, { player, gold }) => {
        const gained = (self.state.purses.get(player)?.gold ?? 0) + gold
        self.state.purses.set(player, { gold: gained })
        return {}
      }),
    },
  },
)
const counterGame = defineGame({ actors: { counter } })
const address = 'actor/counter/x'

describe('an actor', () => {
  it('keeps what its calls changed, for the next activation too', async () => {
    const { clock, join } = testRealm(counterGame, { limits: { idleMs: 1000 } })
    const { host } = await join()
    const handle = host.scope.actor(counter, 'x')
    assert.deepEqual(await handle.add({ by: 3 }), { n: 3 })
    assert.equal(host.stats().activations, 1)
    await clock.advance(2000)
    assert.equal(host.stats().activations, 0, 'it fell asleep')
    assert.deepEqual(await handle.add({ by: 4 }), { n: 7 })
  })

  it('is as before when a handler throws, and says only what the game said', async () => {
    const { join } = testRealm(counterGame)
    const { host, store, deliveries } = await join()
    const handle = host.scope.actor(counter, 'x')
    await handle.add({ by: 3 })
    await host.send(address, joinMessage(memberOf('s1')))
    deliveries.length = 0
    const commits = store.transactions.length
    await assert.rejects(handle.refuse({}), hasCode('REFUSED', 'not today'))
    await assert.rejects(handle.crash({}), (error) => {
      return error instanceof RealmError && error.code === 'HANDLER_FAILED' && error.detail === ''
    })
    await assert.rejects(handle.badAnswer({}), hasCode('HANDLER_FAILED'))
    assert.deepEqual(await handle.get({}), { n: 3 })
    assert.equal(store.transactions.length, commits, 'nothing is written')
    assert.deepEqual(deliveries, [], 'watchers learn of nothing')
  })

  it('lets players make only the calls that are open to them', async () => {
    const { join } = testRealm(counterGame)
    const { host } = await join()
    const ada = { id: 'ada', name: 'Ada' }
    const send = (key: string, method: number) =>
      host.send(`actor/counter/${key}`, callMessage(method, new Uint8Array(), { caller: ada }))
    await assert.rejects(send('ada', 0), hasCode('ACCESS_DENIED'))
    assert.ok(await send('bob', 1))
    assert.ok(await send('ada', 2))
    await assert.rejects(send('bob', 2), hasCode('ACCESS_DENIED'))
    await assert.rejects(send('bob', 77), hasCode('UNKNOWN_METHOD'))
  })

  it('answers a repeated call from its record, also after a restart', async () => {
    const { join } = testRealm(counterGame)
    const first = await join('a')
    const input = encode(record({ by: u32 }), { by: 5 })
    const message = callMessage(0, input, { callId: callIdOf('once') })
    const answer = await first.host.send(address, message)
    assert.deepEqual(await first.host.send(address, message), answer)
    await first.host.stop()
    await first.node.close()
    const second = await join('b')
    assert.deepEqual(await second.host.send(address, message), answer)
    assert.deepEqual(await second.host.scope.actor(counter, 'x').get({}), { n: 5 })
  })

  it('does a call once though more than 32 others came before it was repeated', async () => {
    const { clock, join } = testRealm(counterGame)
    const { host } = await join()
    const input = encode(record({ by: u32 }), { by: 1 })
    const add = (id: number) =>
      host.send(address, callMessage(0, input, { callId: callIdOf(`call-${id}`) }))
    for (let id = 0; id < 100; id += 1) await add(id)
    await clock.advance(25_000)
    await add(0)
    assert.deepEqual(await host.scope.actor(counter, 'x').get({}), { n: 100 })
  })

  it('shows watchers the full state, then changes, each to whom it belongs', async () => {
    const { join } = testRealm(counterGame)
    const { host, deliveries } = await join()
    await host.send(address, joinMessage(memberOf('s1', 'ada')))
    await host.send(address, joinMessage(memberOf('s2', 'bob')))
    assert.deepEqual(kindsOf(deliveries), ['full', 'full'])
    await host.scope.actor(counter, 'x').add({ by: 1 })
    assert.deepEqual(kindsOf(deliveries.splice(0)), ['full', 'full', 'delta', 'event'])
    await host.scope.actor(counter, 'x').earn({ player: 'ada', gold: 5 })
    const [shared, own] = deliveries.splice(0)
    assert.equal(shared?.delivery.to.length, 2)
    assert.deepEqual(
      own?.delivery.to.map(({ session }) => session),
      ['s1'],
    )
    await host.send(address, { op: 'leave', session: 's1' })
    await host.send(address, joinMessage(memberOf('s3', 'bob')))
    const [left, full] = deliveries.splice(0)
    assert.deepEqual(
      left?.delivery.to.map(({ session }) => session),
      ['s2'],
    )
    assert.equal(new TextDecoder().decode(left?.delivery.payload), 'CHANNEL_REPLACED')
    assert.equal(full?.delivery.kind, 'full')
  })

  it('stays awake while it is watched', async () => {
    const { clock, join } = testRealm(counterGame, { limits: { idleMs: 1000 } })
    const { host } = await join()
    await host.send(address, joinMessage(memberOf('s1')))
    await clock.advance(5000)
    assert.equal(host.stats().activations, 1)
    await host.send(address, { op: 'leave', session: 's1' })
    await clock.advance(5000)
    assert.equal(host.stats().activations, 0)
  })

  it('may not be watched unless it says so', async () => {
    const hidden = defineActor({ state: { n: u32 } }, { calls: {} })
    const own = defineActor({ state: { n: u32 }, watch: 'owner' }, { calls: {} })
    const { host } = await testRealm(defineGame({ actors: { hidden, own } })).join()
    const ada = joinMessage(memberOf('s1', 'ada'))
    await assert.rejects(host.send('actor/hidden/ada', ada), hasCode('ACCESS_DENIED'))
    await assert.rejects(host.send('actor/own/bob', ada), hasCode('ACCESS_DENIED'))
    assert.ok(await host.send('actor/own/ada', ada))
  })
})

describe('calls between actors', () => {
  const path = list(text({ max: 8 }))
  const ring = defineActor(
    { state: { n: u32 } },
    {
      calls: {
        // A handler that calls its own kind of actor says what it returns, or its type would refer
        // to itself.
        visit: call({ path }, { n: u32 }, async (self, { path }): Promise<{ n: number }> => {
          self.state.n += 1
          const [next, ...rest] = path
          if (next === undefined) return { n: self.state.n }
          return self.actor(ring, next).visit({ path: rest })
        }),
      },
    },
  )
  const game = defineGame({ actors: { ring } })

  it('pass through several', async () => {
    const { host } = await testRealm(game).join()
    const visit = (key: string, keys: string[]) => host.scope.actor(ring, key).visit({ path: keys })
    assert.deepEqual(await visit('a', ['b', 'c']), { n: 1 })
    assert.deepEqual(await visit('c', []), { n: 2 })
  })

  it('that would wait for themselves are refused, and undone where they began', async () => {
    const { host } = await testRealm(game).join()
    const visit = (key: string, keys: string[]) => host.scope.actor(ring, key).visit({ path: keys })
    await assert.rejects(
      visit('a', ['b', 'a']),
      hasCode('CALL_CYCLE', 'actor/ring/a → actor/ring/b → actor/ring/a'),
    )
    await assert.rejects(visit('a', ['a']), hasCode('CALL_CYCLE'))
    assert.deepEqual(await visit('a', []), { n: 1 })
    assert.deepEqual(await visit('b', []), { n: 1 })
  })

  it('do not chain without end', async () => {
    const { host } = await testRealm(game).join()
    const long = Array.from({ length: 20 }, (_, index) => `k${index}`)
    await assert.rejects(host.scope.actor(ring, 'a').visit({ path: long }), hasCode('CALL_DEPTH'))
  })

  it('repeated with their cause act once', async () => {
    const { host } = await testRealm(game).join()
    const input = encode(record({ path }), { path: ['b'] })
    const message = callMessage(0, input, { callId: callIdOf('same') })
    await host.send('actor/ring/a', message)
    await host.send('actor/ring/a', message)
    assert.deepEqual(await host.scope.actor(ring, 'b').visit({ path: [] }), { n: 2 })
  })

  it('need an actor of the game and a key', async () => {
    const { host } = await testRealm(game).join()
    assert.throws(() => host.scope.actor(counter, 'a'), hasCode('ACTOR_UNKNOWN'))
    assert.throws(() => host.scope.actor(ring, 'a/b'), hasCode('KEY_INVALID'))
    await assert.rejects(host.send('actor/none/x', callMessage(0)), hasCode('ADDRESS_UNKNOWN'))
    await assert.rejects(host.send('actor/ring/a/b', callMessage(0)), hasCode('ADDRESS_UNKNOWN'))
    await assert.rejects(host.send('actor/ring/ä', callMessage(0)), hasCode('KEY_INVALID'))
  })
})

describe('a mailbox', () => {
  /** Handlers that take their time in random ways, and note when they begin and end. */
  const notes: string[] = []
  const slow = defineActor(
    { state: { seen: list(u16, { max: 4000 }) } },
    {
      calls: {
        take: call({ n: u16, steps: u16 }, { at: u16 }, (self, { n, steps }) => {
          notes.push(`begin ${n}`)
          const end = () => {
            notes.push(`end ${n}`)
            self.state.seen.push(n)
            return { at: self.state.seen.length }
          }
          if (steps === 0) return end()
          return wait(steps).then(end)
        }),
      },
    },
  )
  const game = defineGame({ actors: { slow } })

  async function wait(steps: number): Promise<void> {
    for (let step = 0; step < steps; step += 1) await Promise.resolve()
  }

  it('is read in order, one message after the other has settled', async () => {
    const { host } = await testRealm(game).join()
    let runs = 0
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat({ max: 4 }), { maxLength: 30 }), async (steps) => {
        runs += 1
        notes.length = 0
        const handle = host.scope.actor(slow, `k${runs}`)
        const answers = await Promise.all(steps.map((count, n) => handle.take({ n, steps: count })))
        assert.deepEqual(
          answers.map(({ at }) => at),
          steps.map((_, n) => n + 1),
        )
        assert.deepEqual(
          notes,
          steps.flatMap((_, n) => [`begin ${n}`, `end ${n}`]),
        )
      }),
      { numRuns: 60 },
    )
  })

  it('is bounded', async () => {
    const { host } = await testRealm(game, { limits: { mailboxMessagesMax: 3 } }).join()
    const handle = host.scope.actor(slow, 'x')
    const results = await Promise.allSettled(
      Array.from({ length: 5 }, (_, n) => handle.take({ n, steps: 1 })),
    )
    const failed = results.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[]
    assert.equal(failed.length, 2)
    assert.ok(failed.every(({ reason }) => hasCode('MAILBOX_FULL')(reason)))
  })
})

describe('deadlines', () => {
  const stuck = defineActor(
    { state: { n: u32 } },
    {
      calls: {
        hang: call({}, {}, () => new Promise<Record<never, never>>(() => {})),
        add: call({}, { n: u32 }, (self) => {
          self.state.n += 1
          return { n: self.state.n }
        }),
      },
    },
  )
  const game = defineGame({ actors: { stuck } })

  it('fail callers in time; what had not begun never does', async () => {
    const { clock, join } = testRealm(game, { limits: { turnMsMax: 20_000 } })
    const { host } = await join()
    const handle = host.scope.actor(stuck, 'x')
    const hung = watched(handle.hang({}))
    const waiting = watched(handle.add({}))
    await clock.advance(9000)
    assert.equal(hung.done, false)
    await clock.advance(2000)
    assert.ok(hasCode('DEADLINE')(hung.error))
    assert.ok(hasCode('DEADLINE')(waiting.error))
    await clock.advance(10_000)
    assert.equal(host.stats().activations, 0, 'a turn without end is given up')
    assert.deepEqual(await handle.add({}), { n: 1 })
  })
})

describe('ten thousand actors', () => {
  const small = defineActor(
    { state: { n: u32 } },
    {
      calls: {
        add: call({ by: u32 }, { n: u32 }, (self, { by }) => {
          self.state.n += by
          return { n: self.state.n }
        }),
      },
    },
  )

  it('live side by side', async () => {
    const { host } = await testRealm(defineGame({ actors: { small } })).join()
    const handles = Array.from({ length: 10_000 }, (_, n) => host.scope.actor(small, `k${n}`))
    await Promise.all(handles.map((handle, n) => handle.add({ by: n })))
    assert.equal(host.stats().activations, 10_000)
    const sums = await Promise.all(handles.map((handle) => handle.add({ by: 1 })))
    assert.deepEqual(
      sums,
      handles.map((_, n) => ({ n: n + 1 })),
    )
    await host.stop()
    assert.equal(host.stats().activations, 0)
  })
})

describe('a service', () => {
  const shop = defineService({
    calls: {
      buy: call({ by: u32 }, { n: u32 }, (ctx, { by }) =>
        ctx.actor(counter, ctx.caller.id).add({ by }),
      ),
      fail: call({}, {}, () => {
        throw new Error('a secret')
      }),
    },
  })
  const game = defineGame({ services: { shop }, actors: { counter } })

  it('calls actors for its caller, and keeps its secrets', async () => {
    const { host } = await testRealm(game).join()
    const caller = { id: 'ada', name: 'Ada' }
    const input = encode(record({ by: u32 }), { by: 2 })
    const answer = await shop.serve?.(host.scope, { method: 0, input, caller })
    assert.deepEqual(answer, encode(record({ n: u32 }), { n: 2 }))
    await assert.rejects(
      shop.serve?.(host.scope, { method: 1, input: new Uint8Array(), caller }) ?? Promise.resolve(),
      hasCode('HANDLER_FAILED'),
    )
    await settle()
  })
})
