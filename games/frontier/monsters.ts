import { maul } from './combat.ts'
import {
  type Frontier,
  Monster,
  type MonsterEntity,
  Player,
  type PlayerEntity,
} from './entities.ts'
import { type BeastMind, mindsOf } from './minds.ts'
import { camps } from './web/shared/camps.ts'
import { type Species, species, tickHz, tickSeconds, village } from './web/shared/rules.ts'
import { villageDistance } from './web/shared/terrain.ts'
import { isFree, move } from './web/shared/walk.ts'

const rebirthTicks = 14 * tickHz
/** A strike is announced this long before it lands: time to step aside. */
const windUpTicks = 7
const lookEveryTicks = 8
/** Monsters whom nobody can see stand still for this long before they look again. */
const napTicks = 20
const wakeRadius = 34
/** No monster comes nearer to the village's middle. */
const sanctuary = village.radius + 6

/** Fills every camp up to its number. */
export function populate(world: Frontier): void {
  const { beasts } = mindsOf(world)
  // What came back without its mind belongs to no camp.
  for (const monster of world.all(Monster)) if (!beasts.has(monster.id)) world.despawn(monster)
  camps().forEach(({ count }, camp) => {
    for (let born = 0; born < count; born += 1) bear(world, camp)
  })
}

export function bear(world: Frontier, camp: number): MonsterEntity | undefined {
  const home = camps()[camp]
  const kind = species[home?.species ?? -1]
  if (home === undefined || kind === undefined) return undefined
  const { x, y } = spotNear(world, home.x, home.y, home.radius, kind.radius)
  const monster = world.spawn(Monster, { x, y, hp: kind.hp, species: home.species })
  mindsOf(world).beasts.set(monster.id, {
    ...{ camp, homeX: home.x, homeY: home.y, target: 0, goalX: x, goalY: y },
    ...{ thinkAt: world.tick + Math.floor(world.random() * 60), strikeAt: 0, landsAt: 0 },
    ...{ stunnedUntil: 0, pushX: 0, pushY: 0, goneAt: 0, asleepUntil: 0, foes: new Set() },
  })
  return monster
}

function spotNear(world: Frontier, x: number, y: number, radius: number, body: number) {
  for (let attempt = 0; attempt < 8; attempt += 1) {
    const angle = world.random() * Math.PI * 2
    const distance = Math.sqrt(world.random()) * radius
    const spot = { x: x + Math.cos(angle) * distance, y: y + Math.sin(angle) * distance }
    if (isFree(spot.x, spot.y, body)) return spot
  }
  return { x, y }
}

export function stepMonsters(world: Frontier): void {
  const { beasts, births } = mindsOf(world)
  const { tick } = world
  for (const [id, mind] of beasts) {
    if (mind.asleepUntil > tick) continue
    const monster = world.get(id)
    if (monster?.kind !== 'Monster') {
      beasts.delete(id)
      births.push({ camp: mind.camp, at: tick + rebirthTicks })
    } else if (mind.goneAt > 0) {
      if (tick >= mind.goneAt) world.despawn(monster)
    } else act(world, monster, mind)
  }
  for (let index = births.length - 1; index >= 0; index -= 1) {
    const birth = births[index]
    if (birth === undefined || birth.at > tick) continue
    births.splice(index, 1)
    bear(world, birth.camp)
  }
}

function act(world: Frontier, monster: MonsterEntity, mind: BeastMind): void {
  const kind = species[monster.species]
  if (kind === undefined) return
  if (mind.stunnedUntil > world.tick) {
    move(monster, mind.pushX, mind.pushY, kind.radius)
    return
  }
  if (mind.target === 0 && (world.tick + monster.id) % lookEveryTicks === 0) {
    look(world, monster, mind, kind)
  }
  const prey = mind.target === 0 ? undefined : preyOf(world, monster, mind, kind)
  if (prey !== undefined) hunt(world, monster, mind, kind, prey)
  else wander(world, monster, mind, kind)
}

/** Finds somebody to attack, or out that nobody is near enough to see it. */
function look(world: Frontier, monster: MonsterEntity, mind: BeastMind, kind: Species): void {
  if (kind.sight > 0) {
    for (const player of world.near(monster.x, monster.y, kind.sight, Player)) {
      if (player.hp === 0 || villageDistance(player.x, player.y) < sanctuary) continue
      mind.target = player.id
      return
    }
  }
  const resting = Math.hypot(monster.x - mind.homeX, monster.y - mind.homeY) < kind.leash
  if (resting && world.near(monster.x, monster.y, wakeRadius, Player).length === 0) {
    mind.asleepUntil = world.tick + napTicks
    mind.foes.clear()
    monster.hp = kind.hp
  }
}

/** Whom it hunts, if that one is still to be had. */
function preyOf(
  world: Frontier,
  monster: MonsterEntity,
  mind: BeastMind,
  kind: Species,
): PlayerEntity | undefined {
  const prey = world.get(mind.target)
  const strayed = Math.hypot(monster.x - mind.homeX, monster.y - mind.homeY) > kind.leash
  if (
    prey?.kind === 'Player' &&
    prey.hp > 0 &&
    !strayed &&
    villageDistance(prey.x, prey.y) > sanctuary
  ) {
    return prey
  }
  mind.target = 0
  mind.landsAt = 0
  mind.goalX = mind.homeX
  mind.goalY = mind.homeY
  mind.thinkAt = world.tick + tickHz * 4
  return undefined
}

function hunt(
  world: Frontier,
  monster: MonsterEntity,
  mind: BeastMind,
  kind: Species,
  prey: PlayerEntity,
): void {
  const dx = prey.x - monster.x
  const dy = prey.y - monster.y
  const distance = Math.hypot(dx, dy)
  if (mind.landsAt > 0) {
    if (world.tick < mind.landsAt) return
    mind.landsAt = 0
    if (distance < kind.reach + 0.55) maul(world, prey, kind.damage)
    return
  }
  if (distance > kind.reach * 0.9) {
    // A pack comes from all sides: each aims a little beside its prey.
    const side = (monster.id % 7) - 3
    const spread = Math.min(0.5, distance * 0.04) * side
    const way = kind.speed * tickSeconds
    const angle = Math.atan2(dy, dx) + spread * 0.35
    monster.facing = angle
    move(monster, Math.cos(angle) * way, Math.sin(angle) * way, kind.radius)
  } else if (world.tick >= mind.strikeAt) {
    monster.facing = Math.atan2(dy, dx)
    monster.swing = (monster.swing + 1) % 256
    mind.strikeAt = world.tick + kind.cooldownTicks
    mind.landsAt = world.tick + windUpTicks
  }
}

function wander(world: Frontier, monster: MonsterEntity, mind: BeastMind, kind: Species): void {
  if (world.tick >= mind.thinkAt) {
    mind.thinkAt = world.tick + Math.floor(tickHz * (2 + world.random() * 5))
    const radius = camps()[mind.camp]?.radius ?? 5
    const goal = spotNear(world, mind.homeX, mind.homeY, radius, kind.radius)
    mind.goalX = goal.x
    mind.goalY = goal.y
    if (mind.foes.size > 0) mind.foes.clear()
    if (monster.hp < kind.hp) monster.hp = kind.hp
  }
  const dx = mind.goalX - monster.x
  const dy = mind.goalY - monster.y
  const distance = Math.hypot(dx, dy)
  if (distance < 0.3) return
  const away = Math.hypot(monster.x - mind.homeX, monster.y - mind.homeY) > 9
  const way = Math.min(distance, kind.speed * (away ? 1 : 0.35) * tickSeconds)
  monster.facing = Math.atan2(dy, dx)
  move(monster, (dx / distance) * way, (dy / distance) * way, kind.radius)
}
