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
  map,
  u32,
} from '../index.ts'
import { type SimNode, simClientOptions, startNode } from './cluster.ts'
import { type SimFaults, type SimWorld, simWorld } from './index.ts'

const purse = defineActor(
  { state: { gold: u32 }, events: { earned: { gold: u32 } }, watch: 'owner' },
  {
    calls: {
      earn: call(
        {},
        { gold: u32 },
        (self) => {
          self.state.gold += 1
          self.emit('earned', { gold: self.state.gold })
          return { gold: self.state.gold }
        },
        { from: 'owner' },
      ),
    },
  },
)

const table = defineRoom(
  {
    state: { taps: map(u32), ticks: u32 },
    events: { tapped: { count: u32 }, ticked: { count: u32 } },
    maxPlayers: 8,
    tickHz: 4,
  },
  {
    join: (room, player) => {
      room.state.taps.set(player.id, 0)
    },
    leave: (room, player) => {
      room.state.taps.delete(player.id)
    },
    step: (room) => {
      room.state.ticks += 1
      room.emit('ticked', { count: room.state.ticks })
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
    tickHz: 5,
    entities: { Walker },
    avatar: Walker,
  },
  {
    join: (world) => world.spawn(Walker, { x: 100, y: 100, steps: 0 }),
    commands: {
      walk: command({}, (_world, me) => {
        me.steps += 1
      }),
    },
  },
)

const game = defineGame({ actors: { purse }, rooms: { table }, worlds: { field } })

interface Cluster {
  readonly world: SimWorld
  readonly logic: SimNode
  readonly gates: SimNode[]
}

/** Nodes that are nothing but gates, and one that is all the rest. */
async function cluster(seed: number, faults: Partial<SimFaults> = {}): Promise<Cluster> {
  const world = simWorld(seed, { faults })
  const roles = ['logic', 'room', 'world', 'center'] as const
  const logic = await world.until(startNode(world, game, 'logic', 0, { roles }))
  const gates: SimNode[] = []
  for (const name of ['north', 'south', 'west']) {
    gates.push(await world.until(startNode(world, game, name, 0, { roles: ['gate'] })))
  }
  await world.run(1000)
  return { world, logic, gates }
}

/** A player who does a little of everything, and notes what it sees. */
async function play({ world }: Cluster, name: string, urls: readonly string[]) {
  const { clock, random } = world.process(name)
  const realm = await connect<typeof game>(urls, simClientOptions(world, name))
  const seen = {
    errors: [] as string[],
    ...{ taps: 0, steps: 0, asked: 0, answers: [] as number[], left: [] as string[] },
    ...{ tapped: [] as number[], ticked: [] as number[], earned: [] as number[] },
  }
  realm.onError((error) => seen.errors.push(error.code))
  const room = await realm.rooms.table.joinOrCreate()
  room.on('tapped', ({ count }) => seen.tapped.push(count))
  room.on('ticked', ({ count }) => seen.ticked.push(count))
  room.onLeft((code) => seen.left.push(code))
  const plain = await realm.worlds.field.join()
  plain.onLeft((code) => seen.left.push(code))
  const watched = await realm.actors.purse.watch()
  watched.on('earned', ({ gold }) => seen.earned.push(gold))
  watched.onLeft((code) => seen.left.push(code))
  let playing = true
  const act = (): void => {
    if (!playing) return
    clock.after(40 + random.float() * 160, act)
    const choice = random.float()
    if (choice < 0.4) {
      room.send.tap({})
      seen.taps += 1
    } else if (choice < 0.8) {
      plain.send.walk({})
      seen.steps += 1
    } else {
      seen.asked += 1
      realm.actors.purse.call.earn().then(
        ({ gold }) => seen.answers.push(gold),
        (error) => seen.errors.push(error.code),
      )
    }
  }
  act()
  const stop = (): void => {
    playing = false
  }
  return { realm, room, plain, watched, seen, stop }
}

type Player = Awaited<ReturnType<typeof play>>

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1)
}

/** Whatever happened to gates, nothing was lost, nothing came twice, nothing out of order. */
function assertWhole({ realm, room, plain, watched, seen }: Player): void {
  assert.equal(realm.status, 'connected')
  assert.deepEqual(seen.errors, [])
  assert.deepEqual(seen.left, [])
  assert.deepEqual(seen.tapped, upTo(seen.taps))
  assert.equal(room.state.taps.get(realm.player.id), seen.taps)
  const [first = 0] = seen.ticked
  assert.deepEqual(
    seen.ticked,
    seen.ticked.map((_, index) => first + index),
  )
  assert.deepEqual(
    seen.answers.toSorted((a, b) => a - b),
    upTo(seen.asked),
  )
  assert.deepEqual(seen.earned, upTo(seen.asked))
  assert.equal(watched.state.gold, seen.asked)
  assert.equal(plain.entities.get(plain.me)?.fields.steps, seen.steps)
  assert.ok(seen.taps > 2 && seen.steps > 2 && seen.asked > 0)
}

const playersCount = 3

async function players(all: Cluster): Promise<Player[]> {
  const urls = all.gates.map(({ url }) => url)
  const list: Player[] = []
  for (let index = 0; index < playersCount; index += 1) {
    const order = [...urls.slice(index % urls.length), ...urls.slice(0, index % urls.length)]
    list.push(await all.world.until(play(all, `player${index}`, order)))
  }
  return list
}

async function settle({ world }: Cluster, list: readonly Player[]): Promise<void> {
  for (const player of list) player.stop()
  await world.run(20_000)
  for (const player of list) assertWhole(player)
  assert.deepEqual(world.errors, [])
}

test('clients of a gate that was killed go on at another, losing nothing', async () => {
  for (let seed = 1; seed <= 2; seed += 1) {
    const all = await cluster(seed)
    const list = await players(all)
    await all.world.run(3000)
    all.gates[0]?.process.kill()
    await all.world.run(15_000)
    assert.equal(all.gates[1]?.realm.stats().gate.sessions, 2)
    await settle(all, list)
  }
})

test('a gate that stood still and goes on serves nobody who has gone to another', async () => {
  const all = await cluster(11)
  const list = await players(all)
  await all.world.run(3000)
  all.gates[0]?.process.pause()
  const [first] = list
  const answered = first?.seen.answers.length ?? 0
  await all.world.run(5000)
  assert.equal(first?.realm.status, 'connected', 'at another, within five seconds')
  assert.ok((first?.seen.answers.length ?? 0) > answered)
  await all.world.run(15_000)
  assert.equal(all.gates[1]?.realm.stats().gate.sessions, 2)
  all.gates[0]?.process.resume()
  await all.world.run(2000)
  assert.equal(all.gates[0]?.realm.stats().gate.sessions, 0)
  await settle(all, list)
})

test('a gate that was cut off from the rest asks for what it has missed', async () => {
  const all = await cluster(21)
  const list = await players(all)
  await all.world.run(3000)
  for (const player of list) player.stop()
  await all.world.run(1000)
  all.world.cut(['north'], ['logic', 'south', 'west'])
  await all.world.run(14_000)
  all.world.heal()
  await settle(all, list)
})

test('a bus that loses, and a gate that is killed meanwhile', async () => {
  const all = await cluster(31, { busLossRate: 0.05, busDuplicateRate: 0.05, busJitterMs: 10 })
  const list = await players(all)
  await all.world.run(3000)
  all.gates[1]?.process.kill()
  await settle(all, list)
})

test('a gate that is drained sends its clients to others, who notice nothing', async () => {
  const all = await cluster(41)
  const list = await players(all)
  await all.world.run(3000)
  const [north, south, west] = all.gates.map(({ realm }) => realm)
  await all.world.until(north?.drain({ timeoutMs: 5000 }) ?? Promise.resolve())
  assert.equal(north?.stats().gate.connected, 0)
  await all.world.run(1000)
  assert.equal((south?.stats().gate.sessions ?? 0) + (west?.stats().gate.sessions ?? 0), 3)
  assert.equal(north?.stats().gate.sessions, 0)
  const late = await all.world.until(play(all, 'late', [all.gates[0]?.url ?? '']))
  assert.equal(north?.stats().gate.sessions, 0, 'a login there is sent on')
  await all.world.until(north?.close() ?? Promise.resolve())
  await all.world.run(3000)
  await settle(all, [...list, late])
})

test('a login is told the least loaded gate, and none that drains or is gone', async () => {
  const all = await cluster(51)
  const { world, gates } = all
  const ask = async () => {
    const response = await world.until(
      world.request(`${gates[0]?.url}/realm/gates`, { method: 'GET', headers: {} }),
    )
    return JSON.parse(String(response.body)) as { gate?: string; gates: string[] }
  }
  const first = await ask()
  assert.deepEqual(first.gates, [gates[1]?.url, gates[2]?.url])
  assert.equal(first.gate, undefined, 'nobody is there yet')
  // Who asked is expected to come until the gate next tells its load.
  await world.run(1000)
  const list = [await world.until(play(all, 'one', [gates[0]?.url ?? '']))]
  await world.run(1000)
  const { gate } = await ask()
  assert.ok(gate === gates[1]?.url || gate === gates[2]?.url)
  void gates[2]?.realm.drain()
  gates[1]?.process.kill()
  await world.run(5000)
  assert.deepEqual((await ask()).gates, [])
  await settle(all, list)
})

test('clients wait for their turn, and are told their place', async () => {
  const world = simWorld(61)
  const limits = { admissionsPerSecondMax: 2 }
  const node = await world.until(startNode(world, game, 'solo', 0, { gate: { limits } }))
  const places: number[][] = []
  const all = Array.from({ length: 12 }, (_, index) => {
    const told: number[] = []
    places.push(told)
    const options = simClientOptions(world, `guest${index}`)
    return connect<typeof game>(node.url, { ...options, onQueued: ({ place }) => told.push(place) })
  })
  const realms = await world.until(Promise.all(all))
  assert.ok(realms.every(({ status }) => status === 'connected'))
  assert.ok(places.some((told) => (told[0] ?? 0) > 5))
  for (const told of places) {
    const falling = told.toSorted((a, b) => b - a)
    assert.deepEqual(told, falling)
  }
})
