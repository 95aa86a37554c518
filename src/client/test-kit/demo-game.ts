import type { Faced, Manifest } from '../../protocol/index.ts'
import { angle, f32, list, map, optional, record, text, u8, u16, u32 } from '../../schema/index.ts'

/** The types of the demo game, as `defineGame` would carry them. */
export interface DemoFace {
  services: { shop: { calls: { add: { input: { n: number }; output: { sum: number } } } } }
  actors: {
    hero: {
      calls: { rename: { input: { title: string }; output: Record<never, never> } }
      state: { level: number; bag: number[] }
      events: { grew: { level: number } }
    }
    vault: {
      calls: Record<never, never>
      state: never
      events: Record<never, never>
    }
  }
  rooms: {
    plaza: {
      state: { avatars: Map<string, { x: number; y: number; name: string }>; round: number }
      events: { hit: { by: string; damage: number } }
      commands: { walk: { dx: number; dy: number }; wave: Record<never, never> }
      options: { team?: number | undefined }
    }
  }
  worlds: {
    frontier: {
      avatar: 'Player'
      entities: { Player: { hp: number; facing: number }; Wolf: { hp: number } }
      events: { hit: { damage: number } }
      commands: { walk: { dx: number; dy: number }; strike: { target: number } }
      options: Record<never, never>
    }
  }
}

export type DemoGame = Faced<DemoFace>

export const types = {
  add: { input: record({ n: u32 }), output: record({ sum: u32 }) },
  rename: { input: record({ title: text({ max: 40 }) }), output: record({}) },
  hero: record({ level: u16, bag: list(u16) }),
  plaza: record({
    avatars: map(record({ x: f32, y: f32, name: text({ max: 24 }) })),
    round: u32,
  }),
  hit: record({ by: text({ max: 24 }), damage: u16 }),
  walk: record({ dx: f32, dy: f32 }),
  nothing: record({}),
  strike: record({ target: u32 }),
  worldHit: record({ damage: u16 }),
  player: record({ hp: u16, facing: angle(8) }),
  wolf: record({ hp: u16 }),
}

const nothing = types.nothing.describe()

export const world = {
  width: 100,
  height: 100,
  tileEdge: 10,
  viewRadius: 20,
  tickHz: 20,
  entities: [
    { name: 'Player', fields: types.player.describe() },
    { name: 'Wolf', fields: types.wolf.describe() },
  ],
}

/** Block numbers of the demo game. */
export const block = { shop: 0, hero: 1, plaza: 2, frontier: 3 } as const

export const manifest: Manifest = {
  game: 'demo',
  blocks: [
    {
      kind: 'service',
      name: 'shop',
      calls: [
        { name: 'add', input: types.add.input.describe(), output: types.add.output.describe() },
      ],
      commands: [],
      events: [],
    },
    {
      kind: 'actor',
      name: 'hero',
      calls: [{ name: 'rename', input: types.rename.input.describe(), output: nothing }],
      commands: [],
      events: [{ name: 'grew', payload: record({ level: u16 }).describe() }],
      state: types.hero.describe(),
    },
    {
      kind: 'room',
      name: 'plaza',
      calls: [],
      commands: [
        { name: 'walk', input: types.walk.describe(), reliable: true },
        { name: 'wave', input: nothing, reliable: false },
      ],
      events: [{ name: 'hit', payload: types.hit.describe() }],
      options: record({ team: optional(u8) }).describe(),
      state: types.plaza.describe(),
    },
    {
      kind: 'world',
      name: 'frontier',
      calls: [],
      commands: [
        { name: 'walk', input: types.walk.describe(), reliable: false },
        { name: 'strike', input: types.strike.describe(), reliable: true },
      ],
      events: [{ name: 'hit', payload: types.worldHit.describe() }],
      options: nothing,
      world,
    },
  ],
}
