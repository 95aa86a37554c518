import type { Player as Account } from 'realmkit'
import { type Frontier, Player, type PlayerEntity } from './entities.ts'
import { hero } from './hero.ts'
import { mindOf, mindsOf, type PlayerMind, settle } from './minds.ts'
import {
  angleOf,
  bodyRadius,
  directions,
  hpOfLevel,
  potionHeals,
  stepCreditMax,
  tickHz,
  village,
  walkStepsMax,
} from './web/shared/rules.ts'
import { villageDistance } from './web/shared/terrain.ts'
import { isFree, type Walk, walkOnce } from './web/shared/walk.ts'

/** Ticks before the next strike in which walkers look where they go. */
const lookTicks = 4
const sayCreditMax = 3
const sayTicks = tickHz * 1.5
const rewardTicks = tickHz
/** Wounds close by themselves this long after the last one. */
const calmTicks = tickHz * 4

export function arrive(
  world: Frontier,
  account: Account,
  look: number,
  nick: string,
): PlayerEntity {
  const place = somewhereInTheVillage(world)
  const me = world.spawn(Player, {
    ...place,
    facing: world.random() * Math.PI * 2,
    hp: hpOfLevel(1),
    hpMax: hpOfLevel(1),
    level: 1,
    look,
    name: plain(nick) || account.name,
  })
  const { id } = me
  mindOf(world, me).account = account.id
  settle(
    world,
    world.actor(hero, account.id).arrive({}),
    ({ level, weapon }) => {
      const there = world.get(id)
      if (there?.kind !== 'Player') return
      there.weapon = weapon
      grow(there, level)
    },
    () => {},
  )
  return me
}

export function depart(world: Frontier, me: PlayerEntity): void {
  const mind = mindsOf(world).players.get(me.id)
  if (mind !== undefined && mind.xp > 0) storeReward(world, mind, () => {})
  mindsOf(world).players.delete(me.id)
  world.despawn(me)
}

/** A walk command: the first step is taken at once, the others one per tick. */
export function walk(world: Frontier, me: PlayerEntity, { direction, steps }: Walk): void {
  const mind = mindOf(world, me)
  if (me.hp === 0) return
  mind.direction = direction % directions
  mind.steps = Math.min(steps, walkStepsMax)
  // Who has just struck still looks there.
  if (world.tick > mind.strikeAt - lookTicks) me.facing = angleOf(mind.direction)
  takeStep(me, mind)
}

function takeStep(me: PlayerEntity, mind: PlayerMind): void {
  if (mind.steps === 0 || mind.credit < 1) return
  mind.steps -= 1
  mind.credit -= 1
  walkOnce(me, mind.direction)
}

/** Credit of walkers is spent by commands first; what they asked for beyond is walked here. */
export function stepPlayers(world: Frontier): void {
  const { players } = mindsOf(world)
  for (const [id, mind] of players) {
    const me = world.get(id)
    if (me === undefined || !world.is(me, Player)) {
      players.delete(id)
      continue
    }
    mind.credit = Math.min(stepCreditMax, mind.credit + 1)
    if (me.hp === 0) {
      if (mind.respawnAt === 0) mind.respawnAt = world.tick + tickHz
      if (world.tick >= mind.respawnAt) respawn(world, me, mind)
      continue
    }
    // The credit a command may use at once is left to it: only a full purse is spent here.
    if (mind.steps > 0 && mind.credit > 1) takeStep(me, mind)
    if (me.hp < me.hpMax && (world.tick + id) % 10 === 0) heal(world, me, mind)
    if (mind.xp > 0 && !mind.rewarding && world.tick >= mind.rewardAt) reward(world, me, mind)
  }
}

function respawn(world: Frontier, me: PlayerEntity, mind: PlayerMind): void {
  const { x, y } = somewhereInTheVillage(world)
  me.x = x
  me.y = y
  me.hp = me.hpMax
  mind.respawnAt = 0
  mind.steps = 0
}

/** Half a second's healing; the campfire helps. */
function heal(world: Frontier, me: PlayerEntity, mind: PlayerMind): void {
  const warm = villageDistance(me.x, me.y) < 7
  if (!warm && world.tick - mind.hurtAt < calmTicks) return
  me.hp = Math.min(me.hpMax, me.hp + (warm ? 8 : 2))
}

function reward(world: Frontier, me: PlayerEntity, mind: PlayerMind): void {
  const { id } = me
  mind.rewardAt = world.tick + rewardTicks
  storeReward(world, mind, (level) => {
    const there = world.get(id)
    if (there?.kind === 'Player' && level > there.level) {
      grow(there, level)
      world.tell(there, 'levelled', { level })
    }
  })
}

function storeReward(world: Frontier, mind: PlayerMind, then: (level: number) => void): void {
  const { xp, kills } = mind
  mind.xp = 0
  mind.kills = 0
  mind.rewarding = true
  settle(
    world,
    world.actor(hero, mind.account).reward({ xp, kills }),
    ({ level }) => {
      mind.rewarding = false
      then(level)
    },
    () => {
      mind.rewarding = false
      mind.xp += xp
      mind.kills += kills
    },
  )
}

function grow(me: PlayerEntity, level: number): void {
  const gained = hpOfLevel(level) - me.hpMax
  me.level = level
  me.hpMax = hpOfLevel(level)
  if (me.hp > 0 && gained > 0) me.hp = Math.min(me.hpMax, me.hp + gained)
}

/** The potion is gone, durably, before it heals. */
export function drink(world: Frontier, me: PlayerEntity): void {
  const mind = mindOf(world, me)
  if (mind.drinking || me.hp === 0 || me.hp === me.hpMax) return
  const { id } = me
  mind.drinking = true
  settle(
    world,
    world.actor(hero, mind.account).drink({}),
    () => {
      mind.drinking = false
      const there = world.get(id)
      if (there?.kind !== 'Player' || there.hp === 0) return
      const healed = Math.min(potionHeals, there.hpMax - there.hp)
      there.hp += healed
      world.tell(there, 'drank', { healed })
    },
    () => {
      mind.drinking = false
    },
  )
}

/** Says something to everyone near; who talks too fast is not heard. */
export function say(world: Frontier, me: PlayerEntity, spoken: string): void {
  const mind = mindOf(world, me)
  const since = (world.tick - mind.sayAt) / sayTicks
  const credit = Math.min(sayCreditMax, mind.sayCredit + since)
  const text = plain(spoken)
  if (credit < 1 || text === '') return
  mind.sayCredit = credit - 1
  mind.sayAt = world.tick
  world.emitNear(me.x, me.y, 'said', { who: me.id, text })
}

/** Text without what breaks lines or turns them around. */
function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim()
}

function somewhereInTheVillage(world: Frontier): { x: number; y: number } {
  for (let attempt = 0; attempt < 40; attempt += 1) {
    const angle = world.random() * Math.PI * 2
    const distance = 3 + world.random() * 11
    const x = village.x + Math.cos(angle) * distance
    const y = village.y + Math.sin(angle) * distance
    if (isFree(x, y, bodyRadius)) return { x, y }
  }
  return { x: village.x, y: village.y + 3 }
}
