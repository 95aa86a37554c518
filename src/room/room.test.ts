import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import { command, defineGame, defineRoom, refuse, text, u8, u16 } from '../index.ts'
import { scene } from './test-kit/scene.ts'

/** What handlers of the club were called with, in order. */
let calls: string[] = []
beforeEach(() => {
  calls = []
})

const club = defineRoom(
  {
    state: { visits: u16, team: u8, last: text({ max: 24 }), steps: u16 },
    events: { visited: { who: text({ max: 24 }), visits: u16 } },
    options: { team: u8 },
    maxPlayers: 3,
    tickHz: 10,
    reconnectMs: 2_000,
    emptyMs: 3_000,
  },
  {
    create: async (room, { team }) => {
      calls.push(`create ${team}`)
      if (team === 99) throw refuse('no such team')
      await Promise.resolve()
      room.state.team = team
    },
    join: async (room, player, { team }) => {
      calls.push(`join ${player.name} ${team}`)
      await Promise.resolve()
      if (player.name === 'Mallory') throw refuse('members only')
      if (player.name === 'Bug') throw new Error('a bug of the game')
      room.state.visits += 1
      room.state.last = player.name
      room.emit('visited', { who: player.name, visits: room.state.visits })
    },
    leave: (_room, player) => {
      calls.push(`leave ${player.name}`)
      if (player.name === 'Eve') throw new Error('a bug of the game')
    },
    connection: (_room, player, connected) => {
      calls.push(`connection ${player.name} ${connected}`)
    },
    step: (room, dt) => {
      assert.ok(dt > 0 && dt < 1)
      room.state.steps += 1
      if (room.state.steps % 5 === 0) throw new Error('a bug of the game')
    },
    close: () => {
      calls.push('close')
    },
    commands: {
      rename: command({ name: text({ max: 24 }) }, async (room, player, { name }) => {
        room.state.last = name
        await Promise.resolve()
        room.emit('visited', { who: name, visits: room.players.size }, player)
      }),
      kick: command({ name: text({ max: 24 }) }, (room, _player, { name }) => {
        for (const other of room.players.values()) if (other.name === name) room.kick(other)
      }),
      lock: command({ locked: u8 }, (room, _player, { locked }) => room.lock(locked === 1)),
      end: command({}, (room) => room.end()),
      refuse: command({}, () => {
        throw refuse('not now')
      }),
      fail: command({}, () => {
        throw new Error('a bug of the game')
      }),
      later: command({ ms: u16 }, (room, _player, { ms }) => {
        room.after(ms, () => {
          room.state.last = 'later'
        })
        room.after(ms, () => {
          throw new Error('a bug of the game')
        })
      }),
    },
  },
)

const game = defineGame({ rooms: { club } })
const team = 7

function clubScene(seed: string) {
  return scene(seed, game)
}

describe('who comes and goes', () => {
  test('create, join, leave, close: each once, with the options that were given', async () => {
    const { world, enter } = await clubScene('life')
    const ada = await enter('Ada')
    const bob = await enter('Bob')
    const adas = await world.until(ada.realm.rooms.club.joinOrCreate({ team }))
    const bobs = await world.until(bob.realm.rooms.club.join(adas.id, { team: 8 }))
    assert.equal(adas.state.team, team)
    adas.leave()
    bobs.leave()
    await world.run(10_000)
    const expected = ['create 7', 'join Ada 7', 'join Bob 8', 'leave Ada', 'leave Bob', 'close']
    assert.deepEqual(calls, expected)
  })

  test('the state that led to an event is there before the event', async () => {
    const { world, enter } = await clubScene('order')
    const ada = await enter('Ada')
    const bob = await enter('Bob')
    const adas = await world.until(ada.realm.rooms.club.create({ team }))
    const seen: string[] = []
    adas.on('visited', ({ who, visits }) => {
      seen.push(`${who} ${visits}: ${adas.state.last} ${adas.state.visits}`)
    })
    const bobs = await world.until(bob.realm.rooms.club.join(adas.id, { team }))
    await world.run(100)
    bobs.on('visited', ({ who }) => seen.push(`to Bob only: ${who} ${bobs.state.last}`))
    for (const name of ['one', 'two', 'three']) bobs.send.rename({ name })
    await world.run(1_000)
    // The first is of her own entrance, kept until she could listen.
    assert.deepEqual(seen.slice(0, 2), ['Ada 1: Ada 1', 'Bob 2: Bob 2'])
    const told = ['one one', 'two two', 'three three'].map((both) => `to Bob only: ${both}`)
    assert.deepEqual(seen.slice(2), told)
  })

  test('a full room and a locked one take nobody in, and are not found', async () => {
    const { world, enter } = await clubScene('full')
    const [ada, bob, cleo, dan] = await Promise.all(
      ['Ada', 'Bob', 'Cleo', 'Dan'].map((n) => enter(n)),
    )
    assert.ok(ada && bob && cleo && dan)
    const adas = await world.until(ada.realm.rooms.club.create({ team }))
    adas.send.lock({ locked: 1 })
    await world.run(500)
    assert.deepEqual(await world.until(bob.realm.rooms.club.list()), [])
    const locked = bob.realm.rooms.club.join(adas.id, { team })
    await assert.rejects(world.until(locked), { code: 'ROOM_LOCKED' })
    const elsewhere = await world.until(dan.realm.rooms.club.joinOrCreate({ team }))
    assert.notEqual(elsewhere.id, adas.id)
    adas.send.lock({ locked: 0 })
    await world.run(500)
    await world.until(bob.realm.rooms.club.join(adas.id, { team }))
    await world.until(cleo.realm.rooms.club.join(adas.id, { team }))
    elsewhere.leave()
    await world.run(500)
    const full = dan.realm.rooms.club.join(adas.id, { team })
    await assert.rejects(world.until(full), { code: 'ROOM_FULL' })
    const listed = await world.until(dan.realm.rooms.club.list())
    assert.deepEqual(listed, [{ id: elsewhere.id, players: 0, maxPlayers: 3 }])
    const nowhere = dan.realm.rooms.club.join('nowhere', { team })
    await assert.rejects(world.until(nowhere), { code: 'ROOM_UNKNOWN' })
  })

  test('who is kicked is told, and leaves once', async () => {
    const { world, enter } = await clubScene('kick')
    const [ada, bob] = [await enter('Ada'), await enter('Bob')]
    const adas = await world.until(ada.realm.rooms.club.create({ team }))
    const bobs = await world.until(bob.realm.rooms.club.join(adas.id, { team }))
    const left: string[] = []
    bobs.onLeft((code) => left.push(code))
    adas.send.kick({ name: 'Bob' })
    await world.run(5_000)
    assert.deepEqual(left, ['KICKED'])
    assert.equal(calls.filter((call) => call === 'leave Bob').length, 1)
    assert.equal((await world.until(bob.realm.rooms.club.list()))[0]?.players, 1)
  })

  test('a player who comes by another session keeps the seat; the former one is told', async () => {
    const { world, enter } = await clubScene('replaced')
    const first = await enter('Ada')
    const firsts = await world.until(first.realm.rooms.club.create({ team }))
    const left: string[] = []
    firsts.onLeft((code) => left.push(code))
    const second = await enter('Ada again', 'Ada')
    assert.equal(second.id, first.id)
    const seconds = await world.until(second.realm.rooms.club.join(firsts.id, { team }))
    await world.run(5_000)
    assert.deepEqual(left, ['CHANNEL_REPLACED'])
    assert.deepEqual(calls, ['create 7', 'join Ada 7'])
    first.realm.close()
    await world.run(5_000)
    seconds.send.rename({ name: 'still here' })
    await world.run(500)
    assert.equal(seconds.state.last, 'still here')
    assert.ok(!calls.includes('leave Ada'))
  })

  test('a lost connection is waited for, and given up once', async () => {
    const { world, enter } = await clubScene('grace')
    const [ada, bob] = [await enter('Ada'), await enter('Bob')]
    const adas = await world.until(ada.realm.rooms.club.create({ team }))
    await world.until(bob.realm.rooms.club.join(adas.id, { team }))
    bob.drop()
    await world.run(1_900)
    assert.deepEqual(calls.slice(3), ['connection Bob false', 'connection Bob true'])
    bob.kill()
    await world.run(10_000)
    assert.deepEqual(calls.slice(5), ['connection Bob false', 'leave Bob'])
    assert.equal(adas.state.visits, 2, 'a return in time is no new join')
  })

  test('an empty room lives for emptyMs, and who comes in time saves it', async () => {
    const { world, enter } = await clubScene('empty')
    const ada = await enter('Ada')
    const rooms = ada.realm.rooms.club
    const first = await world.until(rooms.create({ team }))
    first.leave()
    await world.run(2_500)
    const again = await world.until(rooms.join(first.id, { team }))
    await world.run(5_000)
    assert.equal(again.state.visits, 2)
    again.leave()
    await world.run(2_500)
    assert.equal((await world.until(rooms.list())).length, 1)
    await world.run(1_000)
    assert.deepEqual(await world.until(rooms.list()), [])
    await assert.rejects(world.until(rooms.join(first.id, { team })), { code: 'ROOM_UNKNOWN' })
    assert.equal(calls.filter((call) => call === 'close').length, 1)
  })

  test('a room that ends tells everyone and is gone', async () => {
    const { world, enter } = await clubScene('end')
    const [ada, bob] = [await enter('Ada'), await enter('Bob')]
    const adas = await world.until(ada.realm.rooms.club.create({ team }))
    const bobs = await world.until(bob.realm.rooms.club.join(adas.id, { team }))
    const left: string[] = []
    for (const room of [adas, bobs]) room.onLeft((code) => left.push(code))
    adas.send.end({})
    await world.run(1_000)
    assert.deepEqual(left, ['ROOM_CLOSED', 'ROOM_CLOSED'])
    const back = ada.realm.rooms.club.join(adas.id, { team })
    await assert.rejects(world.until(back), { code: 'ROOM_UNKNOWN' })
    assert.equal(calls.at(-1), 'close')
  })
})

describe('handlers that throw', () => {
  test('create: nobody gets in, and the room is gone', async () => {
    const { world, enter } = await clubScene('create throws')
    const { realm } = await enter('Ada')
    const entering = realm.rooms.club.joinOrCreate({ team: 99 })
    await assert.rejects(world.until(entering), { code: 'REFUSED', detail: 'no such team' })
    assert.deepEqual(await world.until(realm.rooms.club.list()), [])
    assert.ok(await world.until(realm.rooms.club.joinOrCreate({ team })))
  })

  test('join: only the one who came is kept out, with the reason the game gave', async () => {
    const { world, enter } = await clubScene('join throws')
    const ada = await enter('Ada')
    const adas = await world.until(ada.realm.rooms.club.create({ team }))
    const outcomes = { Mallory: 'REFUSED', Bug: 'HANDLER_FAILED' }
    for (const [name, code] of Object.entries(outcomes)) {
      const { realm } = await enter(name)
      const entering = realm.rooms.club.join(adas.id, { team })
      const detail = name === 'Mallory' ? 'members only' : ''
      await assert.rejects(world.until(entering), { code, detail })
    }
    await world.run(500)
    const listed = await world.until(ada.realm.rooms.club.list())
    assert.equal(listed[0]?.players, 1)
    assert.equal(adas.state.visits, 1)
  })

  test('commands, steps, timers, leave: told or logged, and the room goes on', async () => {
    const { world, enter } = await clubScene('others throw')
    const [ada, eve] = [await enter('Ada'), await enter('Eve')]
    const adas = await world.until(ada.realm.rooms.club.create({ team }))
    const eves = await world.until(eve.realm.rooms.club.join(adas.id, { team }))
    const errors: string[] = []
    eves.onError(({ code, detail }) => errors.push(`${code} ${detail}`))
    eves.send.fail({})
    eves.send.refuse({})
    eves.send.later({ ms: 200 })
    await world.run(1_000)
    assert.deepEqual(errors, ['HANDLER_FAILED ', 'REFUSED not now'])
    assert.equal(adas.state.last, 'later')
    eves.leave()
    await world.run(1_000)
    assert.ok(calls.includes('leave Eve'))
    const { steps } = adas.state
    await world.run(2_000)
    assert.ok(adas.state.steps >= steps + 15, 'a step that threw was the last')
    assert.deepEqual(ada.errors, [])
    assert.deepEqual(world.errors, [])
  })
})
