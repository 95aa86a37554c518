import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { demo, memoryStorage } from './test-kit/demo-client.ts'
import { block } from './test-kit/demo-game.ts'

describe('a lost socket', () => {
  it('is replaced, the session goes on, nothing is asked twice', async () => {
    const { realm, server, clock, statuses, errors, wait } = await demo()
    const session = server.session
    server.holdCalls = true
    const answer = realm.services.shop.add({ n: 1 })
    await clock.advance(100)
    server.cut()
    await clock.advance(1000)
    assert.deepEqual(statuses, ['reconnecting', 'connected'])
    assert.equal(server.session, session)
    session.send('reply', { id: 1, output: Uint8Array.of(9, 0, 0, 0) })
    assert.deepEqual(await wait(answer), { sum: 9 })
    assert.deepEqual(server.added, [1])
    assert.deepEqual(errors, [])
  })

  it('is waited for ever longer, but never longer than five seconds', async () => {
    const { server, clock, realm } = await demo()
    server.down = true
    server.cut()
    await clock.advance(60_000)
    assert.equal(realm.status, 'reconnecting')
    server.down = false
    await clock.advance(5200)
    assert.equal(realm.status, 'connected')
  })

  it('is replaced as fast the tenth time as the first, if all went well between', async () => {
    const { server, clock, realm } = await demo()
    for (let time = 0; time < 10; time++) {
      server.cut()
      await clock.advance(500)
      assert.equal(realm.status, 'connected')
      await clock.advance(2500)
    }
  })

  it('is noticed also where it only falls silent', async () => {
    const { server, clock, statuses } = await demo()
    server.mute = true
    await clock.advance(9000)
    assert.deepEqual(statuses, ['reconnecting'])
    server.mute = false
    await clock.advance(20_000)
    assert.equal(statuses.at(-1), 'connected')
  })

  it('is replaced at another gate within four seconds of silence, where one is known', async () => {
    const { server, clock, statuses, realm } = await demo()
    server.session.send('gates', { move: false, urls: ['http://other.test'] })
    await clock.advance(3000)
    const tried: string[] = []
    server.opened = (url) => {
      tried.push(url)
      server.mute = !url.includes('other.test')
    }
    server.mute = true
    await clock.advance(4000)
    assert.equal(realm.status, 'connected')
    assert.deepEqual(statuses, ['reconnecting', 'connected'])
    assert.equal(tried.length, 1)
    assert.match(tried[0] ?? '', /other\.test/)
  })

  it('is not taken for lost by a page that stood still itself', async () => {
    const { server, clock, statuses } = await demo()
    server.session.send('gates', { move: false, urls: ['http://other.test'] })
    await clock.advance(30_000)
    assert.deepEqual(statuses, [], 'nor where there is nothing to tell')
    clock.skip(20_000)
    await clock.advance(5000)
    assert.deepEqual(statuses, [])
  })

  it('does not cost what was asked for meanwhile', async () => {
    const { realm, server, clock, wait } = await demo()
    server.down = true
    server.cut()
    await clock.advance(100)
    const answer = realm.services.shop.add({ n: 7 })
    await clock.advance(1000)
    server.down = false
    assert.deepEqual(await wait(answer), { sum: 7 })
    assert.deepEqual(server.added, [7])
  })

  it('tells whose answer was lost with the ring of the server', async () => {
    const { realm, server, clock, wait, errors } = await demo()
    const { session } = server
    const answer = realm.services.shop.add({ n: 1 })
    const outcome = assert.rejects(answer, { code: 'OUTCOME_UNKNOWN' })
    await clock.advance(22)
    server.cut()
    assert.equal(session.overflow(), 1)
    await clock.advance(2000)
    await outcome
    assert.deepEqual(await wait(realm.services.shop.add({ n: 2 })), { sum: 3 })
    await clock.advance(5000)
    assert.equal(server.session, session, 'what was missed counts as received')
    assert.deepEqual(errors, [])
  })
})

describe('a restarted server', () => {
  it('is logged in to again as the same player, from memory alone', async () => {
    const { realm, server, clock, statuses } = await demo()
    const { id } = realm.player
    server.down = true
    server.restart()
    await clock.advance(3000)
    server.down = false
    await clock.advance(6000)
    assert.deepEqual(statuses, ['reconnecting', 'connected'])
    assert.equal(realm.player.id, id)
    assert.equal(server.logins.at(-1)?.['secret'], `secret-of-${id}`)
  })

  it('leaves calls it may have carried out unknown, and gets the others again', async () => {
    const { realm, server, clock, wait } = await demo()
    server.holdCalls = true
    const seen = realm.services.shop.add({ n: 1 })
    const outcome = assert.rejects(seen, { code: 'OUTCOME_UNKNOWN' })
    await clock.advance(100)
    server.restart()
    await clock.advance(50)
    assert.equal(realm.status, 'reconnecting')
    server.holdCalls = false
    const unseen = realm.services.shop.add({ n: 2 })
    const list = realm.rooms.plaza.list()
    assert.deepEqual(await wait(unseen), { sum: 3 })
    await outcome
    assert.deepEqual(await wait(list), [])
    assert.deepEqual(server.added, [1, 2])
  })

  it('tells of reliable commands that were lost', async () => {
    const { realm, server, clock, errors, wait } = await demo()
    const plaza = await wait(realm.rooms.plaza.joinOrCreate())
    server.restart()
    await clock.advance(50)
    plaza.send.walk({ dx: 1, dy: 0 })
    await clock.advance(5000)
    assert.deepEqual(
      errors.map(({ code }) => code),
      ['COMMANDS_LOST'],
    )
    assert.deepEqual(server.commands, [])
  })

  it('ends a client whose ticket serves only once', async () => {
    const first = await demo()
    const { server, clock } = first
    const body = JSON.stringify({ guest: 'Bob' })
    const login = await server.fetch('', { method: 'POST', headers: {}, body })
    const { ticket } = (await login.json()) as { ticket: string }
    const { realm, errors, wait } = await demo({ server, ticket })
    const plaza = await wait(realm.rooms.plaza.joinOrCreate())
    const left: string[] = []
    plaza.onLeft((code) => left.push(code))
    server.restart()
    await clock.advance(5000)
    assert.equal(realm.status, 'closed')
    assert.deepEqual(
      errors.map(({ code }) => code),
      ['SESSION_LOST'],
    )
    assert.deepEqual(left, ['SESSION_LOST'])
  })
})

describe('rejoining', () => {
  it('keeps the handle, its state and its listeners over a restart', async () => {
    const { realm, server, clock, wait } = await demo()
    const plaza = await wait(realm.rooms.plaza.joinOrCreate({ team: 2 }))
    const { id, state } = plaza
    const avatars = server.room(id).tracked.state['avatars'] as Map<string, object>
    avatars.set('ada', { x: 1, y: 1, name: 'Ada' })
    avatars.set('bob', { x: 2, y: 2, name: 'Bob' })
    server.sync(id)
    await clock.advance(100)
    const seen: string[] = []
    state.avatars.onAdd((key) => seen.push(`+${key}`))
    state.avatars.onRemove((key) => seen.push(`-${key}`))
    const ada = state.avatars.get('ada')
    server.restart()
    avatars.delete('bob')
    avatars.set('eve', { x: 3, y: 3, name: 'Eve' })
    server.room(id).tracked.clearDirty()
    await clock.advance(5000)
    assert.equal(plaza.state, state)
    assert.equal(plaza.id, id)
    assert.equal(state.avatars.get('ada'), ada)
    assert.deepEqual(seen.sort(), ['+ada', '+bob', '+eve', '-bob'])
    plaza.send.walk({ dx: 1, dy: 0 })
    await clock.advance(100)
    assert.equal(server.commands.length, 1)
    assert.equal(server.session.channels.get(server.commands[0]?.channel ?? 0)?.key, id)
  })

  it('enters another room where the one is gone, if any would do', async () => {
    const { realm, server, clock, wait } = await demo()
    const plaza = await wait(realm.rooms.plaza.joinOrCreate())
    const exact = await wait(realm.rooms.plaza.join(plaza.id))
    const left: string[] = []
    exact.onLeft((code) => left.push(code))
    const { id } = plaza
    server.rooms.clear()
    server.restart()
    await clock.advance(5000)
    assert.notEqual(plaza.id, id)
    assert.deepEqual(left, ['ROOM_UNKNOWN'])
    assert.equal(server.session.channels.size, 1)
  })

  it('tries again while the server is still finding its feet', async () => {
    const { realm, server, clock, wait, errors } = await demo()
    const plaza = await wait(realm.rooms.plaza.joinOrCreate())
    const left: string[] = []
    plaza.onLeft((code) => left.push(code))
    let refused = 0
    server.onJoin = (session, { id }) => {
      if (refused >= 3) return false
      refused++
      session.send('fail', { id, channel: 0, error: 'NOT_OWNER', detail: '' })
      return true
    }
    server.restart()
    await clock.advance(1000)
    plaza.send.walk({ dx: 1, dy: 1 })
    plaza.send.wave()
    await clock.advance(5000)
    assert.equal(refused, 3)
    assert.deepEqual(left, [])
    assert.deepEqual(errors, [])
    assert.equal(server.commands.length, 1, 'what waited for the rejoin is sent after it')
  })

  it('goes on joining what was being joined', async () => {
    const { realm, server, clock, wait } = await demo()
    server.onJoin = () => true
    const joining = realm.rooms.plaza.joinOrCreate()
    await clock.advance(100)
    server.onJoin = () => false
    server.restart()
    const plaza = await wait(joining)
    assert.equal(plaza.state.round, 0)
  })

  it('follows a room whose node went away within the session', async () => {
    const { realm, server, clock, wait } = await demo()
    const plaza = await wait(realm.rooms.plaza.joinOrCreate())
    const { session } = server
    const channel = session.channelOf(block.plaza)
    session.channels.delete(channel)
    session.send('left', { channel, error: 'NODE_STOPPED' })
    await clock.advance(1000)
    assert.notEqual(session.channelOf(block.plaza), channel)
    const tracked = server.room(plaza.id).tracked
    tracked.state['round'] = 5
    server.sync(plaza.id)
    await clock.advance(100)
    assert.equal(plaza.state.round, 5)
  })

  it('keeps a player who logs in with a stored secret', async () => {
    const storage = memoryStorage()
    const { realm, server, clock } = await demo({ storage })
    const { id } = realm.player
    server.restart()
    await clock.advance(5000)
    assert.equal(realm.player.id, id)
  })
})

/** What happens to the connection in one run of the property below. */
const disturbance = fc.record({
  afterMs: fc.integer({ min: 0, max: 400 }),
  downMs: fc.integer({ min: 0, max: 900 }),
})

describe('exactly once', () => {
  it('calls are carried out once and in order, events arrive once and in order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(disturbance, { maxLength: 6 }),
        fc.array(fc.integer({ min: 0, max: 200 }), { minLength: 1, maxLength: 40 }),
        fc.infiniteStream(fc.integer({ min: 1, max: 120 })),
        async (disturbances, gaps, latencies) => {
          const latency = () => latencies.next().value as number
          const { realm, server, clock, wait, errors } = await demo({ latency })
          const hero = await wait(realm.actors.hero.watch())
          const heard: number[] = []
          hero.on('grew', ({ level }) => heard.push(level))
          const channel = server.session.channelOf(block.hero)
          let at = 0
          for (const { afterMs, downMs } of disturbances) {
            at += afterMs
            clock.after(at, () => {
              server.down = true
              server.cut()
            })
            at += downMs
            clock.after(at, () => {
              server.down = false
            })
          }
          const answers: Promise<{ sum: number }>[] = []
          for (const [index, gap] of gaps.entries()) {
            answers.push(realm.services.shop.add({ n: index + 1 }))
            server.session.event({ channel, event: 0, payload: encodeLevel(index) })
            await clock.advance(gap)
          }
          await clock.advance(20_000)
          const expected = gaps.map((_, index) => index + 1)
          assert.deepEqual(server.added, expected)
          let sum = 0
          const sums = expected.map((n) => {
            sum += n
            return { sum }
          })
          assert.deepEqual(await wait(Promise.all(answers)), sums)
          assert.deepEqual(
            heard,
            gaps.map((_, index) => index),
          )
          assert.deepEqual(errors, [])
          realm.close()
        },
      ),
      { numRuns: 60 },
    )
  })
})

function encodeLevel(level: number): Uint8Array {
  return Uint8Array.of(level & 0xff, level >> 8)
}
