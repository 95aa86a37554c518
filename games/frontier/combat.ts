import { type Frontier, Monster, type MonsterEntity, type PlayerEntity } from './entities.ts'
import { scatter } from './loot.ts'
import { mindOf, mindsOf } from './minds.ts'
import {
  respawnTicks,
  species,
  strikeCooldownTicks,
  strikeHalfArc,
  tickHz,
  turnBetween,
  weapons,
} from './web/shared/rules.ts'

/** How long a slain monster lies there. */
const corpseTicks = 10
const pushMetres = 0.22
const widestMonster = Math.max(...species.map(({ radius }) => radius))

/**
 * A player strikes: the nearest monster within reach and arc is hit, where the player saw it. Too
 * early it does nothing.
 */
export function strike(world: Frontier, me: PlayerEntity, facing: number): void {
  const mind = mindOf(world, me)
  if (me.hp === 0 || world.tick < mind.strikeAt) return
  mind.strikeAt = world.tick + strikeCooldownTicks
  me.facing = facing
  me.swing = (me.swing + 1) % 256
  const weapon = weapons[me.weapon] ?? weapons[0]
  if (weapon === undefined) return
  const target = nearestInArc(world, me, facing, weapon.reach)
  if (target === undefined) return
  const strong = world.random() < 0.12 ? 2 : 1
  const damage = weapon.damage * (0.85 + world.random() * 0.3) + me.level * 1.5
  wound(world, target, me, Math.round(damage * strong))
}

function nearestInArc(
  world: Frontier,
  me: PlayerEntity,
  facing: number,
  reach: number,
): MonsterEntity | undefined {
  const past = world.seenBy(me)
  let nearest: MonsterEntity | undefined
  let least = Number.POSITIVE_INFINITY
  for (const monster of past.near(me.x, me.y, reach + widestMonster, Monster)) {
    const was = past.position(monster)
    if (monster.hp === 0 || was === undefined) continue
    const dx = was.x - me.x
    const dy = was.y - me.y
    const gap = Math.hypot(dx, dy) - (species[monster.species]?.radius ?? 0)
    if (gap > reach || gap >= least) continue
    const off = Math.abs(turnBetween(facing, Math.atan2(dy, dx)))
    // Whoever stands upon one's toes is hit wherever one looks.
    if (off > strikeHalfArc && gap > 0.5) continue
    nearest = monster
    least = gap
  }
  return nearest
}

function wound(world: Frontier, monster: MonsterEntity, by: PlayerEntity, damage: number): void {
  const { beasts } = mindsOf(world)
  const mind = beasts.get(monster.id)
  monster.hp = Math.max(0, monster.hp - damage)
  if (mind === undefined) return
  mind.foes.add(by.id)
  mind.asleepUntil = 0
  if (mind.target === 0) mind.target = by.id
  const heavy = (species[monster.species]?.hp ?? 0) > 200
  const angle = Math.atan2(monster.y - by.y, monster.x - by.x)
  const push = heavy ? 0 : pushMetres
  mind.pushX = Math.cos(angle) * push
  mind.pushY = Math.sin(angle) * push
  mind.stunnedUntil = world.tick + (heavy ? 0 : 4)
  if (!heavy) mind.landsAt = 0
  if (monster.hp === 0) slay(world, monster)
}

/** Everyone who struck it has earned its experience; what it carried falls to the ground. */
function slay(world: Frontier, monster: MonsterEntity): void {
  const mind = mindsOf(world).beasts.get(monster.id)
  const { xp } = species[monster.species] ?? { xp: 0 }
  if (mind === undefined) return
  mind.goneAt = world.tick + corpseTicks
  mind.target = 0
  for (const id of mind.foes) {
    const foe = mindsOf(world).players.get(id)
    if (foe === undefined) continue
    foe.xp += xp
    foe.kills += 1
  }
  scatter(world, monster)
}

/** A monster's strike lands on a player. */
export function maul(world: Frontier, player: PlayerEntity, damage: number): void {
  if (player.hp === 0) return
  const mind = mindOf(world, player)
  const dealt = Math.max(1, Math.round(damage * (0.8 + world.random() * 0.4)))
  player.hp = Math.max(0, player.hp - dealt)
  mind.hurtAt = world.tick
  if (player.hp > 0) return
  mind.respawnAt = world.tick + respawnTicks
  mind.steps = 0
  mind.strikeAt = mind.respawnAt + tickHz / 2
}
