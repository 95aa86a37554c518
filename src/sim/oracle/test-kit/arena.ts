import { defineGame, type Game, loadGame } from '../../../actor/index.ts'
import { type TileGrid, type TileStreamDescriptor, tileGrid } from '../../../protocol/index.ts'
import { angle, list, serverOnly, text, u8, u16 } from '../../../schema/index.ts'
import {
  type AnyEntity,
  defineWorld,
  entity,
  type World,
  type WorldDefinition,
} from '../../../world/index.ts'

export const Hero = entity({
  facing: angle(8),
  hp: u8,
  name: text({ max: 8 }),
  purse: serverOnly(u16),
})
export const Rock = entity({ hp: u16, tags: list(u8, { max: 3 }) })
/** Does not outlive a crash. */
export const Spark = entity({ facing: angle(6) }, { persist: false })
const kinds = { Hero, Rock, Spark }
export type Kind = keyof typeof kinds
export type Arena = World<typeof kinds>
export type Being = AnyEntity<typeof kinds>
export type HeroBeing = Extract<Being, { kind: 'Hero' }>

export const size = { width: 130, height: 90 }
export const viewRadius = 20
/** A player who goes no faster sees everything in its way: see `attendance.ts` of the world. */
export const walkMax = viewRadius / 64

/** What the history does where the world asks. */
export interface Script {
  begin(world: Arena): void
  join(world: Arena, player: string): HeroBeing
  left(world: Arena, me: HeroBeing): void
  step(world: Arena): void
}

/** What differs from history to history. */
export interface Settings {
  readonly tileEdge: number
  /** 0 for none. */
  readonly viewEntitiesMax: number
}

export interface Edition {
  readonly block: WorldDefinition<typeof kinds, typeof Hero, never, never, never>
  readonly game: Game
  readonly descriptor: TileStreamDescriptor
}

export function gridOf({ descriptor }: Edition): TileGrid {
  return tileGrid(descriptor.width, descriptor.height, descriptor.tileEdge)
}

let script: Script | undefined

/** Histories run one after the other; worlds are defined once for all. */
export function play(next: Script): void {
  script = next
}

const editions = new Map<string, Edition>()

/** The game with such a world. */
export function editionOf(settings: Settings): Edition {
  const key = JSON.stringify(settings)
  const known = editions.get(key)
  if (known !== undefined) return known
  const its = () => script as Script
  const block = defineWorld(
    {
      size,
      viewRadius,
      entities: kinds,
      avatar: Hero,
      reconnectMs: 1500,
      desyncCheck: { everyMs: 1600 },
      ...settings,
    },
    {
      create: (world) => its().begin(world as Arena),
      restore: (world) => its().begin(world as Arena),
      join: (world, player) => its().join(world as Arena, player.id) as never,
      leave: (world, me) => its().left(world as Arena, me as HeroBeing),
      step: (world) => its().step(world as Arena),
    },
  ) as unknown as Edition['block']
  const game = loadGame(defineGame({ name: 'oracle', worlds: { test: block } } as never))
  const descriptor = block.describe().world as TileStreamDescriptor
  const made = { block, game, descriptor }
  editions.set(key, made)
  return made
}
