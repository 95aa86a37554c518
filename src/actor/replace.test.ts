import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { settle } from '../cluster/test-kit/index.ts'
import { RealmError } from '../errors/index.ts'
import { decode, Reader, record, text, u16, u32 } from '../schema/index.ts'
import { call } from './call.ts'
import { defineActor } from './define-actor.ts'
import { defineGame } from './game.ts'
import { loadGame } from './load-game.ts'
import { joinMessage, kindsOf, memberOf, testRealm, watched } from './test-kit/test-host.ts'

function hasCode(code: string) {
  return (error: unknown) => error instanceof RealmError && error.code === code
}

const address = 'actor/hero/ada'

/** The first edition of a game. */
function first() {
  let open: () => void = () => {}
  const gate = new Promise<void>((resolve) => {
    open = resolve
  })
  const hero = defineActor(
    { state: { level: u16 }, watch: 'owner' },
    {
      calls: {
        up: call({}, { level: u16 }, (self) => {
          self.state.level += 1
          return { level: self.state.level }
        }),
        slow: call({}, { level: u16 }, async (self) => {
          await gate
          self.state.level += 1
          return { level: self.state.level }
        }),
      },
    },
  )
  return { hero, open, game: defineGame({ actors: { hero } }) }
}

/** The second: a renamed field with a migration, a new field, other rules. */
function second(start: () => void | Promise<void> = () => {}) {
  const hero = defineActor(
    {
      state: { rank: u32, title: text({ max: 20 }) },
      watch: 'owner',
      version: 2,
      migrate: { 1: (old: { level: number }) => ({ ...old, rank: old.level * 10 }) },
    },
    {
      start,
      calls: {
        up: call({}, { level: u16 }, (self) => {
          self.state.rank += 100
          return { level: self.state.rank }
        }),
        slow: call({}, { level: u16 }, (self) => ({ level: self.state.rank })),
      },
    },
  )
  return { hero, game: defineGame({ actors: { hero } }) }
}

describe('replacing the code of a running game', () => {
  it('keeps the state where one replacement meets another that has not started yet', async () => {
    const [one, two, three] = [first(), second(), second()]
    let start: () => void = () => {}
    const starting = new Promise<void>((resolve) => {
      start = resolve
    })
    const slow = second(() => starting)
    const { host } = await testRealm(one.game).join()
    await host.scope.actor(one.hero, 'ada').up({})
    const replacing = [slow, two, three].map(({ game }) => host.replace(loadGame(game)))
    await settle()
    start()
    await Promise.all(replacing)
    assert.equal((await host.scope.actor(three.hero, 'ada').up({})).level, 110)
  })

  it('keeps state and waiting messages; old turns end in old code', async () => {
    const [one, two] = [first(), second()]
    const { host, deliveries } = await testRealm(one.game).join()
    const before = host.scope.actor(one.hero, 'ada')
    await before.up({})
    await host.send(address, joinMessage(memberOf('s1', 'ada')))
    const slow = watched(before.slow({}))
    const waiting = watched(before.up({}))
    await settle()
    const replacing = watched(host.replace(loadGame(two.game)))
    await settle()
    assert.deepEqual([slow.done, waiting.done, replacing.done], [false, false, false])
    one.open()
    await settle()
    assert.deepEqual(slow.value, { level: 2 })
    assert.deepEqual(waiting.value, { level: 120 }, 'the rules of the new code')
    assert.deepEqual(replacing.value, { replaced: 1, ended: 0, failed: [] })
    assert.ok(kindsOf(deliveries).includes('begun'), 'gates learn of it, and ask')
    await host.send(address, { op: 'resync', session: 's1' })
    const full = deliveries.filter(({ delivery }) => delivery.kind === 'full').at(-1)
    const state = decode(
      record({ rank: u32, title: text({ max: 20 }) }),
      full?.delivery.payload ?? new Uint8Array(),
    )
    assert.deepEqual(state, { rank: 120, title: '' }, 'watchers get the state in its new form')
    assert.deepEqual(await host.scope.actor(two.hero, 'ada').up({}), { level: 220 })
    assert.deepEqual(await before.up({}), { level: 320 }, 'a handle from before still works')
  })

  it('lets the old code go on where the new one does not start, and says so', async () => {
    const one = first()
    const two = second(() => {
      throw new Error('a mistake')
    })
    const { host } = await testRealm(one.game).join()
    const handle = host.scope.actor(one.hero, 'ada')
    await handle.up({})
    const report = await host.replace(loadGame(two.game))
    assert.deepEqual([report.replaced, report.ended], [0, 0])
    assert.equal(report.failed[0]?.address, address)
    assert.ok(hasCode('HANDLER_FAILED')(report.failed[0]?.error))
    assert.deepEqual(await handle.up({}), { level: 2 })
  })

  it('tells members of what is gone from the game, and keeps its state', async () => {
    const one = first()
    const { host, deliveries } = await testRealm(one.game).join()
    const handle = host.scope.actor(one.hero, 'ada')
    await handle.up({})
    await host.send(address, joinMessage(memberOf('s1', 'ada')))
    const report = await host.replace(loadGame(defineGame({})))
    assert.deepEqual(report, { replaced: 0, ended: 1, failed: [] })
    assert.deepEqual(kindsOf(deliveries), ['full', 'left'])
    assert.equal(new TextDecoder().decode(deliveries[1]?.delivery.payload), 'BLOCK_GONE')
    await assert.rejects(handle.up({}), hasCode('BLOCK_GONE'))
    await host.replace(loadGame(one.game))
    assert.deepEqual(await host.scope.actor(one.hero, 'ada').up({}), { level: 2 })
  })
})

describe('a stored actor', () => {
  it('is brought to the schema of the code that reads it', async () => {
    const [one, two] = [first(), second()]
    const realm = testRealm(one.game)
    const before = await realm.join('a')
    for (let level = 0; level < 3; level += 1) await before.host.scope.actor(one.hero, 'ada').up({})
    await before.host.stop()
    await before.node.close()
    const after = await testRealmOn(realm, two.game)
    assert.deepEqual(await after.host.scope.actor(two.hero, 'ada').up({}), { level: 130 })
  })

  it('that nobody can read any more is left as it is', async () => {
    const [one, two] = [first(), second()]
    const realm = testRealm(one.game)
    const before = await realm.join('a')
    await before.host.scope.actor(one.hero, 'ada').up({})
    await before.host.stop()
    await before.node.close()
    const stored = await realm.store.read(`state/${address}`)
    for (const { key } of await realm.store.scan('schema/', { limit: 10 })) {
      await realm.store.transact({ checks: [], writes: [{ key, value: undefined }] })
    }
    const after = await testRealmOn(realm, two.game)
    await assert.rejects(
      after.host.scope.actor(two.hero, 'ada').up({}),
      hasCode('SCHEMA_MIGRATION'),
    )
    assert.deepEqual(await realm.store.read(`state/${address}`), stored)
    assert.ok(new Reader(stored?.value ?? new Uint8Array()).remaining > 0)
  })
})

/** The same store under another edition of the game. */
async function testRealmOn(
  realm: ReturnType<typeof testRealm>,
  game: Parameters<typeof loadGame>[0],
) {
  const joined = await realm.join('b')
  await joined.host.replace(loadGame(game))
  return joined
}
