import assert from 'node:assert/strict'
import { test } from 'node:test'
import { command, defineGame, defineRoom, u16 } from '../index.ts'
import { scene } from './test-kit/scene.ts'

const seats = 4
const table = defineRoom(
  { state: { rounds: u16, most: u16 }, maxPlayers: seats, reconnectMs: 3_000, emptyMs: 1_000 },
  {
    join: (room) => {
      room.state.most = Math.max(room.state.most, room.players.size)
    },
    commands: {
      play: command({}, (room) => {
        room.state.rounds += 1
      }),
    },
  },
)
const game = defineGame({ rooms: { table } })

function names(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `Guest ${index}`)
}

test('a rush of fifty fills tables of four, none beyond and none in vain', async () => {
  for (const seed of ['rush 1', 'rush 2', 'rush 3']) {
    const { world, enter } = await scene(seed, game)
    const players = []
    for (const name of names(50)) players.push(await enter(name))
    const joining = Promise.all(players.map(({ realm }) => realm.rooms.table.joinOrCreate()))
    const rooms = await world.until(joining)
    const counts = new Map<string, number>()
    for (const { id } of rooms) counts.set(id, (counts.get(id) ?? 0) + 1)
    assert.ok(Math.max(...counts.values()) <= seats)
    assert.equal(counts.size, Math.ceil(50 / seats), 'seats were left empty')
    for (const { state } of rooms) assert.ok(state.most <= seats)
    await world.run(1_000)
    for (const { errors } of players) assert.deepEqual(errors, [])
    const listed = await world.until(players[0]?.realm.rooms.table.list() ?? Promise.reject())
    assert.deepEqual(
      listed.map(({ players: seated }) => seated),
      [50 % seats],
    )
  }
})

test('who comes is sent to the fullest room, and rooms are listed fullest first', async () => {
  const { world, enter } = await scene('fullest', game)
  const [ada, bob, cleo, dan] = await Promise.all(names(4).map((name) => enter(name)))
  assert.ok(ada && bob && cleo && dan)
  const lonely = await world.until(ada.realm.rooms.table.create())
  const social = await world.until(bob.realm.rooms.table.create())
  await world.until(cleo.realm.rooms.table.join(social.id))
  await world.run(500)
  const listed = await world.until(dan.realm.rooms.table.list())
  assert.deepEqual(listed, [
    { id: social.id, players: 2, maxPlayers: seats },
    { id: lonely.id, players: 1, maxPlayers: seats },
  ])
  assert.equal((await world.until(dan.realm.rooms.table.joinOrCreate())).id, social.id)
})

test('one room after the other: nobody is sent to a room that has ended', async () => {
  const { world, enter } = await scene('turnover', game)
  const { realm } = await enter('Ada')
  const ids = new Set<string>()
  for (const waitMs of [1_500, 1_020, 1_005, 1_000, 995, 990, 1_500]) {
    const room = await world.until(realm.rooms.table.joinOrCreate())
    ids.add(room.id)
    room.leave()
    await world.run(waitMs)
  }
  assert.ok(ids.size > 1, 'no room ever ended')
})

test('a place that somebody was sent to and never took is free again', async () => {
  const { world, enter } = await scene('no show', game)
  const [ada, bob, cleo, dan] = await Promise.all(names(4).map((name) => enter(name)))
  assert.ok(ada && bob && cleo && dan)
  const room = await world.until(ada.realm.rooms.table.create())
  await world.until(bob.realm.rooms.table.join(room.id))
  await world.until(cleo.realm.rooms.table.join(room.id))
  for (let visit = 0; visit < 3; visit += 1) {
    const joining = dan.realm.rooms.table.joinOrCreate()
    dan.drop()
    await world.until(
      joining.then((joined) => {
        assert.equal(joined.id, room.id)
        joined.leave()
      }),
    )
    await world.run(500)
  }
})

test('rooms outlive a killed server: found, listed, at most a second old', async () => {
  const { world, enter, restart } = await scene('woken', game)
  const [ada, bob] = [await enter('Ada'), await enter('Bob')]
  const adas = await world.until(ada.realm.rooms.table.joinOrCreate())
  const bobs = await world.until(bob.realm.rooms.table.joinOrCreate())
  assert.equal(bobs.id, adas.id)
  for (let round = 0; round < 5; round += 1) adas.send.play({})
  await world.run(1_500)
  bob.kill()
  await restart()
  const carol = await enter('Carol')
  const listed = await world.until(carol.realm.rooms.table.list())
  assert.deepEqual(listed, [{ id: adas.id, players: 2, maxPlayers: seats }])
  const carols = await world.until(carol.realm.rooms.table.joinOrCreate())
  assert.equal(carols.id, adas.id)
  assert.equal(carols.state.rounds, 5)
  await world.run(10_000)
  assert.equal(ada.realm.status, 'connected')
  adas.send.play({})
  await world.run(500)
  assert.equal(carols.state.rounds, 6)
  const [left] = await world.until(carol.realm.rooms.table.list())
  assert.equal(left?.players, 2, 'who did not come back kept the seat')
})
