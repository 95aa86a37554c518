import { describe, it } from 'node:test'
import {
  angle,
  call,
  command,
  defineActor,
  defineGame,
  defineRoom,
  defineService,
  defineWorld,
  entity,
  entityId,
  f32,
  list,
  map,
  record,
  text,
  u8,
  u16,
} from '../index.ts'
import type { MirroredList, MirroredMap } from '../schema/index.ts'
import type { Realm, RoomOf, Seen, WorldOf } from './index.ts'
import type { DemoGame } from './test-kit/demo-game.ts'

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function same<_T extends true>(): void {}

const Avatar = record({ x: f32, y: f32, name: text({ max: 24 }) })
const plaza = defineRoom(
  {
    state: { avatars: map(Avatar), scores: list(u16), round: u8 },
    events: { hit: { by: text({ max: 24 }), damage: u16 } },
    options: { team: u8 },
  },
  { commands: { walk: command({ dx: f32, dy: f32 }, () => {}), wave: command({}, () => {}) } },
)
const lobby = defineRoom({ state: {} }, {})
const hero = defineActor(
  { state: { level: u16 }, events: { grew: { level: u16 } }, watch: 'owner' },
  {
    calls: {
      rename: call({ title: text({ max: 9 }) }, {}, () => ({}), { from: 'owner' }),
      levelUp: call({}, { level: u16 }, () => ({ level: 1 })),
    },
  },
)
const vault = defineActor({ state: { gold: u16 } }, { calls: {} })
const shop = defineService({
  calls: { list: call({}, { items: list(u16) }, () => ({ items: [1] })) },
})
const Player = entity({ hp: u16, facing: angle(8) })
const Wolf = entity({ hp: u16, angry: u8 })
const frontier = defineWorld(
  {
    size: { width: 100, height: 100 },
    viewRadius: 20,
    entities: { Player, Wolf },
    avatar: Player,
    events: { bitten: { by: entityId } },
  },
  {
    join: (world) => world.spawn(Player, { x: 1, y: 1 }),
    commands: { strike: command({ target: entityId }, () => {}) },
  },
)
const game = defineGame({
  services: { shop },
  actors: { hero, vault },
  rooms: { plaza, lobby },
  worlds: { frontier },
})
type Game = typeof game

/** Never called: only its types matter. */
export async function rooms(realm: Realm<Game>): Promise<void> {
  const room = await realm.rooms.plaza.joinOrCreate({ team: 1 })
  same<Equal<typeof room, RoomOf<Game, 'plaza'>>>()
  await realm.rooms.lobby.joinOrCreate()
  await realm.rooms.plaza.join('abc', { team: 1 })
  // @ts-expect-error: the options are required.
  await realm.rooms.plaza.joinOrCreate()
  // @ts-expect-error: the option is named `team`.
  await realm.rooms.plaza.create({ taem: 1 })
  // @ts-expect-error: there is no such room.
  await realm.rooms.palza.joinOrCreate()

  same<Equal<typeof room.state.round, number>>()
  room.state.avatars.onAdd((id, avatar) => {
    same<Equal<typeof id, string>>()
    same<Equal<typeof avatar.name, string>>()
    // @ts-expect-error: the field is named `name`.
    void avatar.nmae
  })
  const scores: MirroredList<number> = room.state.scores
  const avatars: MirroredMap<{ readonly x: number }> = room.state.avatars
  void [scores, avatars]
  // @ts-expect-error: the field is named `avatars`.
  void room.state.avatar
  // @ts-expect-error: a state is only read.
  room.state.round = 2

  room.send.walk({ dx: 1, dy: 0 })
  room.send.wave()
  // @ts-expect-error: the command is named `walk`.
  room.send.wlak({ dx: 1, dy: 0 })
  // @ts-expect-error: `dx` is a number.
  room.send.walk({ dx: '1', dy: 0 })
  // @ts-expect-error: `dy` is missing.
  room.send.walk({ dx: 1 })

  room.on('hit', ({ by, damage }) => {
    same<Equal<typeof by, string>>()
    same<Equal<typeof damage, number>>()
  })
  // @ts-expect-error: the event is named `hit`.
  room.on('hti', () => {})
  room.onLeft((code) => code === 'KICKED' || code.startsWith('ROOM_'))
}

/** Never called: only its types matter. */
export async function callsAndActors(realm: Realm<Game>): Promise<void> {
  const { items } = await realm.services.shop.list()
  same<Equal<typeof items, number[]>>()
  await realm.services.shop.list({}, { timeoutMs: 100 })
  // @ts-expect-error: there is no such service.
  await realm.services.bank.list({})
  // @ts-expect-error: there is no such call.
  await realm.services.shop.lits({})

  await realm.actors.hero.call.rename({ title: 'Sir' })
  await realm.actors.hero.at('bob').call.rename({ title: 'Sir' })
  // @ts-expect-error: only the server may make this call.
  await realm.actors.hero.call.levelUp({})
  // @ts-expect-error: `title` is a text.
  await realm.actors.hero.call.rename({ title: 1 })
  const me = await realm.actors.hero.watch()
  same<Equal<typeof me.state.level, number>>()
  me.on('grew', ({ level }) => level + 1)
  // @ts-expect-error: nobody may watch the vault.
  await realm.actors.vault.watch('bob')
}

/** Never called: only its types matter. */
export async function worlds(realm: Realm<Game>): Promise<void> {
  const world = await realm.worlds.frontier.join({ line: 'two' })
  same<Equal<typeof world, WorldOf<Game, 'frontier'>>>()
  // @ts-expect-error: there is no such world.
  await realm.worlds.fronteir.join()
  world.onAdd((entity) => {
    same<Equal<typeof entity.kind, 'Player' | 'Wolf'>>()
    same<Equal<typeof entity.fields.hp, number>>()
    if (entity.kind === 'Wolf') same<Equal<typeof entity.fields.angry, number>>()
    // @ts-expect-error: a player is not angry.
    else void entity.fields.angry
    // @ts-expect-error: an entity is only read.
    entity.x = 3
  })
  for (const { x, y } of world.view(5)) void (x + y)
  world.feel.interpolation = false
  // @ts-expect-error: no such thing makes a world feel near.
  world.feel.magic = true
  world.onDesync(({ tile, differences: [first] }) => void [tile, first?.mine])
  world.send.strike({ target: world.me })
  // @ts-expect-error: `target` is an id.
  world.send.strike({ target: 'wolf' })
  world.on('bitten', ({ by }) => world.sample(by))
  // @ts-expect-error: the event is named `bitten`.
  world.on('biten', () => {})
}

/** Never called: only its types matter. */
export function prediction(world: WorldOf<DemoGame, 'frontier'>): void {
  const predicted = world.predict({
    command: 'walk',
    apply: (state, { dx }, dt) => {
      state.x += dx * dt
      state.facing = 1
      // @ts-expect-error: the field is named `hp`.
      state.ph = 1
    },
  })
  predicted.send({ dx: 1, dy: 1 })
  same<Equal<typeof predicted.error, number>>()
  // @ts-expect-error: `dy` is missing.
  predicted.send({ dx: 1 })
  // @ts-expect-error: the command is named `walk`.
  world.predict({ command: 'wlak', apply: () => {} })
  const seen: Seen<{
    entities: { Rock: { size: number } }
    events: object & Record<never, never>
    commands: object & Record<never, never>
    options: object
  }> = { id: 1, kind: 'Rock', x: 0, y: 0, fields: { size: 2 } }
  void seen
}

/** Never called: only its types matter. */
export function untyped(realm: Realm<object>): void {
  // @ts-expect-error: without the type of a game nothing is known.
  void realm.rooms.anything
}

describe('types of the client', () => {
  it('are inferred from the game', () => {
    same<Equal<keyof Realm<Game>['rooms'], 'plaza' | 'lobby'>>()
    same<Equal<keyof Realm<Game>['worlds'], 'frontier'>>()
    same<Equal<keyof Realm<DemoGame>['services'], 'shop'>>()
  })
})
