import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { settle } from '../cluster/test-kit/index.ts'
import { f32, list, record, text, u32 } from '../schema/index.ts'
import { call } from './call.ts'
import { defineActor } from './define-actor.ts'
import { defineGame } from './game.ts'
import { refuse } from './refuse.ts'
import { testRealm, watched } from './test-kit/test-host.ts'

const Thing = record({ name: text({ max: 16 }), tags: list(u32, { max: 8 }) })

/** What the actors of a test were told. */
function setUp() {
  const told: string[] = []
  const seen: { name: string; tags: number[] }[] = []
  const ear = defineActor(
    { state: {} },
    {
      calls: {
        note: call({ n: u32 }, {}, (self, { n }) => {
          told.push(`${self.key} ${n}`)
          return {}
        }),
        keep: call({ thing: Thing }, { thing: Thing }, (_self, { thing }) => {
          seen.push(thing)
          return { thing }
        }),
        half: call({ x: f32 }, { x: f32 }, (_self, { x }) => ({ x: x / 3 })),
      },
    },
  )
  const mouth = defineActor(
    { state: { said: u32 } },
    {
      calls: {
        say: call({ count: u32 }, { said: u32 }, (self, { count }) => {
          for (let n = 1; n <= count; n += 1) {
            self.state.said += 1
            self.send(ear, 'e').note({ n: self.state.said })
          }
          told.push('said')
          return { said: self.state.said }
        }),
        failing: call({}, {}, (self) => {
          self.send(ear, 'e').note({ n: 99 })
          throw refuse('no')
        }),
        lend: call({}, { same: u32 }, async (self) => {
          const thing = { name: 'rope', tags: [1] }
          const called = self.actor(ear, 'e').keep({ thing })
          thing.tags.push(2)
          const back = (await called).thing
          back.tags.push(3)
          return { same: Number(seen[0] === thing) + Number(seen[0] === back) }
        }),
        // It says what it returns, or its type would refer to itself.
        bounce: call({ n: u32 }, {}, (self, { n }): Record<string, never> => {
          told.push(`${self.key} ${n}`)
          self.send(mouth, self.key === 'ping' ? 'pong' : 'ping').bounce({ n: n + 1 })
          return {}
        }),
      },
    },
  )
  return { told, seen, ear, mouth, game: defineGame({ actors: { ear, mouth } }) }
}

describe('what actors send to each other', () => {
  it('leaves in order once the handler has succeeded and is durable', async () => {
    const { told, ear, mouth, game } = setUp()
    const { host, store } = await testRealm(game).join()
    await host.scope.actor(mouth, 'm').say({ count: 1 })
    await host.scope.actor(ear, 'e').half({ x: 1 })
    told.length = 0
    store.hold()
    const said = host.scope.actor(mouth, 'm').say({ count: 3 })
    await settle()
    assert.deepEqual(told, ['said'])
    store.release()
    assert.deepEqual(await said, { said: 4 })
    await settle()
    assert.deepEqual(told, ['said', 'e 2', 'e 3', 'e 4'])
  })

  it('never leaves where the handler throws', async () => {
    const { told, mouth, game } = setUp()
    const { host } = await testRealm(game).join()
    await assert.rejects(host.scope.actor(mouth, 'm').failing({}))
    await settle()
    assert.deepEqual(told, [])
  })

  it('goes to other nodes as well', async () => {
    const { told, mouth, game } = setUp()
    const { clock, join } = testRealm(game, { exclusive: false })
    const [a, b] = [await join('a'), await join('b')]
    await clock.advance(500)
    for (const { host } of [a, b]) {
      for (const key of ['m', 'n', 'o']) await host.scope.actor(mouth, key).say({ count: 1 })
    }
    await clock.advance(100)
    assert.deepEqual(told.filter((what) => what !== 'said').sort(), [
      ...['e 1', 'e 1', 'e 1', 'e 2', 'e 2', 'e 2'],
    ])
  })

  it('keeps nobody from anything, though it may go on for ever', async () => {
    const { told, ear, mouth, game } = setUp()
    const { clock, join } = testRealm(game)
    const { host } = await join()
    host.scope.send(mouth, 'ping').bounce({ n: 0 })
    await clock.advance(5)
    const before = told.length
    assert.ok(before > 10_000, `${before}`)
    const noted = watched(host.scope.actor(ear, 'e').note({ n: 1 }))
    await clock.advance(5)
    assert.ok(noted.done)
    assert.ok(told.length > before)
  })
})

describe('what actors of one process pass to each other', () => {
  it('belongs to whoever got it: neither sees what the other does with it', async () => {
    const { seen, mouth, game } = setUp()
    const { host } = await testRealm(game).join()
    assert.deepEqual(await host.scope.actor(mouth, 'm').lend({}), { same: 0 })
    assert.deepEqual(seen, [{ name: 'rope', tags: [1] }])
  })

  it('is what it would be elsewhere, to the last bit', async () => {
    const { ear, game } = setUp()
    const { host } = await testRealm(game).join()
    const handle = host.scope.actor(ear, 'e')
    assert.deepEqual(await handle.half({ x: 0.1 }), { x: Math.fround(Math.fround(0.1) / 3) })
    await assert.rejects(handle.half({ x: Number.NaN }), { code: 'SCHEMA_INVALID' })
  })
})
