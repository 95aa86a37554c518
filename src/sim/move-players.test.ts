import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connect } from '../client/index.ts'
import { command, defineGame, defineRoom, defineWorld, entity, f32, map, u32 } from '../index.ts'
import { simClientOptions, startNodes } from './cluster.ts'
import { type SimNode, type SimWorld, simWorld } from './index.ts'

const table = defineRoom(
  { state: { taps: map(u32) }, events: { tapped: { count: u32 } }, maxPlayers: 4 },
  {
    join: (room, player) => {
      room.state.taps.set(player.id, 0)
    },
    leave: (room, player) => {
      room.state.taps.delete(player.id)
    },
    commands: {
      tap: command({}, (room, player) => {
        const count = (room.state.taps.get(player.id) ?? 0) + 1
        room.state.taps.set(player.id, count)
        room.emit('tapped', { count }, player)
      }),
    },
  },
)

const Walker = entity({ steps: u32 })
const field = defineWorld(
  {
    size: { width: 200, height: 200 },
    ...{ viewRadius: 40, tickHz: 10, entities: { Walker }, avatar: Walker },
  },
  {
    join: (world) => world.spawn(Walker, { x: 100, y: 100, steps: 0 }),
    commands: {
      walk: command({ dx: f32 }, (_world, me, { dx }) => {
        me.x += dx
        me.steps += 1
      }),
    },
  },
)
const game = defineGame({ rooms: { table }, worlds: { field } })

/** Lets an address go to and fro, every 700 ms, and longer than a player's seat is kept. */
async function toAndFro(world: SimWorld, nodes: SimNode[], address: string, play: () => void) {
  const playing = world.clock.every(50, play)
  let moves = 0
  for (let round = 0; round < 6; round += 1) {
    await world.run(700)
    const [asked, to] = [nodes[round % 2], nodes[(round + 1) % 2]] as [SimNode, SimNode]
    const before = to.realm.host.stats().activations
    await world.until(asked.realm.host.move(address, to.realm.node.id))
    moves += to.realm.host.stats().activations - before
  }
  await world.run(1000)
  playing.cancel()
  assert.ok(moves >= 5, 'it may have been there at first')
  await world.run(45_000)
}

async function scene(seed: number) {
  const world = simWorld(seed)
  const nodes = await startNodes(world, game, ['alpha', 'beta'])
  const options = simClientOptions(world, 'client')
  const realm = await world.until(connect<typeof game>(nodes[0]?.url ?? '', options))
  const errors: string[] = []
  realm.onError(({ code }) => errors.push(code))
  const close = async (): Promise<void> => {
    assert.deepEqual([errors, world.errors], [[], []])
    realm.close()
    for (const node of nodes) await world.until(node.realm.close())
  }
  return { world, nodes, realm, close }
}

test('a room moves under its players: each tap and each event arrives once', async () => {
  for (let seed = 40; seed < 44; seed += 1) {
    const { world, nodes, realm, close } = await scene(seed)
    const room = await world.until(realm.rooms.table.joinOrCreate())
    await world.run(1500)
    const stored = nodes[0]?.realm.host.scope.storedKeys('room', 'table') ?? Promise.resolve([])
    const [key = ''] = await world.until(stored)
    const events: number[] = []
    room.on('tapped', ({ count }) => events.push(count))
    let taps = 0
    await toAndFro(world, nodes, `room/table/${key}`, () => {
      room.send.tap({})
      taps += 1
    })
    assert.ok(taps > 80)
    assert.deepEqual(
      events,
      Array.from({ length: taps }, (_, index) => index + 1),
    )
    assert.equal(room.state.taps.get(realm.player.id), taps)
    await close()
  }
})

test('a world moves under its players: each step counts once and is shown', async () => {
  for (let seed = 50; seed < 53; seed += 1) {
    const { world, nodes, realm, close } = await scene(seed)
    const plain = await world.until(realm.worlds.field.join())
    let steps = 0
    await toAndFro(world, nodes, 'world/field/main', () => {
      plain.send.walk({ dx: steps % 2 === 0 ? 1 : -1 })
      steps += 1
    })
    assert.ok(steps > 80)
    assert.equal(plain.entities.get(plain.me)?.fields.steps, steps)
    await close()
  }
})
