import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connect } from '../client/index.ts'
import { call, command, defineActor, defineGame, defineRoom, map, u32 } from '../index.ts'
import { simClientOptions, startNodes } from './cluster.ts'
import { type SimNode, type SimWorld, simWorld } from './index.ts'

const purse = defineActor(
  { state: { gold: u32 }, watch: 'owner' },
  {
    calls: {
      earn: call({}, { gold: u32 }, (self) => {
        self.state.gold += 1
        return { gold: self.state.gold }
      }),
    },
  },
)
function tapRoom(moves: boolean) {
  return defineRoom(
    { state: { taps: map(u32) }, maxPlayers: 4, moves },
    {
      commands: {
        tap: command({}, ({ state }, { id }) => {
          state.taps.set(id, (state.taps.get(id) ?? 0) + 1)
        }),
      },
    },
  )
}
const brief = defineRoom(
  { state: { taps: u32 }, persist: false },
  {
    commands: {
      tap: command({}, ({ state }) => {
        state.taps += 1
      }),
    },
  },
)
const game = defineGame({
  actors: { purse },
  rooms: { table: tapRoom(true), match: tapRoom(false), brief },
})

async function scene(seed: number) {
  const world = simWorld(seed)
  const nodes = await startNodes(world, game, ['alpha', 'beta', 'gamma'])
  await world.run(1500)
  const realm = await world.until(
    connect<typeof game>(nodes[2]?.url ?? '', simClientOptions(world, 'client')),
  )
  const errors: string[] = []
  realm.onError(({ code }) => errors.push(code))
  return { world, nodes, realm, errors }
}

/** The node where an address is active. */
async function homeOf(world: SimWorld, nodes: SimNode[], address: string): Promise<SimNode> {
  const id = await world.until((nodes[0] as SimNode).realm.node.locate(address))
  return nodes.find(({ realm }) => realm.node.id === id) as SimNode
}

async function keyOf(world: SimWorld, { realm }: SimNode, name: string): Promise<string> {
  const [key = ''] = await world.until(realm.host.scope.storedKeys('room', name))
  return key
}

test('a node is emptied under its players: rooms and actors go on elsewhere', async () => {
  for (let seed = 70; seed < 76; seed += 1) {
    const { world, nodes, realm, errors } = await scene(seed)
    const room = await world.until(realm.rooms.table.joinOrCreate())
    await world.run(1500)
    const key = await keyOf(world, nodes[0] as SimNode, 'table')
    const home = await homeOf(world, nodes, `room/table/${key}`)
    let [taps, gold, calls] = [0, 0, 0]
    const scope = (nodes[0] as SimNode).realm.host.scope
    const playing = world.clock.every(30, () => {
      room.send.tap({})
      taps += 1
      const owner = `p${calls % 20}`
      calls += 1
      scope
        .actor(purse, owner)
        .earn({})
        .then(() => {
          gold += 1
        })
    })
    await world.run(1000)
    const report = await world.until(home.realm.host.evacuate({ timeLimitMs: 5000 }))
    assert.deepEqual(report.left, [])
    assert.ok(report.moved >= 1)
    await world.run(1000)
    assert.equal(home.realm.host.stats().activations, 0, 'nothing new begins there')
    playing.cancel()
    await world.run(40_000)
    assert.equal(gold, calls)
    assert.equal(room.state.taps.get(realm.player.id), taps)
    assert.deepEqual([errors, world.errors], [[], []])
    realm.close()
    for (const node of nodes) await world.until(node.realm.close())
  }
})

test('a room with `moves: false` is given time to end, and moved only then', async () => {
  const { world, nodes, realm, errors } = await scene(80)
  const room = await world.until(realm.rooms.match.joinOrCreate())
  await world.run(1500)
  const address = `room/match/${await keyOf(world, nodes[0] as SimNode, 'match')}`
  const home = await homeOf(world, nodes, address)
  const evacuated = home.realm.host.evacuate({ timeLimitMs: 20_000, finishMs: 10_000 })
  await world.run(9000)
  room.send.tap({})
  assert.equal(await homeOf(world, nodes, address), home)
  assert.equal(home.realm.host.stats().activations, 1)
  const report = await world.until(evacuated)
  assert.deepEqual(report.left, [])
  room.send.tap({})
  await world.run(35_000)
  assert.notEqual(await homeOf(world, nodes, address), home)
  assert.equal(room.state.taps.get(realm.player.id), 2)
  assert.deepEqual([errors, world.errors], [[], []])
})

test('the last node keeps what it has', async () => {
  const world = simWorld(81)
  const [node] = (await startNodes(world, game, ['alone'])) as [SimNode]
  const realm = await world.until(connect<typeof game>(node.url, simClientOptions(world, 'client')))
  const room = await world.until(realm.rooms.table.joinOrCreate())
  await world.run(1500)
  const address = `room/table/${await keyOf(world, node, 'table')}`
  const report = await world.until(node.realm.host.evacuate({ timeLimitMs: 5000 }))
  assert.ok(report.left.includes(address))
  room.send.tap({})
  await world.run(1000)
  assert.equal(room.state.taps.get(realm.player.id), 1)
})

test('a room that is not persistent moves all the same, but outlives no crash', async () => {
  const { world, nodes, realm } = await scene(82)
  const room = await world.until(realm.rooms.brief.joinOrCreate())
  room.send.tap({})
  await world.run(1500)
  const home = nodes.find(({ realm: { host } }) => host.stats().rooms === 1) as SimNode
  await world.until(home.realm.host.evacuate({ timeLimitMs: 5000 }))
  room.send.tap({})
  await world.run(1500)
  assert.equal(room.state.taps, 2)
  const next = nodes.find(({ realm: { host } }) => host.stats().rooms === 1) as SimNode
  assert.notEqual(next, home)
  const [key = ''] = await world.until(next.realm.host.scope.storedKeys('room', 'brief'))
  const stored = await world.until(next.realm.node.store.read(`state/room/brief/${key}`))
  assert.equal(stored?.value.length, 0, 'nothing of it is kept')
})
