import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  call,
  command,
  defineActor,
  defineGame,
  defineRoom,
  defineService,
  defineWorld,
  entity,
  f32,
  map,
  record,
  startRealm,
  text,
  u16,
} from '../index.ts'
import { silentLog } from '../ports/index.ts'
import { type SimWorld, simWorld } from '../sim/index.ts'
import { connect } from './connect.ts'
import type { FetchLike, SocketConstructor } from './host.ts'

const Avatar = record({ x: f32, y: f32, name: text({ max: 24 }) })

const hero = defineActor(
  { state: { level: u16 }, events: { grew: { level: u16 } }, watch: 'anyone' },
  {
    calls: {
      levelUp: call(
        {},
        { level: u16 },
        (self) => {
          self.state.level += 1
          self.emit('grew', { level: self.state.level })
          return { level: self.state.level }
        },
        { from: 'owner' },
      ),
    },
  },
)

const plaza = defineRoom(
  { state: { avatars: map(Avatar) }, events: { hello: { name: text({ max: 24 }) } } },
  {
    join: (room, player) => {
      room.state.avatars.set(player.id, { x: 0, y: 0, name: player.name })
      room.emit('hello', { name: player.name })
    },
    leave: (room, player) => {
      room.state.avatars.delete(player.id)
    },
    commands: {
      walk: command({ dx: f32 }, (room, player, { dx }) => {
        const me = room.state.avatars.get(player.id)
        if (me) me.x += dx
      }),
    },
  },
)

const Player = entity({ hp: u16 })
const meadow = defineWorld(
  { size: { width: 200, height: 200 }, viewRadius: 40, entities: { Player }, avatar: Player },
  {
    join: (world) => world.spawn(Player, { x: 50, y: 50, hp: 7 }),
    commands: {
      walk: command(
        { dx: f32 },
        (_world, me, { dx }) => {
          me.x += dx
        },
        { reliable: false },
      ),
    },
  },
)

const shop = defineService({
  calls: { greet: call({ to: text({ max: 24 }) }, { text: text({ max: 99 }) }, greet) },
})

function greet(_context: unknown, { to }: { to: string }): { text: string } {
  return { text: `hello ${to}` }
}

const game = defineGame({
  services: { shop },
  actors: { hero },
  rooms: { plaza },
  worlds: { meadow },
})

const url = 'http://demo.test:7777'

async function startServer(sim: SimWorld) {
  const server = sim.process('solo')
  await sim.until(
    startRealm({
      game,
      id: 'solo',
      clock: server.clock,
      random: server.random,
      bus: sim.bus,
      store: server.store(),
      log: silentLog,
      listener: server.listener({ host: 'demo.test', port: 7777 }),
    }),
  )
  return server
}

function connectFrom(sim: SimWorld, guest: string) {
  const { clock, connectClient } = sim
  const { random } = sim
  const SimSocket = function simSocket(at: string) {
    return connectClient(at)
  } as unknown as SocketConstructor
  const fetch: FetchLike = async (at, { method, headers, body }) => {
    const answer = await sim.request(at, { method, headers, body: new TextEncoder().encode(body) })
    const json = async (): Promise<unknown> => JSON.parse(String(answer.body))
    return { ok: answer.status < 400, status: answer.status, json }
  }
  return connect<typeof game>(url, {
    guest,
    clock,
    WebSocket: SimSocket,
    fetch,
    storage: null,
    random: () => random.float(),
  })
}

describe('a client of the real server', () => {
  it('plays: calls, a room, an actor, a world', async () => {
    const sim = simWorld('client plays')
    await startServer(sim)
    const ada = await sim.until(connectFrom(sim, 'Ada'))
    const bob = await sim.until(connectFrom(sim, 'Bob'))
    assert.deepEqual(await sim.until(ada.services.shop.greet({ to: 'you' })), { text: 'hello you' })

    const adas = await sim.until(ada.rooms.plaza.joinOrCreate())
    const hellos: string[] = []
    adas.on('hello', ({ name }) => hellos.push(name))
    const bobs = await sim.until(bob.rooms.plaza.joinOrCreate())
    assert.equal(adas.id, bobs.id)
    bobs.send.walk({ dx: 2 })
    await sim.run(500)
    assert.equal(adas.state.avatars.get(bob.player.id)?.x, 2)
    assert.deepEqual(hellos, ['Ada', 'Bob'])

    const watched = await sim.until(bob.actors.hero.watch(ada.player.id))
    const levels: number[] = []
    watched.on('grew', ({ level }) => levels.push(level))
    assert.deepEqual(await sim.until(ada.actors.hero.call.levelUp()), { level: 1 })
    await sim.run(500)
    assert.equal(watched.state.level, 1)
    assert.deepEqual(levels, [1])

    const world = await sim.until(ada.worlds.meadow.join())
    await sim.until(bob.worlds.meadow.join())
    await sim.run(500)
    assert.equal(world.entities.size, 2)
    const predicted = world.predict({
      command: 'walk',
      apply: (state, { dx }) => {
        state.x += dx
      },
    })
    predicted.send({ dx: 1 })
    assert.equal(predicted.state?.x, 51)
    await sim.run(1000)
    assert.equal(predicted.pending, 0)
    assert.equal(world.entities.get(world.me)?.x, 51)
    ada.close()
    bob.close()
    await sim.run(1000)
    assert.deepEqual(sim.errors, [])
  })

  it('finds what game code spoilt in a world, has it mended and tells', async () => {
    const sim = simWorld('client checks')
    const server = await startServer(sim)
    const ada = await sim.until(connectFrom(sim, 'Ada'))
    const world = await sim.until(ada.worlds.meadow.join())
    const found: { entity: number; field: string; mine: unknown; theirs: unknown }[] = []
    world.onDesync(({ differences }) => found.push(...differences))
    await sim.run(5000)
    assert.deepEqual(found.length, 0)
    const me = world.entities.get(world.me) as unknown as { fields: { hp: number } }
    me.fields.hp = 99
    await sim.run(5000)
    assert.deepEqual(found, [{ entity: world.me, field: 'hp', mine: 99, theirs: 7 }])
    assert.equal(world.entities.get(world.me)?.fields.hp, 7)
    assert.equal(ada.status, 'connected')
    assert.deepEqual(sim.errors, [])
    server.kill()
  })

  it('goes on by itself when the server was killed and started again', async () => {
    const sim = simWorld('client survives')
    const server = await startServer(sim)
    const ada = await sim.until(connectFrom(sim, 'Ada'))
    const errors: string[] = []
    ada.onError(({ code }) => errors.push(code))
    const { id } = ada.player
    const room = await sim.until(ada.rooms.plaza.joinOrCreate())
    const world = await sim.until(ada.worlds.meadow.join())
    const watched = await sim.until(ada.actors.hero.watch())
    const left: string[] = []
    for (const joined of [room, world, watched]) joined.onLeft((code) => left.push(code))
    await sim.until(ada.actors.hero.call.levelUp())
    room.send.walk({ dx: 3 })
    await sim.run(3000)
    const { state } = room

    server.kill()
    await sim.run(5000)
    assert.equal(ada.status, 'reconnecting')
    await startServer(sim)
    await sim.run(30_000)

    assert.equal(ada.status, 'connected')
    assert.equal(ada.player.id, id)
    assert.deepEqual(left, [])
    assert.deepEqual(await sim.until(ada.actors.hero.call.levelUp()), { level: 2 })
    room.send.walk({ dx: 1 })
    world.send.walk({ dx: 1 })
    await sim.run(1000)
    assert.equal(room.state, state)
    assert.equal(state.avatars.get(id)?.x, 4)
    assert.equal(world.entities.get(world.me)?.x, 51)
    assert.equal(watched.state.level, 2)
    // The room came back from a checkpoint: what it told after that one is gone, and it says so.
    assert.deepEqual(errors, ['EVENTS_LOST'])
    assert.deepEqual(sim.errors, [])
  })
})
