import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connect } from '../client/index.ts'
import { command, defineGame, defineRoom, u8, u32 } from '../index.ts'
import { simClientOptions, simWorld, startNode } from '../sim/index.ts'
import { scene } from './test-kit/scene.ts'

const till = defineRoom(
  { state: { last: u8, steps: u32 }, events: { paid: { n: u8 } }, tickHz: 20 },
  {
    step: (room) => {
      room.state.steps += 1
    },
    commands: {
      pay: command({ n: u8 }, (room, _player, { n }) => {
        room.state.last = n
        room.emit('paid', { n })
      }),
    },
  },
)
const game = defineGame({ rooms: { till } })

/** Pays until a checkpoint has it, then once more, which only the room's memory has. */
async function twoPaid(seed: string) {
  const { world, enter, restart } = await scene(seed, game)
  const ada = await enter('Ada')
  const room = await world.until(ada.realm.rooms.till.create())
  const paid: number[] = []
  const errors: string[] = []
  room.on('paid', ({ n }) => paid.push(n))
  room.onError(({ code }) => errors.push(code))
  room.send.pay({ n: 1 })
  await world.run(2_500)
  room.send.pay({ n: 2 })
  await world.run(100)
  return { world, restart, room, paid, errors }
}

test('acted twice: a command that a lost life of the room had carried out', async () => {
  const { world, restart, room, paid, errors } = await twoPaid('lost life')
  assert.deepEqual(paid, [1, 2])
  await restart()
  await world.run(10_000)
  assert.equal(room.state.last, 1, 'the room came back from before the second')
  assert.deepEqual(
    [paid, errors],
    [
      [1, 2],
      ['COMMANDS_LOST', 'EVENTS_LOST'],
    ],
  )
  room.send.pay({ n: 3 })
  await world.run(500)
  assert.deepEqual(paid, [1, 2, 3])
})

test('acted twice: a command of a lost life, sent again after a later life had moved', async () => {
  const world = simWorld('moved since')
  const alpha = await world.until(startNode(world, game, 'alpha'))
  const enter = (name: string, url: string) =>
    world.until(connect<typeof game>(url, simClientOptions(world, name)))
  const ada = await enter('Ada', alpha.url)
  const room = await world.until(ada.rooms.till.create())
  const beta = await world.until(startNode(world, game, 'beta'))
  const bob = await enter('Bob', beta.url)
  const paid: number[] = []
  const errors: string[] = []
  room.on('paid', ({ n }) => paid.push(n))
  room.onError(({ code }) => errors.push(code))
  room.send.pay({ n: 1 })
  await world.run(2_500)
  room.send.pay({ n: 2 })
  await world.run(100)
  alpha.process.kill()
  world.process('Ada').pause()
  await world.run(4_000)
  // The room comes back without Ada, and moves on before she is heard of.
  await world.until(bob.rooms.till.join(room.id))
  await world.until(startNode(world, game, 'gamma'))
  await world.run(500)
  await world.until(beta.realm.host.move(`room/till/${room.id}`, 'gamma'))
  world.process('Ada').resume()
  await world.run(10_000)
  assert.deepEqual(paid, [1, 2])
  assert.ok(errors.includes('COMMANDS_LOST'), errors.join())
  room.send.pay({ n: 3 })
  await world.run(500)
  assert.deepEqual(paid, [1, 2, 3])
})

test('what a client says while the room is away acts once it is back', async () => {
  const { world, restart, room, paid, errors } = await twoPaid('said later')
  await world.run(1_500)
  const restarting = restart()
  await world.run(1_000)
  room.send.pay({ n: 3 })
  await restarting
  await world.run(10_000)
  assert.deepEqual([paid, errors], [[1, 2, 3], ['EVENTS_LOST']])
})
