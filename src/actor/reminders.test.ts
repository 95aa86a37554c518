import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { RealmError } from '../errors/index.ts'
import { Reader, text, u8, u16, u32, Writer } from '../schema/index.ts'
import { call } from './call.ts'
import { defineActor } from './define-actor.ts'
import { dueKey, readDueKey } from './due-index.ts'
import { defineGame } from './game.ts'
import { loadGame } from './load-game.ts'
import { Reminders } from './reminders.ts'
import { testRealm } from './test-kit/test-host.ts'

function hasCode(code: string, detail = '') {
  return (error: unknown) =>
    error instanceof RealmError && error.code === code && error.detail.includes(detail)
}

/** What the handlers of a test saw; some of it may have been undone. */
interface Seen {
  readonly fired: { field: number; lateMs: number; missed: number }[]
  failures: number
}

function gardens(seen: Seen = { fired: [], failures: 0 }) {
  const ledger = defineActor(
    { state: { n: u32 } },
    {
      calls: {
        add: call({}, { n: u32 }, (self) => {
          self.state.n += 1
          return { n: self.state.n }
        }),
      },
    },
  )
  const garden = defineActor(
    { state: { ripe: u32, other: u32 }, reminders: { ripen: { field: u8 }, water: {} } },
    {
      reminders: {
        ripen: async (self, { field }, { lateMs, missed }) => {
          seen.fired.push({ field, lateMs, missed })
          self.state.ripe += 1
          if (field === 99) await self.actor(ledger, 'sum').add({})
          if (seen.failures > 0) {
            seen.failures -= 1
            throw new Error('a mistake')
          }
        },
        water: (self) => {
          self.state.other += 1
        },
      },
      calls: {
        plant: call(
          { field: u8, inMs: u32, everyMs: u32, key: text({ max: 64 }) },
          {},
          (self, input) => {
            const { field, inMs, everyMs, key } = input
            const period = everyMs === 0 ? {} : { everyMs }
            self.remind('ripen', { inMs, key, ...period }, { field })
            return {}
          },
        ),
        plantAndFail: call({}, {}, (self) => {
          self.remind('ripen', { inMs: 1000 }, { field: 1 })
          throw new Error('a mistake')
        }),
        dig: call({ key: text({ max: 64 }) }, { gone: u8 }, (self, { key }) => {
          return { gone: self.forgetReminder('ripen', key) ? 1 : 0 }
        }),
        look: call({}, { ripe: u32, other: u32 }, ({ state }) => {
          return { ripe: state.ripe, other: state.other }
        }),
        many: call({ count: u16 }, {}, (self, { count }) => {
          for (let at = 0; at < count; at += 1) {
            self.remind('water', { inMs: 1000, key: `${at}` }, {})
          }
          return {}
        }),
        odd: call({ everyMs: u32 }, {}, (self, { everyMs }) => {
          self.remind('water', { everyMs }, {})
          return {}
        }),
      },
    },
  )
  return { garden, ledger, seen, game: defineGame({ actors: { garden, ledger } }) }
}

async function oneNode(limits = {}) {
  const made = gardens()
  const realm = testRealm(made.game, { limits })
  const joined = await realm.join()
  const of = (key: string) => joined.host.scope.actor(made.garden, key)
  const index = async () => (await realm.store.scan('due/', { limit: 100 })).map(({ key }) => key)
  return { ...made, ...realm, ...joined, of, index }
}

const plan = { inMs: 5000, everyMs: 0, key: '' }

describe('a reminder', () => {
  it('fires once, at its time, and is gone', async () => {
    const { clock, of, seen, index } = await oneNode()
    await of('a').plant({ field: 7, ...plan })
    assert.equal((await index()).length, 1)
    await clock.advance(4900)
    assert.deepEqual(seen.fired, [])
    await clock.advance(200)
    assert.deepEqual(seen.fired, [{ field: 7, lateMs: 0, missed: 0 }])
    assert.deepEqual(await index(), [])
    await clock.advance(60_000)
    assert.deepEqual(await of('a').look({}), { ripe: 1, other: 0 })
  })

  it('wakes an actor that sleeps, and lets it sleep again', async () => {
    const { clock, of, seen, host } = await oneNode({ idleMs: 2000 })
    await of('a').plant({ field: 7, ...plan, inMs: 60_000 })
    await clock.advance(10_000)
    assert.equal(host.stats().activations, 0)
    await clock.advance(50_100)
    assert.deepEqual(seen.fired, [{ field: 7, lateMs: 0, missed: 0 }])
    await clock.advance(10_000)
    assert.equal(host.stats().activations, 0)
    assert.deepEqual(await of('a').look({}), { ripe: 1, other: 0 })
  })

  it('is part of its handler’s transaction', async () => {
    const { clock, of, seen, index } = await oneNode()
    await assert.rejects(of('a').plantAndFail({}), hasCode('HANDLER_FAILED'))
    assert.deepEqual(await index(), [])
    await of('a').plant({ field: 1, ...plan })
    assert.deepEqual(await of('a').dig({ key: '' }), { gone: 1 })
    assert.deepEqual(await of('a').dig({ key: '' }), { gone: 0 })
    assert.deepEqual(await index(), [])
    await clock.advance(20_000)
    assert.deepEqual(seen.fired, [])
  })

  it('of the same name and key is replaced; other keys stand beside it', async () => {
    const { clock, of, seen } = await oneNode()
    await of('a').plant({ field: 1, ...plan, key: 'x' })
    await of('a').plant({ field: 2, ...plan, key: 'x', inMs: 9000 })
    await of('a').plant({ field: 3, ...plan, key: 'y', inMs: 7000 })
    await clock.advance(20_000)
    assert.deepEqual(
      seen.fired.map(({ field }) => field),
      [3, 2],
    )
  })

  it('comes again and again, and tells what it missed', async () => {
    const { clock, of, seen } = await oneNode()
    await of('a').plant({ field: 1, ...plan, inMs: 1000, everyMs: 2000 })
    await clock.advance(5500)
    assert.equal(seen.fired.length, 3)
    clock.pause(9000)
    await clock.advance(1)
    assert.deepEqual(seen.fired.at(-1), { field: 1, lateMs: 7500, missed: 3 })
    assert.equal(seen.fired.length, 4)
    await clock.advance(2000)
    assert.equal(seen.fired.at(-1)?.lateMs, 0, 'the beat is kept')
  })

  it('whose handler fails is undone and tried again, ever later', async () => {
    const { clock, of, seen } = await oneNode()
    seen.failures = 3
    await of('a').plant({ field: 1, ...plan, inMs: 1000 })
    await clock.advance(1100)
    assert.equal(seen.fired.length, 1)
    assert.deepEqual(await of('a').look({}), { ripe: 0, other: 0 })
    await clock.advance(1000)
    assert.equal(seen.fired.length, 2)
    await clock.advance(1800)
    assert.equal(seen.fired.length, 2, 'the second wait is longer')
    await clock.advance(10_000)
    assert.equal(seen.fired.length, 4)
    assert.equal(seen.fired.at(-1)?.lateMs, 7000)
    assert.deepEqual(await of('a').look({}), { ripe: 1, other: 0 })
  })

  it('asks the same of others once, though it fires twice', async () => {
    const { clock, of, seen, host, ledger } = await oneNode()
    seen.failures = 1
    await of('a').plant({ field: 99, ...plan, inMs: 1000 })
    await clock.advance(5000)
    assert.equal(seen.fired.length, 2)
    assert.deepEqual(await host.scope.actor(ledger, 'sum').add({}), { n: 2 })
  })

  it('is refused where there is no such time, or too many wait', async () => {
    const { of } = await oneNode()
    await assert.rejects(of('a').odd({ everyMs: 500 }), hasCode('REMINDER_INVALID', 'everyMs'))
    await assert.rejects(of('a').many({ count: 257 }), hasCode('REMINDERS_FULL'))
    await of('a').many({ count: 256 })
  })

  it('without a handler is no valid definition', () => {
    const half = () => defineActor({ state: {}, reminders: { ring: {} } }, { calls: {} })
    assert.throws(half, hasCode('GAME_INVALID', 'reminders.ring'))
  })

  it('that the running game does not know waits for one that does', async () => {
    const { clock, of, host, game, seen } = await oneNode()
    await of('a').plant({ field: 5, ...plan })
    const bare = defineActor({ state: { ripe: u32 } }, { calls: {} })
    await host.replace(loadGame(defineGame({ actors: { garden: bare } })))
    await clock.advance(20_000)
    await host.replace(loadGame(game))
    await clock.advance(600_000)
    assert.deepEqual(
      seen.fired.map(({ field }) => field),
      [5],
    )
  })
})

describe('reminders in a cluster', () => {
  it('are found by another node when theirs died, and fire once', async () => {
    const { garden, seen, game } = gardens()
    const { clock, store, join } = testRealm(game, { exclusive: false })
    const [a, b] = [await join('a'), await join('b')]
    await clock.advance(500)
    const handle = a.host.scope.actor(garden, 'x')
    await handle.plant({ field: 1, ...plan, inMs: 20_000 })
    const owner = a.host.stats().activations === 1 ? a : b
    const other = owner === a ? b : a
    owner.store.cut = true
    await clock.advance(21_000)
    assert.deepEqual(seen.fired.length, 1)
    assert.deepEqual(await other.host.scope.actor(garden, 'x').look({}), { ripe: 1, other: 0 })
    owner.store.cut = false
    await clock.advance(20_000)
    assert.deepEqual(seen.fired.length, 1)
    assert.deepEqual(await store.scan('due/', { limit: 10 }), [])
  })

  it('fire once in effect where the answer of the commit is lost with the node', async () => {
    const { garden, seen, game } = gardens()
    const { clock, join } = testRealm(game, { exclusive: false })
    const [a, b] = [await join('a'), await join('b')]
    await clock.advance(500)
    await a.host.scope.actor(garden, 'x').plant({ field: 1, ...plan })
    const owner = a.host.stats().activations === 1 ? a : b
    const other = owner === a ? b : a
    await clock.advance(4900)
    owner.store.answersHanging = 1
    await clock.advance(200)
    owner.store.cut = true
    await clock.advance(20_000)
    assert.equal(seen.fired.length, 1)
    assert.deepEqual(await other.host.scope.actor(garden, 'x').look({}), { ripe: 1, other: 0 })
  })

  it('wake a sleeping actor though each node takes the other for its place', async () => {
    const { garden, seen, game } = gardens()
    const { clock, join } = testRealm(game, { exclusive: false, limits: { idleMs: 1000 } })
    const [a, b] = [await join('a'), await join('b')]
    await clock.advance(500)
    await a.host.scope.actor(garden, 'x').plant({ field: 1, ...plan, inMs: 10_000 })
    await clock.advance(4000)
    assert.equal(a.host.stats().activations + b.host.stats().activations, 0)
    for (const [one, other] of [[a, 'b'] as const, [b, 'a'] as const]) {
      one.node.forget('actor/garden/x', new RealmError('NOT_OWNER', `Owner: ${other}.`))
    }
    await clock.advance(8000)
    assert.equal(seen.fired.length, 1)
  })

  it('of a thousand sleeping actors all fire, though some cannot', async () => {
    const { garden, seen, game } = gardens()
    const { clock, store, join } = testRealm(game, { limits: { idleMs: 1000 } })
    const { host } = await join()
    for (let at = 0; at < 1000; at += 1) {
      const key = dueKey(`actor/gone/${at}`, clock.wallMs())
      await store.transact({ checks: [], writes: [{ key, value: new Uint8Array() }] })
    }
    const keys = Array.from({ length: 1000 }, (_, at) => `k${at}`)
    await Promise.all(
      keys.map((key) => host.scope.actor(garden, key).plant({ field: 1, ...plan, inMs: 20_000 })),
    )
    await clock.advance(10_000)
    assert.equal(host.stats().activations, 0)
    await clock.advance(40_000)
    assert.equal(seen.fired.length, 1000)
  })
})

describe('the wall clock', () => {
  it('may be set forward: what is due by then fires, and says how late', async () => {
    const { clock, of, seen } = await oneNode()
    await of('a').plant({ field: 1, ...plan, inMs: 3_600_000 })
    const wallMs = clock.wallMs.bind(clock)
    clock.wallMs = () => wallMs() + 7_200_000
    await clock.advance(31_000)
    assert.equal(seen.fired.length, 1)
    assert.ok((seen.fired[0]?.lateMs ?? 0) >= 3_600_000)
  })

  it('may be set back: what is not yet due waits', async () => {
    const { clock, of, seen } = await oneNode()
    await of('a').plant({ field: 1, ...plan })
    const wallMs = clock.wallMs.bind(clock)
    clock.wallMs = () => wallMs() - 60_000
    await clock.advance(30_000)
    assert.equal(seen.fired.length, 0)
    await clock.advance(36_000)
    assert.equal(seen.fired.length, 1)
  })
})

describe('the index of due reminders', () => {
  it('orders keys by time within a slice, and reads them back', () => {
    const times = fc.nat({ max: 8.64e15 })
    fc.assert(
      fc.property(times, times, fc.stringMatching(/^[a-z]{1,20}$/), (a, b, key) => {
        const [first, second] = [dueKey(`actor/x/${key}`, a), dueKey(`actor/x/${key}`, b)]
        assert.equal(first < second, a < b)
        assert.deepEqual(readDueKey(first), { wallMs: a, address: `actor/x/${key}` })
      }),
    )
  })

  it('always says when the next one is due, whatever is set, forgotten, fired or undone', () => {
    const step = fc.record({
      what: fc.constantFrom('set', 'forget', 'fire', 'postpone'),
      key: fc.constantFrom('a', 'b', 'c'),
      inMs: fc.nat({ max: 5000 }),
      keep: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const reminders = new Reminders('actor/x/y')
        const index = new Set<string>()
        let now = 1_700_000_000_000
        for (const { what, key, inMs, keep } of steps) {
          now += 100
          reminders.begin()
          const { next } = reminders
          if (what === 'set') reminders.set('r', { inMs, key }, new Uint8Array(), 't', now)
          else if (what === 'forget') reminders.forget('r', key)
          else if (next !== undefined && what === 'fire') reminders.advance(next, now)
          else if (next !== undefined) reminders.postpone(next, now)
          if (keep) {
            for (const { key, value } of reminders.writes()) {
              if (value === undefined) assert.ok(index.delete(key), 'it deletes what is there')
              else index.add(key)
            }
            reminders.commit()
          } else reminders.rollback()
          const expected = reminders.next && [dueKey('actor/x/y', reminders.next.tryMs)]
          assert.deepEqual([...index], expected ?? [])
          const writer = new Writer()
          reminders.write(writer)
          const again = new Reminders('actor/x/y')
          again.read(new Reader(writer.finish()))
          assert.deepEqual(again.next, reminders.next)
        }
      }),
    )
  })
})

it('a reminder outlives a restart of everything', async () => {
  const { garden, seen, game } = gardens()
  const realm = testRealm(game)
  const before = await realm.join('a')
  await before.host.scope.actor(garden, 'x').plant({ field: 3, ...plan })
  await before.host.stop()
  await before.node.close()
  await realm.clock.advance(60_000)
  assert.equal(seen.fired.length, 0)
  await realm.join('b')
  await realm.clock.advance(2000)
  assert.deepEqual(
    seen.fired.map(({ lateMs }) => lateMs > 50_000),
    [true],
  )
})
