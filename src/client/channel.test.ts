import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { RealmError } from '../errors/index.ts'
import { encode } from '../schema/index.ts'
import { demo } from './test-kit/demo-client.ts'
import { block, types } from './test-kit/demo-game.ts'

const hit = encode(types.hit, { by: 'bob', damage: 7 })

describe('a room', () => {
  for (const stateFirst of [false, true]) {
    const order = stateFirst ? 'before' : 'after'
    it(`has its state when the join resolves, with the state ${order} the reply`, async () => {
      const { realm, server, wait } = await demo()
      server.stateFirst = stateFirst
      const avatars = server.room('r1').tracked.state['avatars'] as Map<string, object>
      avatars.set('bob', { x: 1, y: 2, name: 'Bob' })
      server.room('r1').tracked.clearDirty()
      const plaza = await wait(realm.rooms.plaza.join('r1'))
      assert.equal(plaza.id, 'r1')
      assert.equal(plaza.state.avatars.get('bob')?.name, 'Bob')
    })
  }

  it('loses nothing that arrives together with the reply', async () => {
    const { realm, server, wait, clock } = await demo()
    server.onJoin = (session, body) => {
      server.onJoin = () => false
      session.cork()
      queueMicrotask(() => {
        session.event({ channel: body.channel, event: 0, payload: hit })
        server.room('r1').tracked.state['round'] = 2
        server.sync('r1')
        session.event({ channel: body.channel, event: 0, payload: hit })
        session.uncork()
        const second = encode(types.hit, { by: 'eve', damage: 8 })
        session.event({ channel: body.channel, event: 0, payload: second })
      })
      return false
    }
    server.room('r1')
    const heard: unknown[] = []
    const joining = realm.rooms.plaza.join('r1').then((plaza) => {
      plaza.on('hit', (event) => heard.push({ ...event, round: plaza.state.round }))
      return plaza
    })
    await wait(joining)
    await clock.advance(1)
    assert.deepEqual(heard, [
      { by: 'bob', damage: 7, round: 0 },
      { by: 'bob', damage: 7, round: 2 },
      { by: 'eve', damage: 8, round: 2 },
    ])
  })

  it('loses no event that was emitted while the server let it in', async () => {
    for (const stateFirst of [false, true]) {
      const { realm, server, wait, clock } = await demo()
      server.stateFirst = stateFirst
      server.onJoin = (session, { channel }) => {
        session.event({ channel, event: 0, payload: hit })
        return false
      }
      const heard: number[] = []
      const joining = realm.rooms.plaza.create().then((plaza) => {
        plaza.on('hit', ({ damage }) => heard.push(damage))
      })
      await wait(joining)
      await clock.advance(1)
      assert.deepEqual(heard, [7])
    }
  })

  it('is told from its commands: sequence, channel and input', async () => {
    const { realm, server, wait, clock } = await demo()
    const plaza = await wait(realm.rooms.plaza.create())
    plaza.send.walk({ dx: 1, dy: 0.5 })
    plaza.send.wave()
    plaza.send.wave({})
    await clock.advance(50)
    const channel = server.session.channelOf(block.plaza)
    assert.deepEqual(
      server.commands.map(({ sequence, command }) => [sequence, command]),
      [
        [1, 0],
        [2, 1],
        [3, 1],
      ],
    )
    assert.ok(server.commands.every((command) => command.channel === channel))
    assert.throws(() => plaza.send.walk({ dx: Number.NaN, dy: 0 }), { code: 'SCHEMA_INVALID' })
    assert.equal(server.commands.length, 3)
  })

  it('hears of refused commands, or else the realm does', async () => {
    const { realm, server, wait, clock, errors } = await demo()
    const plaza = await wait(realm.rooms.plaza.create())
    const channel = server.session.channelOf(block.plaza)
    const refuse = async () => {
      server.session.send('fail', { id: 0, channel, error: 'REFUSED', detail: 'not your turn' })
      await clock.advance(50)
    }
    await refuse()
    const heard: RealmError[] = []
    const off = plaza.onError((error) => heard.push(error))
    await refuse()
    off()
    await refuse()
    assert.deepEqual(
      errors.map(({ detail }) => detail),
      ['not your turn', 'not your turn'],
    )
    assert.equal(heard[0]?.code, 'REFUSED')
    assert.equal(heard.length, 1)
  })

  it('ends when the server says so, and sends nothing more', async () => {
    const { realm, server, wait, clock } = await demo()
    const plaza = await wait(realm.rooms.plaza.create())
    const left: string[] = []
    plaza.onLeft((code) => left.push(code))
    const channel = server.session.channelOf(block.plaza)
    server.session.send('left', { channel, error: 'KICKED' })
    server.session.event({ channel, event: 0, payload: hit })
    await clock.advance(50)
    plaza.send.walk({ dx: 1, dy: 1 })
    await clock.advance(50)
    assert.deepEqual(left, ['KICKED'])
    assert.deepEqual(server.commands, [])
    server.restart()
    await clock.advance(5000)
    assert.equal(server.session.channels.size, 0, 'what has ended is not joined again')
  })

  it('is left on purpose without a word, also while messages are under way', async () => {
    const { realm, server, wait, clock, errors } = await demo()
    const plaza = await wait(realm.rooms.plaza.create())
    plaza.onLeft(() => assert.fail('left on purpose'))
    plaza.leave()
    server.sendFull(server.session, server.session.channelOf(block.plaza))
    await clock.advance(100)
    assert.equal(server.session.channels.size, 0)
    assert.deepEqual(errors, [])
    assert.equal(realm.status, 'connected')
  })

  it('refuses a join with the words of the server', async () => {
    const { realm, wait } = await demo()
    await assert.rejects(wait(realm.rooms.plaza.join('nowhere')), { code: 'ROOM_UNKNOWN' })
    await assert.rejects(wait(realm.rooms.plaza.join('no where')), { code: 'KEY_INVALID' })
  })

  it('that answers too late is left again', async () => {
    const { realm, server, wait, clock } = await demo({ requestTimeoutMs: 500 })
    server.room('r1')
    let answer = () => {}
    server.onJoin = (session, { channel, key }) => {
      answer = () => session.channels.set(channel, { block: block.plaza, key })
      return true
    }
    await assert.rejects(wait(realm.rooms.plaza.join('r1')), { code: 'DEADLINE' })
    answer()
    await clock.advance(100)
    assert.equal(server.session.channels.size, 0)
  })

  it('goes on though a listener throws, and the realm hears of it', async () => {
    const { realm, server, wait, clock, errors } = await demo()
    const plaza = await wait(realm.rooms.plaza.create())
    const heard: number[] = []
    plaza.on('hit', () => {
      throw new Error('oops')
    })
    plaza.on('hit', ({ damage }) => heard.push(damage))
    plaza.state.onChange(() => {
      throw new Error('oops again')
    })
    const channel = server.session.channelOf(block.plaza)
    server.session.event({ channel, event: 0, payload: hit })
    server.room(plaza.id).tracked.state['round'] = 9
    server.sync(plaza.id)
    await clock.advance(50)
    assert.deepEqual(heard, [7])
    assert.equal(plaza.state.round, 9)
    assert.deepEqual(
      errors.map(({ code }) => code),
      ['LISTENER_FAILED', 'LISTENER_FAILED'],
    )
    assert.equal(realm.status, 'connected')
  })

  it('is listed', async () => {
    const { realm, server, wait } = await demo()
    server.room('r1')
    assert.deepEqual(await wait(realm.rooms.plaza.list()), [
      { id: 'r1', players: 1, maxPlayers: 64 },
    ])
  })
})

describe('an actor', () => {
  it('is called and watched, the own one by default', async () => {
    const { realm, wait } = await demo()
    assert.deepEqual(await wait(realm.actors.hero.call.rename({ title: 'Sir' })), {})
    assert.deepEqual(await wait(realm.actors.hero.at('bob').call.rename({ title: 'Sir' })), {})
    const mine = await wait(realm.actors.hero.watch())
    assert.equal(mine.key, realm.player.id)
    assert.equal(mine.state.level, 3)
    assert.deepEqual([...mine.state.bag], [1, 2])
    const other = await wait(realm.actors.hero.watch('bob'))
    assert.equal(other.key, 'bob')
  })
})

describe('a replaced game', () => {
  it('is acknowledged at once, and what has the same shape goes on', async () => {
    const { realm, server, wait, clock, errors } = await demo()
    const plaza = await wait(realm.rooms.plaza.create())
    const { state } = plaza
    const { session } = server
    const bytes = new TextEncoder().encode(JSON.stringify(realm.manifest))
    server.manifestHash = 'hash-2'
    session.send('manifest', { manifestHash: 'hash-2', manifest: bytes })
    server.sendFull(session, session.channelOf(block.plaza))
    const numbered = session.acknowledged
    await clock.advance(21)
    assert.equal(plaza.state, state)
    plaza.send.walk({ dx: 1, dy: 1 })
    await clock.advance(21)
    assert.equal(server.commands.length, 1)
    assert.ok(session.acknowledged > numbered, 'acknowledged before the new numbers are used')
    assert.deepEqual(errors, [])
    server.cut()
    await clock.advance(3000)
    assert.equal(realm.status, 'connected')
  })

  it('ends what it no longer has', async () => {
    const { realm, server, wait, clock } = await demo()
    const plaza = await wait(realm.rooms.plaza.create())
    const left: string[] = []
    plaza.onLeft((code) => left.push(code))
    const blocks = realm.manifest.blocks.filter(({ name }) => name !== 'plaza')
    const bytes = new TextEncoder().encode(JSON.stringify({ ...realm.manifest, blocks }))
    server.session.send('manifest', { manifestHash: 'hash-3', manifest: bytes })
    await clock.advance(50)
    assert.deepEqual(left, ['BLOCK_GONE'])
  })
})
