import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connect } from '../client/index.ts'
import { call, command, defineActor, defineGame, defineRoom, u32 } from '../index.ts'
import { type SimNode, simClientOptions, startNode } from './cluster.ts'
import { simWorld } from './index.ts'

const bell = defineActor(
  { state: { rung: u32 }, events: { rang: { n: u32 } }, watch: 'anyone' },
  {
    calls: {
      ring: call({}, { n: u32 }, (self) => {
        self.state.rung += 1
        self.emit('rang', { n: self.state.rung })
        return { n: self.state.rung }
      }),
      /** The books have a say. */
      toll: call({}, { n: u32 }, (self) => {
        self.state.rung += 1
        self.ledger.transfer({ from: 'source:bells', to: self.account('gold'), amount: 1 })
        self.emit('rang', { n: self.state.rung })
        return { n: self.state.rung }
      }),
      /** Changes nothing. */
      echo: call({ n: u32 }, {}, (self, { n }) => {
        self.emit('rang', { n })
        return {}
      }),
      /** There is no such gold. */
      overpay: call({}, {}, (self) => {
        self.emit('rang', { n: 99 })
        self.ledger.transfer({ from: self.account('gold'), to: 'sink:bells', amount: 1_000 })
        return {}
      }),
    },
  },
)

const hall = defineRoom(
  { state: { said: u32 }, events: { heard: { n: u32 } } },
  {
    commands: {
      say: command({}, (room) => {
        room.state.said += 1
        room.emit('heard', { n: room.state.said })
      }),
    },
  },
)
const game = defineGame({ actors: { bell }, rooms: { hall } })
const address = 'actor/bell/b'

/** A gate, a center, and two nodes to be active at; a client that watches and sits. */
async function scene(seed: number) {
  const world = simWorld(seed)
  const inner = ['logic', 'room', 'center'] as const
  const gate = await world.until(startNode(world, game, 'gate', 0, { roles: ['gate'] }))
  const nodes: SimNode[] = []
  for (const name of ['alpha', 'beta']) {
    nodes.push(await world.until(startNode(world, game, name, 0, { roles: inner })))
  }
  await world.run(1_000)
  const realm = await world.until(connect<typeof game>(gate.url, simClientOptions(world, 'client')))
  const errors: string[] = []
  const heard: number[] = []
  realm.onError(({ code }) => errors.push(code))
  const watched = await world.until(realm.actors.bell.watch('b'))
  watched.on('rang', ({ n }) => heard.push(n))
  const owner = async (): Promise<{ owner: SimNode; other: SimNode }> => {
    const at = await world.until((nodes[0] as SimNode).realm.node.locate(address))
    const [first, second] = nodes as [SimNode, SimNode]
    return at === 'alpha' ? { owner: first, other: second } : { owner: second, other: first }
  }
  return { world, gate, realm, heard, errors, watched, owner }
}

test('events that were on their way when their actor moved arrive, once', async () => {
  const { world, heard, errors, owner } = await scene(1)
  const { owner: former, other } = await owner()
  const name = former.realm.node.id
  for (let n = 1; n <= 3; n += 1) {
    await world.until(former.realm.host.scope.actor(bell, 'b').ring({}))
  }
  await world.run(100)
  world.slow([name], ['gate'], 2_000)
  await world.until(former.realm.host.scope.actor(bell, 'b').ring({}))
  await world.until(former.realm.host.scope.actor(bell, 'b').echo({ n: 5 }))
  await world.until(former.realm.host.move(address, other.realm.node.id))
  await world.until(other.realm.host.scope.actor(bell, 'b').echo({ n: 6 }))
  await world.run(6_000)
  assert.deepEqual([heard, errors], [[1, 2, 3, 4, 5, 6], []])
})

test('events that were on their way when the node of their actor died arrive, once', async () => {
  for (const last of ['ring', 'toll', 'echo'] as const) {
    const { world, heard, errors, owner } = await scene(2)
    const { owner: former, other } = await owner()
    const handle = former.realm.host.scope.actor(bell, 'b')
    await world.until(handle.ring({}))
    await world.run(100)
    world.cut([former.realm.node.id], ['gate'])
    await world.until(handle.toll({}))
    await world.until(last === 'echo' ? handle.echo({ n: 3 }) : handle[last]({}))
    former.process.kill()
    world.heal()
    await world.run(6_000)
    await world.until(other.realm.host.scope.actor(bell, 'b').echo({ n: 4 }))
    await world.run(1_000)
    assert.deepEqual([heard, errors], [[1, 2, 3, 4], []], last)
  }
})

test('events told while a crash had made an actor forget who watches it arrive', async () => {
  const { world, heard, errors, owner } = await scene(20_043)
  const { owner: former, other } = await owner()
  const handle = other.realm.host.scope.actor(bell, 'b')
  // Its watcher has come since its last commit.
  former.process.kill()
  for (let n = 1; n <= 3; n += 1) await world.until(handle.ring({}), 20_000)
  await world.run(6_000)
  await world.until(handle.ring({}))
  await world.run(1_000)
  assert.deepEqual([heard, errors], [[1, 2, 3, 4], []])
})

test('an event that the ledger refused is told to nobody, then or later', async () => {
  const { world, heard, errors, owner } = await scene(3)
  const { owner: former, other } = await owner()
  const handle = former.realm.host.scope.actor(bell, 'b')
  await world.until(handle.ring({}))
  assert.equal(await world.until(handle.overpay({}).catch(() => 'refused')), 'refused')
  await world.until(handle.echo({ n: 2 }))
  await world.until(former.realm.host.move(address, other.realm.node.id))
  await world.until(handle.echo({ n: 3 }))
  await world.run(1_000)
  assert.deepEqual([heard, errors], [[1, 2, 3], []])
})

test('a room that moves takes along what it has told', async () => {
  const { world, realm, errors, owner } = await scene(4)
  const heard: number[] = []
  const room = await world.until(realm.rooms.hall.create())
  room.on('heard', ({ n }) => heard.push(n))
  const nodes = Object.values(await owner())
  const hallAddress = `room/hall/${room.id}`
  const at = await world.until((nodes[0] as SimNode).realm.node.locate(hallAddress))
  const to = nodes.find(({ realm: { node } }) => node.id !== at) as SimNode
  for (let n = 0; n < 3; n += 1) room.send.say({})
  await world.run(500)
  world.slow([at], ['gate'], 2_000)
  for (let n = 0; n < 3; n += 1) room.send.say({})
  await world.run(300)
  await world.until(to.realm.host.move(hallAddress, to.realm.node.id))
  world.heal()
  room.send.say({})
  await world.run(6_000)
  assert.deepEqual([heard, errors], [[1, 2, 3, 4, 5, 6, 7], []])
})
