import type { WorldOf } from 'realmkit/client'
import type game from '../../game.ts'

export type FrontierWorld = WorldOf<typeof game, 'frontier'>

/** Something in view: a player, a monster or a thing on the ground. */
export type Being = Parameters<Parameters<FrontierWorld['onAdd']>[0]>[0]
export type PlayerBeing = Extract<Being, { kind: 'Player' }>
export type MonsterBeing = Extract<Being, { kind: 'Monster' }>
export type LootBeing = Extract<Being, { kind: 'Loot' }>

/** What the hero owns and is, as it is stored. */
export interface Hero {
  readonly gold: number
  readonly xp: number
  readonly level: number
  readonly kills: number
  readonly weapon: number
  count(item: string): number
}

export interface FeedEvents {
  said(who: number, text: string): void
  looted(item: number, amount: number): void
  drank(healed: number): void
  levelled(level: number): void
  status(status: 'connected' | 'reconnecting' | 'closed'): void
}

/** What is known of the way to the server, and what hides its length. */
export interface Link {
  readonly pingMs: number
  /** How far behind the newest frames others are shown, in ms. */
  readonly delayMs: number
  /** How fast the world's time passes: 1, less where the server has too much to do. */
  readonly pace: number
  /** How wrong the own position was when the server last told it, in metres. */
  readonly errorMetres: number
  /** Own steps that the server has not confirmed. */
  readonly pending: number
  readonly feel: FrontierWorld['feel']
}

/** The world as the scene needs it. */
export interface Feed {
  readonly me: number
  readonly link: Link
  readonly hero: Hero | undefined
  readonly playerId: string
  /** Everything as it is to be drawn now; array and objects are reused. */
  view(nowMs: number): readonly Being[]
  get(id: number): Being | undefined
  /** One tick of walking; to be called at the pace of ticks. */
  walk(direction: number): void
  strike(facing: number): void
  drink(): void
  say(text: string): void
}
