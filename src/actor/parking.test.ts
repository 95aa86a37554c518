import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { settle } from '../cluster/test-kit/index.ts'
import { RealmError } from '../errors/index.ts'
import { bool, u32 } from '../schema/index.ts'
import { call } from './call.ts'
import { defineActor } from './define-actor.ts'
import { defineGame } from './game.ts'
import { loadGame } from './load-game.ts'
import { refuse } from './refuse.ts'
import { testRealm, watched } from './test-kit/test-host.ts'

function hasCode(code: string, detail = '') {
  return (error: unknown) =>
    error instanceof RealmError && error.code === code && error.detail.includes(detail)
}

function shaky() {
  const health = { start: true }
  const mill = defineActor(
    { state: { n: u32 } },
    {
      start: () => {
        if (!health.start) throw new Error('a mistake at the start')
      },
      calls: {
        turn: call({ well: bool }, { n: u32 }, (self, { well }) => {
          self.state.n += 1
          if (!well) throw new Error('a mistake')
          return { n: self.state.n }
        }),
        refuse: call({}, {}, () => {
          throw refuse('no')
        }),
      },
    },
  )
  const caller = defineActor(
    { state: {} },
    {
      calls: {
        relay: call({ well: bool }, { n: u32 }, (self, input) => self.actor(mill, 'x').turn(input)),
      },
    },
  )
  return { health, mill, caller, game: defineGame({ actors: { mill, caller } }) }
}

async function oneNode() {
  const made = shaky()
  const realm = testRealm(made.game, { limits: { crashesMax: 3, parkMsMax: 8000 } })
  const joined = await realm.join()
  const x = joined.host.scope.actor(made.mill, 'x')
  const crash = () => assert.rejects(x.turn({ well: false }), hasCode('HANDLER_FAILED'))
  const crashTimes = async (times: number) => {
    for (let at = 0; at < times; at += 1) await crash()
  }
  return { ...made, ...realm, ...joined, x, crashTimes }
}

describe('an actor that crashes again and again', () => {
  it('is parked: its callers are told until when at once; it comes back by itself', async () => {
    const { clock, host, x, crashTimes } = await oneNode()
    await x.turn({ well: true })
    await crashTimes(3)
    await settle()
    assert.deepEqual([host.stats().activations, host.stats().parked], [0, 1])
    await assert.rejects(x.turn({ well: true }), hasCode('ACTIVATION_PARKED', 'in 1 s'))
    await clock.advance(1100)
    assert.deepEqual(await x.turn({ well: true }), { n: 2 }, 'its state is that of its successes')
    assert.deepEqual([host.stats().crashes, host.stats().parked], [3, 0])
    await crashTimes(2)
    assert.deepEqual(await x.turn({ well: true }), { n: 3 }, 'a success forgets everything')
  })

  it('is parked for longer each time, up to a limit', async () => {
    const { clock, x, crashTimes } = await oneNode()
    await crashTimes(3)
    for (const seconds of [1, 2, 4, 8, 8]) {
      await settle()
      await assert.rejects(x.turn({ well: true }), hasCode('ACTIVATION_PARKED', `in ${seconds} s`))
      await clock.advance(seconds * 1000 + 10)
      await crashTimes(1)
    }
  })

  it('is not parked for crashes far apart, nor for refusals', async () => {
    const { clock, host, x, crashTimes } = await oneNode()
    for (let round = 0; round < 4; round += 1) {
      await crashTimes(2)
      await clock.advance(11_000)
    }
    for (let at = 0; at < 9; at += 1) await assert.rejects(x.refuse({}), hasCode('REFUSED'))
    assert.equal(host.stats().parked, 0)
  })

  it('harms nobody else, and who calls it is not taken for the one that crashed', async () => {
    const { host, mill, caller } = await oneNode()
    const relay = host.scope.actor(caller, 'c')
    for (let at = 0; at < 3; at += 1) {
      await assert.rejects(relay.relay({ well: false }), hasCode('HANDLER_FAILED'))
    }
    await settle()
    assert.equal(host.stats().parked, 1)
    await assert.rejects(relay.relay({ well: true }), hasCode('ACTIVATION_PARKED'))
    assert.deepEqual(await host.scope.actor(mill, 'y').turn({ well: true }), { n: 1 })
    assert.equal(host.stats().crashes, 3)
  })

  it('keeps what was answered before, and tells those who wait', async () => {
    const { clock, x, store } = await oneNode()
    await x.turn({ well: true })
    store.hold()
    const good = watched(x.turn({ well: true }))
    const bad = [1, 2, 3].map(() => watched(x.turn({ well: false })))
    const behind = watched(x.turn({ well: true }))
    await settle()
    store.release()
    await settle()
    assert.deepEqual(good.value, { n: 2 })
    for (const { error } of bad) assert.ok(hasCode('HANDLER_FAILED')(error))
    assert.ok(hasCode('ACTIVATION_PARKED')(behind.error))
    await clock.advance(1100)
    assert.deepEqual(await x.turn({ well: true }), { n: 3 })
  })
})

describe('an actor that cannot start', () => {
  it('is parked as well, and tried again with new code at once', async () => {
    const { host, x, health, game } = await oneNode()
    health.start = false
    for (let at = 0; at < 3; at += 1) {
      await assert.rejects(x.turn({ well: true }), hasCode('HANDLER_FAILED'))
    }
    await assert.rejects(x.turn({ well: true }), hasCode('ACTIVATION_PARKED'))
    health.start = true
    await assert.rejects(x.turn({ well: true }), hasCode('ACTIVATION_PARKED'))
    await host.replace(loadGame(game))
    assert.deepEqual(await x.turn({ well: true }), { n: 1 })
  })

  it('for want of the store is not parked', async () => {
    const { host, x, store } = await oneNode()
    store.cut = true
    for (let at = 0; at < 5; at += 1) {
      await assert.rejects(x.turn({ well: true }), hasCode('STORE_UNAVAILABLE'))
    }
    assert.deepEqual([host.stats().parked, host.stats().crashes], [0, 0])
    store.cut = false
    assert.deepEqual(await x.turn({ well: true }), { n: 1 })
  })
})
