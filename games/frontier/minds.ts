import { RealmError } from 'realmkit'
import type { Frontier, PlayerEntity } from './entities.ts'
import { stepCreditMax } from './web/shared/rules.ts'

/**
 * What the server remembers of a player beside the entity. Lost with the process, and nobody
 * minds.
 */
export interface PlayerMind {
  /** Id of the player, which is the key of the hero. */
  account: string
  /** Steps the player may take now: one more each tick. Who floods walks no faster. */
  credit: number
  direction: number
  /** Steps still to take in that direction. */
  steps: number
  strikeAt: number
  hurtAt: number
  /** The tick at which the player comes back; 0 while alive. */
  respawnAt: number
  /** Experience and kills not yet stored. */
  xp: number
  kills: number
  rewardAt: number
  rewarding: boolean
  drinking: boolean
  /** Sentences that may be said now. */
  sayCredit: number
  sayAt: number
}

export interface BeastMind {
  camp: number
  homeX: number
  homeY: number
  /** Entity id of whom it hunts; 0 = nobody. */
  target: number
  goalX: number
  goalY: number
  /** When it looks around or walks somewhere else. */
  thinkAt: number
  strikeAt: number
  /** When a strike it has begun lands; 0 = none. */
  landsAt: number
  /** Reels until then. */
  stunnedUntil: number
  pushX: number
  pushY: number
  /** When the dead one disappears; 0 while alive. */
  goneAt: number
  asleepUntil: number
  /** Who has struck it: all of them get its experience. */
  readonly foes: Set<number>
}

export interface LootMind {
  readonly until: number
  /** Nobody can take it before. */
  readonly ripeAt: number
  /** Somebody's hero is just being given it. */
  claimed: boolean
}

export interface Minds {
  readonly players: Map<number, PlayerMind>
  readonly beasts: Map<number, BeastMind>
  readonly loot: Map<number, LootMind>
  /** Camps that get a monster back, and when. */
  readonly births: { camp: number; at: number }[]
  /** What calls to heroes have brought back; applied in the next step. */
  readonly settled: (() => void)[]
}

const byWorld = new WeakMap<object, Minds>()

export function mindsOf(world: Frontier): Minds {
  let minds = byWorld.get(world)
  if (minds === undefined) {
    const fresh: Minds = {
      players: new Map(),
      beasts: new Map(),
      loot: new Map(),
      births: [],
      settled: [],
    }
    minds = fresh
    byWorld.set(world, minds)
  }
  return minds
}

export function mindOf(world: Frontier, player: PlayerEntity): PlayerMind {
  const { players } = mindsOf(world)
  let mind = players.get(player.id)
  if (mind === undefined) {
    mind = {
      account: world.playerOf(player)?.id ?? '',
      ...{ credit: stepCreditMax, direction: 0, steps: 0, strikeAt: 0, hurtAt: 0, respawnAt: 0 },
      ...{ xp: 0, kills: 0, rewardAt: 0, rewarding: false, drinking: false },
      ...{ sayCredit: 3, sayAt: 0 },
    }
    players.set(player.id, mind)
  }
  return mind
}

/**
 * Runs `then` with the answer of an actor in the next step, or `failed` where there is none:
 * between two ticks nobody
 * may expect the world to change.
 */
export function settle<T>(
  world: Frontier,
  answer: Promise<T>,
  then: (value: T) => void,
  failed: () => void,
): void {
  const { settled } = mindsOf(world)
  answer.then(
    (value) => settled.push(() => then(value)),
    (error: unknown) => {
      const refused = error instanceof RealmError && error.code === 'REFUSED'
      if (!refused) world.log.warn({ error: String(error) }, 'A hero did not answer.')
      settled.push(failed)
    },
  )
}

export function runSettled(world: Frontier): void {
  const { settled } = mindsOf(world)
  for (let run = settled.shift(); run !== undefined; run = settled.shift()) run()
}
