import {
  type Frontier,
  Loot,
  type LootEntity,
  type MonsterEntity,
  Player,
  type PlayerEntity,
} from './entities.ts'
import { hero } from './hero.ts'
import { type LootMind, mindsOf, settle } from './minds.ts'
import {
  firstWeaponItem,
  gemItem,
  goldItem,
  herbItem,
  lootLifeTicks,
  peltItem,
  pickUpRadius,
  potionItem,
  species,
} from './web/shared/rules.ts'
import { isFree } from './web/shared/walk.ts'

/** Things lie there for a moment before they can be taken, so that one sees what fell. */
const ripeTicks = 12
const lookEveryTicks = 3

/** What a slain monster leaves behind. */
export function scatter(world: Frontier, { x, y, species: number }: MonsterEntity): void {
  const kind = species[number]
  if (kind === undefined) return
  const mighty = number === 3
  const gold = Math.max(1, Math.round(kind.gold * (0.6 + world.random() * 0.8)))
  drop(world, x, y, goldItem, gold)
  if (world.random() < 0.16 || mighty) drop(world, x, y, potionItem, 1)
  if (world.random() < (mighty ? 0.9 : 0.05)) drop(world, x, y, gemItem, 1)
  if (number === 0 && world.random() < 0.35) drop(world, x, y, herbItem, 1)
  if ((number === 1 || number === 2) && world.random() < 0.4) drop(world, x, y, peltItem, 1)
  if (world.random() < (mighty ? 0.6 : 0.035)) {
    const rank = Math.min(3, Math.floor(world.random() * (1.4 + number * 0.8)))
    drop(world, x, y, firstWeaponItem + rank, 1)
  }
}

export function drop(world: Frontier, x: number, y: number, item: number, amount: number): void {
  const angle = world.random() * Math.PI * 2
  const distance = 0.4 + world.random() * 0.7
  const beside = { x: x + Math.cos(angle) * distance, y: y + Math.sin(angle) * distance }
  const loot = world.spawn(Loot, {
    ...(isFree(beside.x, beside.y, 0.2) ? beside : { x, y }),
    item,
    amount,
  })
  mindsOf(world).loot.set(loot.id, mindAt(world.tick))
}

function mindAt(tick: number): LootMind {
  return { until: tick + lootLifeTicks, ripeAt: tick + ripeTicks, claimed: false }
}

export function stepLoot(world: Frontier): void {
  const minds = mindsOf(world).loot
  for (const [id, mind] of minds) {
    if ((world.tick + id) % lookEveryTicks !== 0 || mind.claimed) continue
    const loot = world.get(id)
    if (loot?.kind !== 'Loot') {
      minds.delete(id)
    } else if (world.tick >= mind.until) {
      minds.delete(id)
      world.despawn(loot)
    } else if (world.tick >= mind.ripeAt) {
      const taker = nearestAlive(world, loot)
      if (taker !== undefined) take(world, loot, mind, taker)
    }
  }
}

/** Things that came back with the world have no mind yet. */
export function rememberLoot(world: Frontier): void {
  for (const { id } of world.all(Loot)) mindsOf(world).loot.set(id, mindAt(world.tick))
}

function nearestAlive(world: Frontier, { x, y }: LootEntity): PlayerEntity | undefined {
  let nearest: PlayerEntity | undefined
  let least = Number.POSITIVE_INFINITY
  for (const player of world.near(x, y, pickUpRadius, Player)) {
    const distance = Math.hypot(player.x - x, player.y - y)
    if (player.hp === 0 || distance >= least) continue
    nearest = player
    least = distance
  }
  return nearest
}

/**
 * One player's hero is given the thing; until the store has answered nobody else can claim it,
 * and only then the
 * player hears of it and the thing disappears.
 */
export function take(world: Frontier, loot: LootEntity, mind: LootMind, taker: PlayerEntity): void {
  const account = world.playerOf(taker)
  if (account === undefined || mind.claimed) return
  mind.claimed = true
  const { id, item, amount } = loot
  settle(
    world,
    world.actor(hero, account.id).loot({ item, amount }),
    ({ weapon }) => {
      mindsOf(world).loot.delete(id)
      const there = world.get(id)
      if (there !== undefined) world.despawn(there)
      world.tell(account, 'looted', { item, amount })
      const avatar = world.avatarOf(account)
      if (avatar !== undefined) avatar.weapon = weapon
    },
    () => {
      mind.claimed = false
    },
  )
}
