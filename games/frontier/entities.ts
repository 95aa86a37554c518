import { angle, type Entity, entity, entityId, text, u8, u16, type World } from 'realmkit'
import { sayCharsMax } from './web/shared/rules.ts'

/** People. What changes often comes first. */
export const Player = entity({
  facing: angle(8),
  hp: u16,
  /** Counts strikes, so that everyone sees each of them. */
  swing: u8,
  hpMax: u16,
  level: u16,
  /** Number of the weapon in `weapons`. */
  weapon: u8,
  /** Colours and hair, chosen at the door. */
  look: u16,
  name: text({ max: 24 }),
})

/** They live in camps, which fill up again by themselves, so none is stored. */
export const Monster = entity(
  { facing: angle(8), hp: u16, swing: u8, species: u8 },
  { persist: false },
)

/** Something on the ground. Once picked up it is in the hero's durable state. */
export const Loot = entity({ item: u8, amount: u16 }, { persist: false })

export const kinds = { Player, Monster, Loot }

export const events = {
  /** Said by somebody near. */
  said: { who: entityId, text: text({ max: sayCharsMax }) },
  /** It is in your bag, durably. */
  looted: { item: u8, amount: u16 },
  /** You drank a potion. */
  drank: { healed: u16 },
  /** You have reached a level. */
  levelled: { level: u16 },
}

export type PlayerEntity = Entity<typeof Player, 'Player'>
export type MonsterEntity = Entity<typeof Monster, 'Monster'>
export type LootEntity = Entity<typeof Loot, 'Loot'>
export type Frontier = World<typeof kinds, PlayerEntity, typeof events>
