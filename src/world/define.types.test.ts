import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { command, type Player as RealPlayer, refuse } from '../actor/index.ts'
import type { Faced } from '../protocol/index.ts'
import { angle, entityId, f32, list, serverOnly, text, u8, u16 } from '../schema/index.ts'
import { type AnyEntity, defineWorld, type Entity, entity, type World } from './index.ts'

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function same<_T extends true>(): void {}

const Player = entity({
  name: text({ max: 24 }),
  hp: u16,
  facing: angle(8),
  bag: list(u8),
  cooldown: serverOnly(f32),
})
const Wolf = entity({ hp: u16 }, { persist: false })

// A helper outside of the definition names the world by its kinds.
type Frontier = World<{ Player: typeof Player; Wolf: typeof Wolf }>
function prowl(world: Frontier, wolf: Entity<typeof Wolf>, dt: number): void {
  wolf.x += dt * world.random()
  for (const prey of world.near(wolf.x, wolf.y, 10, Player)) prey.hp -= 1
}

function look(
  world: Frontier,
  { x, y }: Entity<typeof Wolf>,
  found: Entity<typeof Player, 'Player'>[],
) {
  same<Equal<ReturnType<typeof anyone>, 'Player' | 'Wolf'>>()
  function anyone() {
    const [first] = world.within(0, 0, x, y)
    return (
      (first ?? world.nearest(x, y, 1, undefined, 5)[0] ?? world.ray(0, 0, x, y, 1)[0])?.kind ??
      'Wolf'
    )
  }
  for (const prey of world.near(x, y, 10, Player, found)) prey.name = ''
  for (const prey of world.within(x, y, 0, 0, Player, found)) prey.name = ''
  for (const prey of world.nearest(x, y, 3, Player, 20)) prey.name = ''
  for (const prey of world.ray(x, y, 0, 0, 0.5, Player)) prey.name = ''
  const past = world.seenBy({ id: 'ada', name: '' })
  for (const prey of past.near(x, y, 10, Player, found)) prey.name = String(past.position(prey)?.x)
  for (const prey of past.ray(x, y, 0, 0, 0.5, Player)) prey.name = ''
  // @ts-expect-error: the past cannot be changed.
  past.tick = 3
  // @ts-expect-error: an array of players holds no wolves.
  world.near(x, y, 10, Wolf, found)
  // @ts-expect-error: not a kind of this world.
  world.nearest(x, y, 1, entity({ other: u8 }))
}

const frontier = defineWorld(
  {
    size: { width: 4096, height: 4096 },
    viewRadius: 60,
    entities: { Player, Wolf },
    avatar: Player,
    events: { hit: { damage: u16 } },
    options: { team: u8 },
  },
  {
    create: (world) => {
      const wolf = world.spawn(Wolf, { x: 1, y: 2 })
      same<Equal<typeof wolf.kind, 'Wolf'>>()
      wolf.hp = 3
      // @ts-expect-error: wolves have no name.
      wolf.name = 'x'
      // @ts-expect-error: ids are given.
      wolf.id = 4
      // @ts-expect-error: a position is needed.
      world.spawn(Wolf, { hp: 3 })
      // @ts-expect-error: there is no such field.
      world.spawn(Wolf, { x: 1, y: 2, mana: 3 })
      // @ts-expect-error: not a kind of this world.
      world.spawn(entity({ other: u8 }), { x: 1, y: 2 })
    },
    join: (world, player, options) => {
      same<Equal<typeof player, RealPlayer>>()
      same<Equal<typeof options, { team: number }>>()
      return world.spawn(Player, { x: options.team, y: 0, name: player.name })
    },
    leave: (world, me) => {
      same<Equal<typeof me.kind, 'Player'>>()
      world.despawn(me)
    },
    step: (world, dt) => {
      for (const wolf of world.all(Wolf)) prowl(world, wolf, dt)
      for (const wolf of world.all(Wolf)) look(world, wolf, [])
      for (const me of world.players()) me.cooldown = Math.max(0, me.cooldown - dt)
    },
    commands: {
      strike: command({ target: entityId }, (world, me, { target }) => {
        same<Equal<typeof target, number>>()
        const victim = world.get(target)
        if (victim === undefined) throw refuse('nobody there')
        same<Equal<typeof victim.kind, 'Player' | 'Wolf'>>()
        if (victim.kind === 'Player') victim.name = 'struck'
        // @ts-expect-error: only players have names, and who it is, is not known here.
        victim.name = 'struck'
        if (world.is(victim, Wolf)) same<Equal<typeof victim.hp, number>>()
        world.tell(me, 'hit', { damage: me.hp })
        world.emitNear(me.x, me.y, 'hit', { damage: 1 })
        // @ts-expect-error: the event is named `hit`.
        world.tell(me, 'hut', { damage: 1 })
        // @ts-expect-error: damage is a number.
        world.tell(me, 'hit', { damage: 'x' })
        // @ts-expect-error: held values are replaced as a whole.
        me.bag.push(1)
        me.bag = [...me.bag, 1]
      }),
      walk: command(
        { dx: f32, dy: f32 },
        async (world, me, { dx }) => {
          me.x += dx
          await Promise.resolve(world.tick)
        },
        { reliable: false },
      ),
    },
  },
)

type FaceOf<D> = D extends Faced<infer F> ? F : never
type Face = FaceOf<typeof frontier>
same<Equal<Face['commands'], { strike: { target: number }; walk: { dx: number; dy: number } }>>()
same<Equal<Face['events'], { hit: { damage: number } }>>()
same<Equal<Face['options'], { team: number }>>()
same<Equal<Face['avatar'], 'Player'>>()
same<
  Equal<
    Face['entities'],
    {
      Player: { name: string; hp: number; facing: number; bag: number[] }
      Wolf: { hp: number }
    }
  >
>()
same<Equal<AnyEntity<{ Player: typeof Player; Wolf: typeof Wolf }>['kind'], 'Player' | 'Wolf'>>()

const size = { width: 10, height: 10 }
// @ts-expect-error: the avatar is one of the entities.
const strange = () => defineWorld({ size, viewRadius: 1, entities: { Wolf }, avatar: Player }, {})
const noAvatar = () =>
  defineWorld(
    { size, viewRadius: 1, entities: { Player, Wolf }, avatar: Player },
    {
      // @ts-expect-error: players are not wolves.
      join: (world) => world.spawn(Wolf, { x: 0, y: 0 }),
    },
  )

describe('defineWorld', () => {
  it('describes what clients may see, and nothing else', () => {
    const { world, commands } = frontier.describe()
    assert.deepEqual(
      world?.entities.map(({ name, fields }) => [
        name,
        fields.kind === 'record' && fields.fields.map((field) => field.name),
      ]),
      [
        ['Player', ['name', 'hp', 'facing', 'bag']],
        ['Wolf', ['hp']],
      ],
    )
    assert.deepEqual(
      commands.map(({ name, reliable }) => [name, reliable]),
      [
        ['strike', true],
        ['walk', false],
      ],
    )
    assert.equal(world?.tileEdge, 30)
    assert.equal(frontier.defaultKey?.({ id: 'ada', name: 'Ada' }), 'main')
  })

  it('refuses what cannot work', () => {
    assert.throws(strange, { code: 'GAME_INVALID' })
    assert.doesNotThrow(noAvatar)
    const shape = { size, viewRadius: 1, entities: { Wolf }, avatar: Wolf }
    const join = (world: World<{ Wolf: typeof Wolf }>) => world.spawn(Wolf, { x: 0, y: 0 })
    assert.throws(() => defineWorld({ ...shape, tickHz: 0 }, { join }), { code: 'GAME_INVALID' })
    assert.throws(() => defineWorld({ ...shape, viewRadius: Number.NaN }, { join }), {
      code: 'GAME_INVALID',
    })
    assert.throws(() => defineWorld({ ...shape, precision: 1e-9 }, { join }), {
      code: 'SCHEMA_INVALID',
    })
    const twice = { ...shape, entities: { Wolf, Dog: Wolf } }
    assert.throws(() => defineWorld(twice, { join: join as never }), { code: 'GAME_INVALID' })
    assert.throws(() => entity({ x: u8 }), { code: 'SCHEMA_INVALID' })
  })
})

// A world that declares no events and no options infers its handlers all the same.
const Sheep = entity({ wool: u16 })
export const plain = defineWorld(
  {
    size: { width: 10, height: 10 },
    viewRadius: 5,
    entities: { Sheep },
    avatar: Sheep,
  },
  {
    join: (world) => world.spawn(Sheep, { x: 1, y: 1, wool: 1 }),
    commands: {
      walk: command({ dx: f32 }, (world, me, { dx }) => {
        me.x += dx
        world.despawn(me)
        // @ts-expect-error a misspelt field
        me.woo
        // @ts-expect-error no events were declared
        world.tell(me, 'baa', {})
      }),
    },
  },
)

export const misspelt = defineWorld(
  {
    size: { width: 10, height: 10 },
    viewRadius: 5,
    // @ts-expect-error a misspelt part of the shape
    tickHertz: 10,
    entities: { Sheep },
    avatar: Sheep,
  },
  { join: (world) => world.spawn(Sheep, { x: 1, y: 1, wool: 1 }) },
)
