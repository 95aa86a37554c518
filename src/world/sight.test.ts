import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Player, TileBatch } from '../actor/index.ts'
import { RealmError } from '../errors/index.ts'
import type { TileStreamDescriptor } from '../protocol/index.ts'
import { angle, text, u8 } from '../schema/index.ts'
import { type AnyEntity, defineWorld, entity, type World } from './index.ts'
import { bodiesOf, type Harness, harness, Viewer } from './test-kit/harness.ts'

const Hero = entity({ facing: angle(8), name: text({ max: 24 }) })
const Rock = entity({ hp: u8 })
const kinds = { Hero, Rock }
type Test = World<typeof kinds>
type Spawned = AnyEntity<typeof kinds>

let join = (_world: Test, _player: Player): void => {}
let step = (_world: Test): void => {}

const arena = defineWorld(
  { size: { width: 100, height: 70 }, viewRadius: 20, entities: kinds, avatar: Hero },
  {
    join: (world, player) => {
      join(world as never, player)
      return world.spawn(Hero, { x: 15, y: 15, name: player.name })
    },
    step: (world) => step(world as never),
  },
)
const descriptor = arena.describe().world as TileStreamDescriptor
const everywhere = 70
const everyTile = Array.from({ length: everywhere }, (_, tile) => tile)

async function begin(stored?: Harness['stored']): Promise<Harness> {
  join = () => {}
  step = () => {}
  return harness(arena, stored === undefined ? {} : { stored, epoch: 2 })
}

/** Runs in the next tick's step. */
function inTick(h: Harness, run: (world: Test) => void): void {
  step = run
  h.tick()
  step = () => {}
}

function hasCode(code: string) {
  return (error: unknown) => error instanceof RealmError && error.code === code
}

function avatarOf(world: Test, player: string) {
  return world.avatarOf({ id: player, name: '' }) as Spawned
}

describe('show', () => {
  it('hides from all others: its bytes are in no stream but that of the audience', async () => {
    const h = await begin()
    join = (world, player) => world.setAudiences(player, [player.id === 'eve' ? 'blue' : 'red'])
    for (const player of ['ada', 'bob', 'eve']) await h.join(player, undefined, 'g1')
    const [ada, eve] = ['s-ada', 's-eve'].map((one) => new Viewer(h, 'g1', descriptor, one))
    ada?.watch(everyTile)
    eve?.watch(everyTile)
    let id = 0
    const secret = 'topsecret'
    inTick(h, (world) => {
      const ghost = world.spawn(Hero, { x: 55, y: 55, name: `${secret}1` })
      id = ghost.id
      world.show(ghost, { to: 'red' })
    })
    for (let tick = 0; tick < 200; tick += 1) {
      inTick(h, (world) => {
        const ghost = world.get(id) as Spawned
        ghost.x = (ghost.x + 0.7) % 100
        ghost.y = (ghost.y + 0.3) % 70
        if (tick % 7 === 0) Object.assign(ghost, { name: `${secret}${tick}` })
        // The game itself finds it, wherever it is.
        assert.ok(world.near(ghost.x, ghost.y, 0.1).includes(ghost))
        assert.ok(world.within(ghost.x, ghost.y, ghost.x, ghost.y).includes(ghost))
        assert.equal(world.nearest(ghost.x, ghost.y, 1)[0], ghost)
        assert.ok(world.ray(ghost.x, ghost.y, ghost.x, ghost.y, 0.1).includes(ghost))
      })
      for (const viewer of [ada, eve]) viewer?.receive()
      assert.equal(ada?.entities.has(id), true, `tick ${tick}`)
      assert.equal(eve?.entities.has(id), false)
    }
    const audiences = new Map<number, number>()
    let found = 0
    for (const batch of h.batches.get('g1') as TileBatch[]) {
      for (const { stream, audience } of batch.opened) audiences.set(stream, audience)
      for (const [stream, bytes] of [...bodiesOf(batch.deltas), ...bodiesOf(batch.keyframes)]) {
        if (!Buffer.from(bytes).includes(secret)) continue
        found += 1
        assert.ok(stream > everywhere && (audiences.get(stream) as number) > 0)
      }
    }
    assert.ok(found > 30)
    assert.deepEqual(new Set(audiences.values()).size, 1)
    const seenByEve = new Set(eve?.streams.map(({ audience }) => audience))
    assert.deepEqual(seenByEve, new Set())
  })

  it('moves an entity from one audience to another in one tick', async () => {
    const h = await begin()
    join = (world, player) => world.setAudiences(player, player.id === 'ada' ? ['red'] : [])
    await h.join('ada')
    await h.join('eve', undefined, 'g2')
    const ada = new Viewer(h, 'g1', descriptor, 's-ada')
    const eve = new Viewer(h, 'g2', descriptor, 's-eve')
    for (const viewer of [ada, eve]) viewer.watch(everyTile)
    h.tick()
    let id = 0
    const show = (run: (world: Test, rock: Spawned) => void): string[][] => {
      inTick(h, (world) => {
        const rock = world.get(id) ?? world.spawn(Rock, { x: 3, y: 3 })
        id = rock.id
        run(world, rock)
      })
      return [ada, eve].map((viewer) => {
        viewer.events.length = 0
        viewer.receive()
        return viewer.events.filter((event) => event.includes(`ed ${id}`))
      })
    }
    ada.receive()
    eve.receive()
    assert.deepEqual(
      show(() => {}),
      [[`added ${id}`], [`added ${id}`]],
    )
    assert.deepEqual(
      show((world, rock) => world.show(rock, { to: 'red' })),
      [[`changed ${id}`], [`removed ${id} hidden`]],
    )
    // Back and forth within a tick is nothing new but to whom it was shown before.
    const twice = show((world, rock) => {
      world.show(rock, {})
      world.show(rock, { to: 'red', priority: 'low' })
      world.show(rock, { to: 'red' })
    })
    assert.deepEqual(twice, [[`changed ${id}`], []])
    assert.deepEqual(
      show((world, rock) => world.show(rock, { to: world.privateTo({ id: 'eve', name: '' }) })),
      [[`removed ${id} hidden`], [`added ${id}`]],
    )
    assert.deepEqual(
      show((world, rock) => world.despawn(rock)),
      [[], [`removed ${id} gone`]],
    )
  })

  it('shows everywhere what reaches all of the world', async () => {
    const h = await begin()
    await h.join('ada')
    const ada = new Viewer(h, 'g1', descriptor, 's-ada')
    ada.watch([0])
    h.tick()
    let id = 0
    inTick(h, (world) => {
      const flag = world.spawn(Rock, { x: 90, y: 65, hp: 3 })
      id = flag.id
      world.show(flag, { reach: 'world', priority: 'high' })
    })
    ada.receive()
    assert.deepEqual(
      { ...ada.entities.get(id) },
      {
        ...{ id, kind: 'Rock', x: 90, y: 65, fields: { hp: 3 } },
      },
    )
    ada.events.length = 0
    for (let tick = 0; tick < 100; tick += 1) {
      inTick(h, (world) => {
        const flag = world.get(id) as Spawned
        flag.x -= 0.8
        assert.deepEqual(world.near(flag.x, 65, 1), [flag])
      })
      ada.receive()
    }
    const { x } = ada.entities.get(id) as { x: number }
    assert.ok(Math.abs(x - 10) < 0.01)
    assert.ok(
      ada.events.every((event) => event === `changed ${id}`),
      'it crosses no borders',
    )
    // Whoever comes later gets it too, and loses it with the last tile.
    const bob = new Viewer(h, 'g2', descriptor)
    bob.watch([9])
    h.tick()
    bob.receive()
    assert.equal(bob.entities.has(id), true)
    bob.watch([], [9])
    h.tick()
    bob.receive()
    assert.equal(bob.entities.size, 0)
  })

  it('keeps a player’s sight of its own avatar', async () => {
    const h = await begin()
    await h.join('ada')
    const ada = new Viewer(h, 'g1', descriptor, 's-ada')
    ada.watch(everyTile)
    const player = { id: 'ada', name: 'ADA' }
    inTick(h, (world) => {
      const me = avatarOf(world, 'ada')
      assert.throws(() => world.show(me, { to: 'red' }), hasCode('AUDIENCE_FOREIGN'))
      world.setAudiences(player, ['red', 'blue', 'red'])
      assert.deepEqual(world.audiencesOf(player), ['red', 'blue'])
      world.show(me, { to: 'red' })
    })
    h.tick()
    ada.receive()
    assert.equal(ada.entities.size, 1)
    inTick(h, (world) => world.setAudiences(player, ['blue']))
    h.tick()
    ada.receive()
    assert.equal(ada.entities.size, 1, 'it has become its own')
    inTick(h, (world) => {
      const other = world.spawn(Hero, { x: 1, y: 1 })
      world.show(other, { to: 'red' })
      world.embody(player, other as never)
      world.despawn(avatarOf(world, 'ada') === other ? (world.get(1) as Spawned) : other)
    })
    h.tick()
    ada.receive()
    assert.equal(ada.entities.size, 1)
  })

  it('refuses what is no audience', async () => {
    const h = await begin()
    await h.join('ada')
    const player = { id: 'ada', name: 'ADA' }
    inTick(h, (world) => {
      const rock = world.spawn(Rock, { x: 0, y: 0 })
      const wrong = hasCode('SCHEMA_INVALID')
      assert.throws(() => world.show(rock, { to: 'a b' }), wrong)
      assert.throws(() => world.show(rock, { to: '' }), wrong)
      assert.throws(() => world.show(rock, { reach: 'moon' as never }), wrong)
      assert.throws(() => world.show(rock, { priority: 'urgent' as never }), wrong)
      assert.throws(() => world.setAudiences(player, ['@bob']), wrong)
      assert.throws(() => world.setAudiences(player, [1 as never]), wrong)
      const many = Array.from({ length: 65 }, (_, index) => `a${index}`)
      assert.throws(() => world.setAudiences(player, many), wrong)
      world.setAudiences({ id: 'nobody', name: '' }, ['red'])
      assert.deepEqual(world.audiencesOf({ id: 'nobody', name: '' }), [])
    })
  })

  it('outlives a crash, a move and new code, with the audiences of players', async () => {
    for (const frozen of [false, true]) {
      const h = await begin()
      join = (world, player) => world.setAudiences(player, ['red'])
      await h.join('ada')
      inTick(h, (world) => {
        world.show(world.spawn(Rock, { x: 5, y: 5 }), { to: 'red', priority: 'low' })
        world.show(world.spawn(Rock, { x: 90, y: 5 }), { reach: 'world' })
        world.show(world.spawn(Rock, { x: 6, y: 5 }), { to: 'blue' })
        world.show(avatarOf(world, 'ada'), { to: world.privateTo({ id: 'ada', name: '' }) })
      })
      h.clock.advance(1500)
      if (frozen) h.stored.blob = h.world.freeze()
      h.world.stop()
      const again = await begin(h.stored)
      const ada = new Viewer(again, 'g1', descriptor, 's-ada')
      const eve = new Viewer(again, 'g2', descriptor)
      for (const viewer of [ada, eve]) viewer.watch([0, 10, 11])
      again.tick()
      again.tick()
      for (const viewer of [ada, eve]) viewer.receive()
      assert.deepEqual([...ada.entities.keys()].sort(), [1, 2, 3], `frozen: ${frozen}`)
      assert.deepEqual([...eve.entities.keys()], [3])
      inTick(again, (world) => {
        assert.deepEqual(world.audiencesOf({ id: 'ada', name: '' }), ['red'])
        assert.equal(world.near(5, 5, 2).length, 2)
      })
    }
  })

  it('ends streams that are empty for long, and tells gates', async () => {
    const h = await begin()
    const eve = new Viewer(h, 'g1', descriptor)
    eve.watch(everyTile)
    let id = 0
    inTick(h, (world) => {
      const rock = world.spawn(Rock, { x: 1, y: 1 })
      id = rock.id
      world.show(rock, { priority: 'low' })
    })
    inTick(h, (world) => world.show(world.get(id) as Spawned, {}))
    eve.receive()
    const numbers = () => eve.streams.map((one) => one.stream)
    const [stream] = numbers()
    assert.ok(stream !== undefined && stream > everywhere)
    h.clock.advance(12_000)
    eve.receive()
    assert.deepEqual(numbers(), [])
    assert.deepEqual(
      h.batches.get('g1')?.flatMap(({ closed }) => closed),
      [stream],
    )
    const low = (world: Test) => world.show(world.get(id) as Spawned, { priority: 'low' })
    inTick(h, low)
    eve.receive()
    assert.notEqual(numbers()[0], stream, 'the number rests')
    assert.equal(eve.entities.size, 1)
  })
})

describe('events near a place', () => {
  it('go to an audience only, where one is named', async () => {
    const Cry = { loud: u8 }
    const camp = defineWorld(
      {
        ...{ size: { width: 50, height: 50 }, viewRadius: 20, entities: kinds, avatar: Hero },
        events: { cry: Cry },
      },
      {
        join: (world, player) => {
          world.setAudiences(player, player.id === 'eve' ? [] : ['red'])
          return world.spawn(Hero, { x: 5, y: 5 })
        },
        step: (world) => {
          if (world.tick === 1) world.emitNear(5, 5, 'cry', { loud: 1 }, 'red')
          if (world.tick === 2) world.emitNear(5, 5, 'cry', { loud: 2 })
        },
      },
    )
    const h = await harness(camp)
    for (const player of ['ada', 'bob', 'eve']) await h.join(player)
    h.tick()
    h.tick()
    const to = h.deliveries.map((one) => one.to.map(({ player }) => player.id))
    assert.deepEqual(to, [
      ['ada', 'bob'],
      ['ada', 'bob', 'eve'],
    ])
  })
})
