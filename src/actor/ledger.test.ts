import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { settle } from '../cluster/test-kit/index.ts'
import { RealmError } from '../errors/index.ts'
import { encode, record, text, u16, u32 } from '../schema/index.ts'
import { call } from './call.ts'
import { callIdOf } from './call-id.ts'
import { defineActor } from './define-actor.ts'
import { defineGame } from './game.ts'
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

const hero = defineActor(
  {
    state: { level: u16 },
    events: { rose: { level: u16 } },
    reminders: { salary: { amount: u32 } },
    watch: 'anyone',
  },
  {
    reminders: {
      salary: (self, { amount }) => {
        self.ledger.transfer({ from: 'source:salary', to: self.account('gold'), amount })
        self.state.level += 10
      },
    },
    calls: {
      earn: call({ amount: u32 }, {}, (self, { amount }) => {
        self.ledger.transfer({ from: 'source:quest', to: self.account('gold'), amount })
        return {}
      }),
      levelUp: call({ cost: u32 }, { level: u16 }, (self, { cost }) => {
        self.ledger.transfer({ from: self.account('gold'), to: 'sink:training', amount: cost })
        self.state.level += 1
        self.emit('rose', { level: self.state.level })
        return { level: self.state.level }
      }),
      level: call({}, { level: u16 }, ({ state }) => ({ level: state.level })),
      gold: call({}, { gold: u32 }, async (self) => {
        return { gold: await self.ledger.balance(self.account(), 'gold') }
      }),
      work: call({ amount: u32, inMs: u32 }, {}, (self, { amount, inMs }) => {
        self.remind('salary', { inMs }, { amount })
        return {}
      }),
      daily: call({ day: text({ max: 10 }) }, {}, (self, { day }) => {
        self.state.level += 1
        self.ledger.transfer(
          { from: 'mint:daily', to: self.account('gold'), amount: 5 },
          { id: `daily/${self.key}/${day}`, memo: 'daily' },
        )
        return {}
      }),
      vague: call({}, {}, (self) => {
        self.ledger.transfer({ from: 'source:a', to: self.account(), amount: 1 })
        return {}
      }),
    },
  },
)
const game = defineGame({ actors: { hero } })
const address = 'actor/hero/ada'

async function oneHero() {
  const realm = testRealm(game)
  const joined = await realm.join()
  return { ...realm, ...joined, ada: joined.host.scope.actor(hero, 'ada') }
}

describe('an actor with an account', () => {
  it('pays together with what it changes, or not at all', async () => {
    const { ada, host, deliveries } = await oneHero()
    await host.send(address, joinMessage(memberOf('s1')))
    await ada.earn({ amount: 80 })
    assert.deepEqual(await ada.levelUp({ cost: 50 }), { level: 1 })
    assert.deepEqual(kindsOf(deliveries), ['full', 'delta', 'event'])
    await assert.rejects(ada.levelUp({ cost: 50 }), hasCode('LEDGER_FUNDS', 'gold'))
    assert.deepEqual([await ada.level({}), await ada.gold({})], [{ level: 1 }, { gold: 30 }])
    assert.equal(deliveries.length, 3, 'nobody hears of what was refused')
    assert.deepEqual(await ada.levelUp({ cost: 30 }), { level: 2 })
  })

  it('answers a repeated call from its record: it pays once', async () => {
    const { ada, host } = await oneHero()
    await ada.earn({ amount: 80 })
    const input = encode(record({ cost: u32 }), { cost: 10 })
    const message = callMessage(1, input, { callId: callIdOf('once') })
    const answer = await host.send(address, message)
    assert.deepEqual(await host.send(address, message), answer)
    assert.deepEqual(await ada.gold({}), { gold: 70 })
    const late = callMessage(1, encode(record({ cost: u32 }), { cost: 1000 }), {
      callId: callIdOf('again'),
    })
    await assert.rejects(host.send(address, late), hasCode('LEDGER_FUNDS'))
    await ada.earn({ amount: 1000 })
    await assert.rejects(host.send(address, late), hasCode('LEDGER_FUNDS'), 'the same, also later')
    const anew = callMessage(1, encode(record({ cost: u32 }), { cost: 1000 }), {
      callId: callIdOf('anew'),
    })
    assert.ok(await host.send(address, anew), 'another call is another try')
  })

  it('pays once where the answer of the store is lost', async () => {
    const { clock, store, ada, host } = await oneHero()
    await ada.earn({ amount: 80 })
    store.answersLost = 1
    const message = callMessage(1, encode(record({ cost: u32 }), { cost: 10 }), {
      callId: callIdOf('lost'),
    })
    const paid = watched(host.send(address, message))
    await clock.advance(1000)
    assert.deepEqual([paid.done, paid.error], [true, undefined])
    assert.deepEqual(await ada.gold({}), { gold: 70 })
  })

  it('may name a transfer that happens once ever', async () => {
    const { ada } = await oneHero()
    await ada.daily({ day: '2026-11-22' })
    await assert.rejects(ada.daily({ day: '2026-11-22' }), hasCode('LEDGER_REPEATED'))
    await ada.daily({ day: '2026-11-23' })
    assert.deepEqual([await ada.level({}), await ada.gold({})], [{ level: 2 }, { gold: 10 }])
  })

  it('is told of a transfer without an asset', async () => {
    const { ada } = await oneHero()
    await assert.rejects(ada.vague({}), hasCode('LEDGER_MALFORMED'))
  })

  it('is paid by a reminder, once', async () => {
    const { clock, ada } = await oneHero()
    await ada.work({ amount: 7, inMs: 1000 })
    await clock.advance(5000)
    assert.deepEqual([await ada.level({}), await ada.gold({})], [{ level: 10 }, { gold: 7 }])
  })

  it('takes no other message while the ledger is asked, and keeps what came before', async () => {
    const { ada, store } = await oneHero()
    await ada.earn({ amount: 10 })
    store.hold()
    const before = watched(ada.work({ amount: 1, inMs: 60_000 }))
    const refused = watched(ada.levelUp({ cost: 500 }))
    const behind = watched(ada.level({}))
    await settle()
    assert.deepEqual([before.done, refused.done, behind.done], [false, false, false])
    store.release()
    await settle()
    assert.deepEqual([before.done, before.error], [true, undefined])
    assert.ok(hasCode('LEDGER_FUNDS')(refused.error))
    assert.deepEqual(behind.value, { level: 0 })
  })

  it('never has a level it did not pay for, whatever the store loses', async () => {
    const step = fc.constantFrom('earn', 'up', 'up', 'look', 'settle', 'loseAnswer', 'lose', 'time')
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30, size: 'max' }), async (steps) => {
        const { clock, store, ada } = await oneHero()
        await ada.level({})
        const earned: ReturnType<typeof watched>[] = []
        const ups: ReturnType<typeof watched>[] = []
        for (const what of steps) {
          if (what === 'earn') earned.push(watched(ada.earn({ amount: 10 })))
          else if (what === 'up') ups.push(watched(ada.levelUp({ cost: 7 })))
          else if (what === 'look') watched(ada.level({}))
          else if (what === 'settle') await settle()
          else if (what === 'loseAnswer') store.answersLost = 1
          else if (what === 'lose') store.requestsLost = 1
          else await clock.advance(60)
        }
        Object.assign(store, { answersLost: 0, requestsLost: 0 })
        await clock.advance(5000)
        const paid = ups.filter(({ error }) => error === undefined).length
        const { gold } = await ada.gold({})
        assert.deepEqual(await ada.level({}), { level: paid })
        assert.equal(gold, earned.length * 10 - paid * 7)
        for (const { error } of ups) assert.ok(!error || hasCode('LEDGER_FUNDS')(error))
      }),
      { numRuns: 60 },
    )
  })
})
