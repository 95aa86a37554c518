/**
 * The numbers of the game, known to the server and to browsers. Lengths are metres, times
 * seconds.
 */

/** The world is a square with this edge, in metres. */
export const worldEdge = 512
/** Where the village stands. */
export const village = { x: 256, y: 256, radius: 15 } as const
/** How far a player sees, in metres. */
export const viewRadius = 28
export const tickHz = 20
export const tickSeconds = 1 / tickHz

/** Half a body's width, for bumping into trees. */
export const bodyRadius = 0.4
export const playerSpeed = 5.2
/** Directions a walk command may name: 0 … directions − 1, counted clockwise from east. */
export const directions = 32
/** Ticks that one walk command may last. */
export const walkStepsMax = 10
/** Steps that a player who stood still may catch up on after a hitch of the network. */
export const stepCreditMax = 10
/** A strike hits what its player saw, at most this long ago. */
export const rewindMs = 750

export const strikeCooldownTicks = 9
/** Half the arc that a strike covers, in radians. */
export const strikeHalfArc = 1.25
/** A player who is dead comes back after this many ticks. */
export const respawnTicks = 60
export const pickUpRadius = 1.3
export const lootLifeTicks = 45 * tickHz
export const sayCharsMax = 120

export const levelMax = 60

/** Experience needed in total to be of a level. */
export function xpOfLevel(level: number): number {
  return 20 * (level - 1) * (level + 1)
}

/** The level that so much experience makes, 1 … levelMax. */
export function levelOfXp(xp: number): number {
  return Math.max(1, Math.min(levelMax, Math.floor(Math.sqrt(Math.max(0, xp) / 20 + 1))))
}

export function hpOfLevel(level: number): number {
  return 100 + 12 * (level - 1)
}

export interface Weapon {
  readonly name: string
  readonly damage: number
  /** How far it reaches from the middle of its bearer. */
  readonly reach: number
}

/** By number; a higher number is a better weapon. */
export const weapons: readonly Weapon[] = [
  { name: 'Oak stick', damage: 9, reach: 2.1 },
  { name: 'Iron sword', damage: 14, reach: 2.3 },
  { name: 'Woodman’s axe', damage: 18, reach: 2.2 },
  { name: 'Silver spear', damage: 22, reach: 2.9 },
  { name: 'Ember blade', damage: 30, reach: 2.6 },
]

export interface Species {
  readonly name: string
  readonly hp: number
  readonly damage: number
  readonly speed: number
  /** How near a player may come before it attacks; 0 = only when struck. */
  readonly sight: number
  /** How far from its home it chases anybody. */
  readonly leash: number
  readonly reach: number
  readonly cooldownTicks: number
  readonly xp: number
  readonly gold: number
  /** Half its width, in metres. */
  readonly radius: number
}

/** By number, as in the field `species`. */
export const species: readonly Species[] = [
  {
    ...{ name: 'Meadow slime', hp: 34, damage: 5, speed: 2.1, sight: 4.5, leash: 14 },
    ...{ reach: 1.1, cooldownTicks: 26, xp: 8, gold: 4, radius: 0.6 },
  },
  {
    ...{ name: 'Thicket boar', hp: 62, damage: 9, speed: 3.9, sight: 0, leash: 20 },
    ...{ reach: 1.4, cooldownTicks: 28, xp: 16, gold: 8, radius: 0.7 },
  },
  {
    ...{ name: 'Grey wolf', hp: 78, damage: 12, speed: 4.5, sight: 8.5, leash: 26 },
    ...{ reach: 1.4, cooldownTicks: 20, xp: 26, gold: 13, radius: 0.65 },
  },
  {
    ...{ name: 'Stone troll', hp: 320, damage: 26, speed: 3, sight: 7, leash: 18 },
    ...{ reach: 2, cooldownTicks: 34, xp: 120, gold: 70, radius: 1.15 },
  },
]

export interface Item {
  readonly key: string
  readonly name: string
}

/**
 * What may lie on the ground, by number as in the field `item`. Weapons follow from
 * `firstWeaponItem` on.
 */
export const items: readonly Item[] = [
  { key: 'gold', name: 'gold' },
  { key: 'potion', name: 'Healing potion' },
  { key: 'gem', name: 'Ruby' },
  { key: 'pelt', name: 'Pelt' },
  { key: 'herb', name: 'Moonherb' },
  ...weapons.slice(1).map(({ name }, index) => ({ key: `weapon${index + 1}`, name })),
]
export const goldItem = 0
export const potionItem = 1
export const gemItem = 2
export const peltItem = 3
export const herbItem = 4
export const firstWeaponItem = 5
export const potionHeals = 60

/** The direction nearest to an angle in radians. */
export function directionOf(angle: number): number {
  const turns = Math.round((angle / (Math.PI * 2)) * directions)
  return ((turns % directions) + directions) % directions
}

/** The angle of a direction, in radians. */
export function angleOf(direction: number): number {
  return (direction / directions) * Math.PI * 2
}

/** The angle from `a` to `b` the short way round, −π … π. */
export function turnBetween(a: number, b: number): number {
  const turn = (b - a) / (Math.PI * 2)
  return (turn - Math.round(turn)) * Math.PI * 2
}
