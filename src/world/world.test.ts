import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { callIdOf, command, refuse } from '../actor/index.ts'
import { RealmError } from '../errors/index.ts'
import { Joined, type TileStreamDescriptor } from '../protocol/index.ts'
import { decode, entityId, f32, serverOnly, text, u16 } from '../schema/index.ts'
import { defineWorld, type Entity, entity, type World } from './index.ts'
import { harness, member, settled, Viewer } from './test-kit/harness.ts'

const Hero = entity({ name: text({ max: 24 }), hp: u16, mana: serverOnly(f32) })
const Wolf = entity({ hp: u16 })

const log: string[] = []
const shape = {
  size: { width: 400, height: 400 },
  viewRadius: 32,
  entities: { Hero, Wolf },
  avatar: Hero,
  events: { hit: { damage: u16 }, boom: {} },
  reconnectMs: 1000,
}
type Arena = World<typeof shape.entities, Entity<typeof Hero, 'Hero'>, typeof shape.events>
/** What the next ticks and joins do, set by each test. */
let step: (world: Arena) => void = () => {}

const arena = defineWorld(shape, {
  create: (world) => void world.spawn(Wolf, { x: 50, y: 50, hp: 10 }),
  join: (world, player) => {
    log.push(`join ${player.id}`)
    if (player.id === 'banned') throw refuse('no')
    if (player.id === 'buggy') throw new Error('a secret of the game')
    if (player.id === 'slow') return soon(world)
    if (player.id === 'wolf') return world.all(Wolf)[Symbol.iterator]().next().value as never
    return world.spawn(Hero, { x: 40, y: 40, name: player.name, hp: 100 })
  },
  leave: (world, me) => {
    log.push(`leave ${me.name}`)
    world.despawn(me)
  },
  connection: (_world, me, connected) => void log.push(`${me.name} ${connected}`),
  step: (world) => step(world),
  commands: {
    walk: command({ dx: f32, dy: f32 }, (_world, me, { dx, dy }) => {
      me.x += dx
      me.y += dy
    }),
    strike: command({ target: entityId }, (world, me, { target }) => {
      const victim = world.get(target)
      if (victim === undefined) throw refuse('nobody there')
      victim.hp -= 3
      world.emitNear(me.x, me.y, 'hit', { damage: 3 })
    }),
    crash: command({}, () => {
      throw new Error('a secret of the game')
    }),
    crashLater: command({}, async () => {
      await Promise.resolve()
      throw new Error('later')
    }),
  },
})

async function soon(world: Arena): Promise<Entity<typeof Hero, 'Hero'>> {
  await gateway
  return world.spawn(Hero, { x: 40, y: 40, name: 'slow' })
}
let gateway: Promise<void> = Promise.resolve()

async function begin() {
  log.length = 0
  step = () => {}
  return harness(arena)
}

const code = (expected: string) => (error: unknown) =>
  error instanceof RealmError && error.code === expected

describe('a world', () => {
  it('lets a player in, shows it the view, and tells what it commanded', async () => {
    const h = await begin()
    const joined = decode(Joined, await h.join('ada'))
    assert.deepEqual(joined, { key: 'main', me: 2 })
    h.send(0, { dx: 1, dy: 2 }, 's-ada', 5)
    h.send(0, { dx: 1, dy: 0 }, 's-ada', 6)
    h.tick()
    const batch = h.batches.get('g1')?.[0]
    assert.equal(batch?.tick, 1)
    assert.deepEqual(batch?.views, [
      { session: 's-ada', x: 42, y: 42, radius: 33, me: 2, audiences: [1] },
    ])
    assert.deepEqual(batch?.acknowledged, [{ session: 's-ada', sequence: 6 }])
    h.tick()
    assert.deepEqual(h.batches.get('g1')?.[1]?.views, [])
    assert.deepEqual(h.batches.get('g1')?.[1]?.acknowledged, [])
    h.send(0, { dx: 2.5, dy: 0 })
    h.tick()
    assert.equal(h.batches.get('g1')?.[2]?.views.length, 1, 'moved more than a 64th')
    assert.deepEqual(h.logged, [])
  })

  it('tells again how far it has come whose gate has lost a batch', async () => {
    const h = await begin()
    await h.join('ada')
    h.send(0, { dx: 1, dy: 2 }, 's-ada', 5)
    h.tick()
    await h.world.receive({ op: 'resync', session: 's-ada' })
    h.tick()
    h.tick()
    const told = h.batches.get('g1')?.map(({ acknowledged }) => acknowledged)
    const once = [{ session: 's-ada', sequence: 5 }]
    assert.deepEqual(told, [once, once, []])
  })

  it('lets nobody in whom the game refuses, and tells why only if the game says so', async () => {
    const h = await begin()
    await assert.rejects(async () => h.join('banned'), code('REFUSED'))
    await assert.rejects(
      async () => h.join('buggy'),
      (error: RealmError) => code('HANDLER_FAILED')(error) && error.detail === '',
    )
    await assert.rejects(async () => h.join('wolf'), code('HANDLER_FAILED'))
    const options = new Uint8Array(9)
    const join = () => h.world.receive({ op: 'join', member: member('ada'), options })
    assert.throws(join, code('SCHEMA_MALFORMED'))
    assert.equal(h.world.stats().players, 0)
  })

  it('waits for a join that takes its time, but not for ever', async () => {
    const h = await begin()
    assert.equal(decode(Joined, await h.join('slow')).me, 2)
    void h.world.receive({ op: 'leave', session: 's-slow' })

    let open = () => {}
    gateway = new Promise((resolve) => {
      open = resolve
    })
    const joining = h.join('slow')
    h.clock.advance(6000)
    await assert.rejects(joining, code('DEADLINE'))
    assert.equal(h.world.stats().tick, 120)
    open()
    await settled()
    assert.equal(h.world.stats().players, 0)
    assert.equal(h.world.stats().entities, 1, 'the avatar that came too late is gone')
  })

  it('keeps going when a command or the step throws, and logs at most once a second', async () => {
    const h = await begin()
    await h.join('ada')
    await h.join('bob')
    const [crash, crashLater, unknown] = [2, 3, 99]
    for (let index = 0; index < 50; index += 1) {
      assert.throws(() => h.send(crash, {}), code('HANDLER_FAILED'))
    }
    h.send(crashLater, {}, 's-bob')
    assert.throws(() => h.sendBytes(unknown, new Uint8Array()), code('UNKNOWN_COMMAND'))
    step = () => {
      throw new Error('broken')
    }
    for (let tick = 0; tick < 9; tick += 1) h.tick()
    // Nothing forbids an async step; what it throws must not end the process.
    step = (async () => {
      await Promise.resolve()
      throw new Error('broken later')
    }) as never
    h.tick()
    await settled()
    step = () => {}
    h.send(0, { dx: 1, dy: 1 }, 's-bob')
    h.tick()
    const stats = h.world.stats()
    assert.equal(stats.tick, 11)
    assert.equal(stats.stepFailures, 10)
    assert.equal(stats.commandFailures, 51)
    assert.equal(h.logged.length, 2, h.logged.join())
  })

  it('refuses hostile commands, each with its error, and changes nothing', async () => {
    const h = await begin()
    await h.join('ada')
    let sequence = 2 ** 53 - 9
    const send = (session: string, number: number, input: Uint8Array) => () =>
      h.sendBytes(number, input, session, sequence++)
    const nan = new Uint8Array(8).fill(255)
    assert.throws(send('s-ada', 0, nan), code('SCHEMA_MALFORMED'))
    assert.throws(send('s-ada', 0, new Uint8Array(3)), code('SCHEMA_TRUNCATED'))
    assert.throws(send('s-ada', 0, new Uint8Array(99)), code('SCHEMA_MALFORMED'))
    assert.throws(send('s-eve', 0, new Uint8Array(8)), code('UNKNOWN_CHANNEL'))
    assert.throws(send('s-ada', 1, Uint8Array.of(200, 1)), code('REFUSED'))
    const call = {
      op: 'call',
      method: 0,
      input: nan,
      caller: undefined,
      callId: callIdOf('c'),
    } as const
    assert.throws(() => h.world.receive(call), code('UNKNOWN_METHOD'))
    const tiles = [-1, 1e9, 0.5, Number.NaN]
    void h.world.receive({
      op: 'tiles',
      gate: 'g1',
      subscribe: tiles,
      unsubscribe: tiles,
      keyframes: tiles,
    })
    h.tick()
    void h.world.receive({ op: 'leave', session: 's-nobody' })
    const unknown = new RealmError('UNKNOWN_CHANNEL')
    const nobody = { session: 's-nobody' }
    assert.throws(() => h.world.receive({ op: 'resync', ...nobody }), unknown)
    assert.throws(() => h.world.receive({ op: 'connection', ...nobody, connected: true }), unknown)
    void h.world.receive({ op: 'connection', ...nobody, connected: false })
    assert.equal(h.world.stats().players, 1)
    assert.equal(h.world.stats().keyframesEncoded, 0)
  })

  it('moves positions to the border, and takes no others than finite ones', async () => {
    const h = await begin()
    await h.join('ada')
    h.send(0, { dx: -1e9, dy: 1e9 })
    step = (world) => {
      const [me] = [...world.players()]
      assert.deepEqual([me?.x, me?.y], [0, 400])
      assert.throws(() => {
        ;(me as { x: number }).x = Number.NaN
      }, code('SCHEMA_INVALID'))
      assert.throws(() => {
        ;(me as { y: unknown }).y = '7'
      }, code('SCHEMA_INVALID'))
      assert.throws(() => {
        ;(me as { hp: number }).hp = 70_000
      }, code('SCHEMA_INVALID'))
      assert.throws(() => {
        ;(me as unknown as { typo: number }).typo = 1
      }, TypeError)
      assert.deepEqual([me?.x, me?.y, me?.hp], [0, 400, 100])
    }
    h.tick()
    assert.equal(h.world.stats().stepFailures, 0, h.logged.join())
  })

  it('gives up a seat only after the grace, and takes the player back before', async () => {
    const h = await begin()
    const first = decode(Joined, await h.join('ada'))
    void h.world.receive({ op: 'connection', session: 's-ada', connected: false })
    h.clock.advance(900)
    const again = decode(Joined, await h.join('ada', 's-ada-2'))
    assert.equal(again.me, first.me)
    assert.deepEqual(log, ['join ada', 'ADA false', 'ADA true'])
    h.clock.advance(2000)
    assert.equal(h.world.stats().players, 1)

    const left = h.deliveries.filter(({ kind }) => kind === 'left')
    assert.deepEqual(
      left.map(({ to, payload }) => [to[0]?.session, new TextDecoder().decode(payload)]),
      [['s-ada', 'CHANNEL_REPLACED']],
    )
    assert.throws(() => h.send(0, { dx: 1, dy: 1 }, 's-ada'), code('UNKNOWN_CHANNEL'))

    void h.world.receive({ op: 'connection', session: 's-ada-2', connected: false })
    h.clock.advance(1100)
    assert.equal(h.world.stats().players, 0)
    assert.equal(h.world.stats().entities, 1)
    assert.equal(log.at(-1), 'leave ADA')
    const views = (h.batches.get('g1') ?? []).flatMap((batch) => batch.views)
    assert.deepEqual(views.at(-1), { session: 's-ada-2', x: 0, y: 0, radius: 0, me: 0 })
  })

  it('lets a player leave at once, and come again as somebody new', async () => {
    const h = await begin()
    const first = decode(Joined, await h.join('ada'))
    void h.world.receive({ op: 'leave', session: 's-ada' })
    assert.deepEqual(log, ['join ada', 'leave ADA'])
    const second = decode(Joined, await h.join('ada'))
    assert.notEqual(second.me, first.me)
    assert.equal(h.deliveries.length, 0)
  })

  it('refuses commands of who has no avatar, until the game gives another', async () => {
    const h = await begin()
    await h.join('ada')
    h.tick()
    step = (world) => {
      for (const me of world.players()) world.despawn(me)
    }
    h.tick()
    assert.deepEqual(h.batches.get('g1')?.[1]?.views, [
      { session: 's-ada', x: 40, y: 40, radius: 33, me: 0 },
    ])
    assert.throws(() => h.send(0, { dx: 1, dy: 1 }), code('AVATAR_NONE'))
    step = (world) => {
      world.emitNear(45, 45, 'boom', {})
      world.embody({ id: 'ada', name: 'ADA' }, world.spawn(Hero, { x: 9, y: 9 }))
      step = () => {}
    }
    h.tick()
    const events = h.deliveries.filter(({ kind }) => kind === 'event')
    assert.equal(events.length, 1, 'who is dead still sees where it died')
    assert.equal(h.batches.get('g1')?.[2]?.views[0]?.x, 9)
    h.send(0, { dx: 1, dy: 1 })
    assert.deepEqual(log, ['join ada'])
  })

  it('sends events to those they are for', async () => {
    const h = await begin()
    for (const name of ['ada', 'bob', 'eve']) await h.join(name)
    h.send(0, { dx: 300, dy: 0 }, 's-eve')
    h.send(1, { target: 1 })
    assert.deepEqual(
      h.deliveries.map(({ kind, event, to }) => [kind, event, to.map(({ session }) => session)]),
      [['event', 0, ['s-ada', 's-bob']]],
    )
    step = (world) => {
      const eve = [...world.players()].find((me) => me.name === 'EVE')
      assert.ok(eve)
      world.tell(eve, 'boom', {})
      const player = world.playerOf(eve)
      assert.ok(player)
      world.tell(player, 'boom', {})
      world.tell({ id: 'nobody', name: '' }, 'boom', {})
      assert.throws(() => world.tell(eve, 'hit', { damage: -1 }), code('SCHEMA_INVALID'))
      world.kick(eve)
      assert.equal(world.alive(eve), false)
    }
    h.tick()
    assert.equal(h.world.stats().stepFailures, 0, h.logged.join())
    assert.deepEqual(
      h.deliveries.slice(1).map(({ kind, to }) => [kind, to[0]?.session]),
      [
        ['event', 's-eve'],
        ['event', 's-eve'],
        ['left', 's-eve'],
      ],
    )
  })

  it('reports the view again to who lost it', async () => {
    const h = await begin()
    await h.join('ada')
    h.tick()
    void h.world.receive({ op: 'resync', session: 's-ada' })
    h.tick()
    assert.equal(h.batches.get('g1')?.[1]?.views.length, 1)
  })

  it('catches up three ticks after a stall and skips the rest', async () => {
    const h = await begin()
    h.tick()
    h.clock.stall(500)
    h.clock.advance(0)
    assert.equal(h.world.stats().tick, 4)
    assert.equal(h.world.stats().overruns, 7)
    h.clock.advance(50)
    assert.equal(h.world.stats().tick, 5)
    h.world.stop()
    h.clock.advance(500)
    assert.equal(h.world.stats().tick, 5)
  })

  it('publishes one batch per tick and gate, with only its own tiles', async () => {
    const h = await begin()
    await h.join('ada', 's-ada', 'g1')
    await h.join('bob', 's-bob', 'g2')
    const here = new Viewer(h, 'g1', arena.describe().world as TileStreamDescriptor)
    const there = new Viewer(h, 'g2', arena.describe().world as TileStreamDescriptor)
    here.watch([52])
    there.watch([400])
    for (let tick = 0; tick < 5; tick += 1) {
      h.send(0, { dx: 0.1, dy: 0 })
      h.tick()
    }
    here.receive()
    there.receive()
    assert.equal(h.batches.get('g1')?.length, 5)
    assert.equal(h.batches.get('g2')?.length, 5)
    assert.deepEqual([...here.entities.keys()], [2, 3])
    assert.equal(there.entities.size, 0)
    const told = h.batches.get('g2')?.map(({ deltas }) => deltas.streams.length)
    assert.deepEqual(told, [0, 0, 0, 0, 0])
  })

  it('forgets a gate that died with its members', async () => {
    const h = await begin()
    await h.join('ada', 's-ada', 'g9')
    void h.world.receive({
      op: 'tiles',
      gate: 'g9',
      subscribe: [1],
      unsubscribe: [],
      keyframes: [],
    })
    void h.world.receive({ op: 'connection', session: 's-ada', connected: false })
    h.clock.advance(70_000)
    const count = h.batches.get('g9')?.length
    h.clock.advance(1000)
    assert.equal(h.batches.get('g9')?.length, count)
  })
})
