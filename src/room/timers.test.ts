import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { connect } from '../client/index.ts'
import { RealmError } from '../errors/index.ts'
import { command, defineGame, defineRoom, f64, list, text, u8 } from '../index.ts'
import { simClientOptions, simWorld, startNode } from '../sim/index.ts'
import { scene } from './test-kit/scene.ts'

const quiz = defineRoom(
  {
    state: { rung: list(text({ max: 40 }), { max: 100 }), dueMs: f64 },
    timers: { bell: { n: u8, text: text({ max: 20 }) }, gong: {} },
    emptyMs: 600_000,
  },
  {
    commands: {
      set: command({ ms: f64, n: u8, key: text({ max: 100 }) }, (room, _player, { ms, n, key }) => {
        room.schedule('bell', ms, { n, text: 'ding' }, key)
        room.state.dueMs = (room.scheduledAt('bell', key) ?? 0) - room.now()
      }),
      unset: command({ key: text({ max: 100 }) }, (room, _player, { key }) => {
        room.state.rung.push(`unset ${room.unschedule('bell', key)}`)
      }),
      fill: command({}, (room) => {
        for (let key = 0; ; key += 1) room.schedule('gong', 60_000, {}, `${key}`)
      }),
      again: command({}, (room) => room.schedule('gong', 100, {})),
    },
    timers: {
      bell: (room, { n, text }) => {
        room.state.rung.push(`${text} ${n}`)
        if (n === 13) throw new Error('a bug of the game')
      },
      gong: (room) => {
        room.state.rung.push('gong')
        if (room.state.rung.length < 3) room.schedule('gong', 100, {})
      },
    },
  },
)
const game = defineGame({ rooms: { quiz } })

describe('a named timer of a room', () => {
  it('rings once with its payload; one of the same name and key replaces it', async () => {
    const { world, enter } = await scene('bell', game)
    const { realm, errors } = await enter('Ada')
    const room = await world.until(realm.rooms.quiz.joinOrCreate())
    const rung = (): string[] => [...room.state.rung]
    room.send.set({ ms: 500, n: 1, key: '' })
    room.send.set({ ms: 900, n: 2, key: '' })
    room.send.set({ ms: 700, n: 3, key: 'other' })
    room.send.set({ ms: 600, n: 4, key: 'not' })
    room.send.unset({ key: 'not' })
    room.send.unset({ key: 'not' })
    await world.run(300)
    assert.equal(room.state.dueMs, 600)
    await world.run(5000)
    assert.deepEqual(rung(), ['unset true', 'unset false', 'ding 3', 'ding 2'])
    room.send.set({ ms: 10, n: 13, key: '' })
    room.send.set({ ms: 20, n: 5, key: 'next' })
    await world.run(1000)
    assert.deepEqual(rung().slice(4), ['ding 13', 'ding 5'], 'what one throws harms nobody else')
    assert.deepEqual(errors, [])
  })

  it('may set itself again', async () => {
    const { world, enter } = await scene('gong', game)
    const { realm } = await enter('Ada')
    const room = await world.until(realm.rooms.quiz.joinOrCreate())
    room.send.again({})
    await world.run(2000)
    assert.deepEqual([...room.state.rung], ['gong', 'gong', 'gong'])
  })

  it('is refused beyond its limits', async () => {
    const { world, enter } = await scene('limits', game)
    const { realm, errors } = await enter('Ada')
    const room = await world.until(realm.rooms.quiz.joinOrCreate())
    room.send.set({ ms: -1, n: 1, key: '' })
    room.send.set({ ms: 1e12, n: 1, key: '' })
    room.send.set({ ms: 1, n: 1, key: 'k'.repeat(65) })
    room.send.fill({})
    await world.run(1000)
    const codes = errors.map((error) => error.split(' ')[0])
    assert.deepEqual(codes, [...Array(3).fill('TIMER_INVALID'), 'ROOM_TIMERS_FULL'])
    assert.deepEqual([...room.state.rung], [])
  })

  it('outlives a crash, and is due when it was', async () => {
    const { world, enter, restart } = await scene('crash', game)
    const { realm } = await enter('Ada')
    const room = await world.until(realm.rooms.quiz.joinOrCreate())
    const dueMs = world.clock.now() + 20_000
    room.send.set({ ms: 20_000, n: 7, key: '' })
    await world.run(2000)
    await restart()
    await world.run(dueMs - world.clock.now() - 100)
    assert.deepEqual([...room.state.rung], [])
    await world.run(1000)
    assert.deepEqual([...room.state.rung], ['ding 7'])
  })

  it('goes along where the room moves, to and fro, and rings once', async () => {
    const world = simWorld('move')
    const [alpha] = [
      await world.until(startNode(world, game, 'alpha')),
      await world.until(startNode(world, game, 'beta')),
    ]
    const options = simClientOptions(world, 'client')
    const realm = await world.until(connect<typeof game>(alpha.url, options))
    const room = await world.until(realm.rooms.quiz.joinOrCreate())
    for (const n of [1, 2, 3, 4]) room.send.set({ ms: n * 1000 - 500, n, key: `${n}` })
    await world.run(200)
    for (const to of ['beta', 'alpha', 'beta', 'alpha']) {
      await world.until(alpha.realm.host.move(`room/quiz/${room.id}`, to))
      await world.run(800)
    }
    await world.run(3000)
    assert.deepEqual([...room.state.rung], ['ding 1', 'ding 2', 'ding 3', 'ding 4'])
    assert.deepEqual(world.errors, [])
  })

  it('without a handler is no valid definition', () => {
    assert.throws(
      () => defineRoom({ state: {}, timers: { bell: {} } }, {}),
      (error) => error instanceof RealmError && error.code === 'GAME_INVALID',
    )
  })
})
