import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connect } from '../client/index.ts'
import {
  call,
  command,
  defineActor,
  defineGame,
  defineRoom,
  defineWorld,
  entity,
  f32,
  map,
  u16,
  u32,
} from '../index.ts'
import { type SimNode, simClientOptions, startNode, startNodes } from './cluster.ts'
import { type SimClientSocket, type SimFaults, type SimWorld, simWorld } from './index.ts'

const clientCount = 10
const playMs = 20_000

const purse = defineActor(
  { state: { gold: u32 }, watch: 'owner' },
  {
    calls: {
      earn: call(
        { amount: u16 },
        { gold: u32 },
        (self, { amount }) => {
          self.state.gold += amount
          return { gold: self.state.gold }
        },
        { from: 'owner' },
      ),
    },
  },
)

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
    viewRadius: 40,
    tickHz: 10,
    entities: { Walker },
    avatar: Walker,
  },
  {
    join: (world) => world.spawn(Walker, { x: 100, y: 100, steps: 0 }),
    commands: {
      walk: command({ dx: f32, dy: f32 }, (_world, me, { dx, dy }) => {
        me.x += dx
        me.y += dy
        me.steps += 1
      }),
    },
  },
)

const game = defineGame({ actors: { purse }, rooms: { table }, worlds: { field } })

/** What one client did and saw. */
async function play(world: SimWorld, name: string, url: string, dropEveryMs: number) {
  let socket: SimClientSocket | undefined
  const options = simClientOptions(world, name, (opened) => {
    socket = opened
  })
  const { clock } = world.process(name)
  const random = world.process(name).random
  const seen = { errors: [] as string[], taps: 0, events: [] as number[], steps: 0, earned: 0 }
  const realm = await connect<typeof game>(url, options)
  realm.onError((error) => seen.errors.push(error.code))
  const room = await realm.rooms.table.joinOrCreate()
  room.on('tapped', ({ count }) => seen.events.push(count))
  const plain = await realm.worlds.field.join()
  const watched = await realm.actors.purse.watch()

  let playing = true
  const act = async (): Promise<void> => {
    if (!playing) return
    clock.after(50 + random.float() * 200, () => void act())
    const choice = random.float()
    if (choice < 0.4) {
      room.send.tap({})
      seen.taps += 1
    } else if (choice < 0.8) {
      plain.send.walk({ dx: random.float() * 4 - 2, dy: random.float() * 4 - 2 })
      seen.steps += 1
    } else {
      const { gold } = await realm.actors.purse.call.earn({ amount: 3 })
      seen.earned = Math.max(seen.earned, gold)
    }
  }
  void act()
  const drop = (): void => {
    clock.after(dropEveryMs * (0.5 + random.float()), drop)
    socket?.drop()
  }
  if (dropEveryMs > 0) clock.after(dropEveryMs * random.float(), drop)
  return {
    realm,
    room,
    plain,
    watched,
    seen,
    stop() {
      playing = false
    },
  }
}

/** Two nodes and ten clients under one seed; returns the hash of everything that happened. */
async function history(
  seed: number,
  dropEveryMs = 0,
  faults: Partial<SimFaults> = {},
): Promise<string> {
  const world = simWorld(seed, { faults })
  const nodes = await startNodes(world, game, ['alpha', 'beta'])
  const players = []
  for (let index = 0; index < clientCount; index++) {
    const url = nodes[index % nodes.length]?.url ?? ''
    players.push(await world.until(play(world, `client${index}`, url, dropEveryMs)))
  }
  await world.run(playMs)
  for (const player of players) player.stop()
  await world.run(5_000)

  for (const { realm, room, plain, watched, seen } of players) {
    assert.deepEqual(seen.errors, [])
    // Every tap arrived once and in order, and so did every event about it.
    assert.deepEqual(
      seen.events,
      Array.from({ length: seen.taps }, (_, index) => index + 1),
    )
    assert.equal(room.state.taps.get(realm.player.id), seen.taps)
    assert.equal(watched.state.gold, seen.earned)
    const me = plain.entities.get(plain.me)
    assert.equal(me?.fields.steps, seen.steps)
    assert.ok(seen.taps > 10 && seen.steps > 10 && seen.earned > 10)
  }
  // Players of both gates sit at shared tables and see each other in the one field.
  assert.equal(players[0]?.plain.entities.size, clientCount)
  assert.deepEqual(world.errors, [])
  const resumes = nodes.reduce((sum, { realm }) => sum + realm.stats().gate.resumes, 0)
  assert.equal(resumes > clientCount, dropEveryMs > 0)
  for (const { realm } of players) realm.close()
  for (const { realm } of nodes) await world.until(realm.close())
  return world.trace.hash
}

test('two nodes and ten clients: one seed, one history', async () => {
  const first = await history(1)
  assert.equal(await history(1), first)
  assert.notEqual(await history(2), first)
})

test('clients whose sockets are cut lose nothing and see nothing twice', async () => {
  for (let seed = 10; seed < 14; seed++) await history(seed, 4_000)
})

test('a bus that loses and repeats costs clients nothing but time', async () => {
  const faults = { busLossRate: 0.05, busDuplicateRate: 0.05, busJitterMs: 10 }
  for (let seed = 30; seed < 33; seed++) await history(seed, 0, faults)
})

test('a killed server comes back with all it acknowledged; clients play on', async () => {
  for (let seed = 20; seed < 24; seed++) {
    const world = simWorld(seed)
    const node = await world.until(startNode(world, game, 'alpha', 7777))
    const player = await world.until(play(world, 'client', node.url, 0))
    await world.run(5_000)
    player.stop()
    await world.run(2_000)
    const { earned } = player.seen
    const steps = player.plain.entities.get(player.plain.me)?.fields.steps
    node.process.kill()
    await world.run(4_000)
    await world.until(startNode(world, game, 'alpha', 7777))
    await world.run(15_000)
    assert.equal(player.realm.status, 'connected')
    assert.equal(player.watched.state.gold, earned)
    assert.equal(
      (await world.until(player.realm.actors.purse.call.earn({ amount: 1 }))).gold,
      earned + 1,
    )
    // A checkpoint is at most a second old, and nothing had moved for longer.
    assert.equal(player.plain.entities.get(player.plain.me)?.fields.steps, steps)
    assert.equal(player.room.state.taps.get(player.realm.player.id), player.seen.taps)
    assert.deepEqual(world.errors, [])
  }
})

test('a world whose node died is started elsewhere, though nobody asks for it', async () => {
  const world = simWorld(40)
  const names = ['alpha', 'beta', 'gamma']
  const nodes = await startNodes(world, game, names)
  const address = 'world/field/main'
  const owner = await world.until((nodes[0] as SimNode).realm.node.locate(address))
  const active = () => nodes.map(({ realm }) => realm.host.stats().activations)
  assert.deepEqual(
    active(),
    names.map((name) => (name === owner ? 1 : 0)),
  )
  nodes.find(({ process }) => process.name === owner)?.process.kill()
  await world.run(5_000)
  const rest = nodes.filter(({ process }) => process.name !== owner)
  assert.equal(
    rest.reduce((sum, { realm }) => sum + realm.host.stats().activations, 0),
    1,
    'within the lease and two rounds of the center',
  )
  for (const { realm } of rest) await world.until(realm.close())
})
