import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { call, defineActor, defineService } from './actor/index.ts'
import { memoryBus } from './bus/index.ts'
import { connect } from './client/index.ts'
import { defineGame, RealmError, refuse, startRealm, text, u16 } from './index.ts'
import { webSocketListener } from './net/index.ts'
import { silentLog, systemClock, systemRandom } from './ports/index.ts'
import { memoryStore } from './store/index.ts'

const hero = defineActor(
  { state: { level: u16 }, events: { rose: { level: u16 } }, watch: 'owner' },
  {
    calls: {
      rise: call(
        { by: u16 },
        { level: u16 },
        (self, { by }) => {
          if (by > 10) throw refuse('too fast')
          self.state.level += by
          self.emit('rose', { level: self.state.level })
          return { level: self.state.level }
        },
        { from: 'owner' },
      ),
      secret: call({}, {}, () => ({})),
    },
  },
)
const hall = defineService({
  calls: {
    greet: call(
      { word: text({ max: 20 }) },
      { answer: text({ max: 99 }) },
      async (ctx, { word }) => {
        const { level } = await ctx.actor(hero, ctx.caller.id).rise({ by: 1 })
        return { answer: `${word}, ${ctx.caller.name} of level ${level}` }
      },
    ),
  },
})
const game = defineGame({ name: 'test', actors: { hero }, services: { hall } })

async function start(store = memoryStore()) {
  const clock = systemClock()
  const realm = await startRealm({
    id: 'solo',
    game,
    clock,
    random: systemRandom(),
    bus: memoryBus(),
    store,
    log: silentLog,
    listener: webSocketListener({ host: '127.0.0.1', port: 0, clock, log: silentLog }),
  })
  return { realm, store, url: `http://127.0.0.1:${realm.address.port}` }
}

describe('a realm', () => {
  it('lets a client call services and actors, and watch its own', async () => {
    const { realm, url } = await start()
    const client = await connect<typeof game>(url, { guest: 'Ada' })
    const me = await client.actors.hero.watch(client.player.id)
    const rose = new Promise((resolve) => me.on('rose', resolve))
    const greeting = await client.services.hall.greet({ word: 'Welcome' })
    assert.deepEqual(greeting, { answer: 'Welcome, Ada of level 1' })
    assert.deepEqual(await rose, { level: 1 })
    assert.equal(me.state.level, 1)
    assert.deepEqual(await client.actors.hero.call.rise({ by: 4 }), { level: 5 })
    await assert.rejects(
      client.actors.hero.call.rise({ by: 11 }),
      (error) =>
        error instanceof RealmError && error.code === 'REFUSED' && error.detail === 'too fast',
    )
    client.close()
    await realm.close()
  })

  it('keeps what was acknowledged when it starts again on its store', async () => {
    const first = await start()
    const client = await connect<typeof game>(first.url, { guest: 'Ada' })
    const { id } = client.player
    await client.actors.hero.call.rise({ by: 4 })
    client.close()
    await first.realm.close()
    const second = await start(first.store)
    assert.deepEqual(await second.realm.host.scope.actor(hero, id).rise({ by: 1 }), { level: 5 })
    await second.realm.close()
  })

  it('goes on with other code under connected players', async () => {
    const { realm, url } = await start()
    const client = await connect<typeof game>(url, { guest: 'Ada' })
    assert.deepEqual(await client.actors.hero.call.rise({ by: 1 }), { level: 1 })
    const double = defineActor(
      { state: { level: u16 }, watch: 'owner' },
      {
        calls: {
          rise: call(
            { by: u16 },
            { level: u16 },
            (self, { by }) => {
              self.state.level += by * 2
              return { level: self.state.level }
            },
            { from: 'owner' },
          ),
        },
      },
    )
    const report = await realm.replaceGame(defineGame({ name: 'test', actors: { hero: double } }))
    assert.deepEqual(report, { replaced: 1, ended: 0, failed: [] })
    assert.deepEqual(await client.actors.hero.call.rise({ by: 1 }), { level: 3 })
    assert.equal(client.status, 'connected')
    client.close()
    await realm.close()
  })
})
