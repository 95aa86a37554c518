// Bots for `realmkit bots URL --script games/frontier/bots.ts`: they roam, fight, gather and chat.
import type { BotScript } from 'realmkit/client'
import type game from './game.ts'
import { camps } from './web/shared/camps.ts'
import { directionOf, species, village, weapons } from './web/shared/rules.ts'

const thinkMs = 300
/** Steps that a walk command asks for: a little more than pass until the next one. */
const stepsPerThought = 8
const sightMetres = 12
const phrases = [
  ...['Anyone for wolves?', 'This way!', 'Nice one!', 'Watch the river.', 'Back to the fire…'],
  ...['Found a ruby!', 'Those slimes are everywhere', 'Hello there!', 'Trolls in the north'],
  ...['Need a potion', 'I love autumn here', 'Wait for me', 'Who lit the fire?', 'On my way'],
]

const firsts = [
  ...['Al', 'Bran', 'Cor', 'Da', 'El', 'Fen', 'Gar', 'Hal', 'Is', 'Jo', 'Ka', 'Lo', 'Mar'],
  ...['Nim', 'Or', 'Per', 'Quin', 'Ro', 'Sel', 'Tam', 'Ul', 'Va', 'Wil', 'Yl', 'Za'],
]
const lasts = [
  ...['a', 'bert', 'dan', 'dis', 'en', 'fa', 'gwen', 'ian', 'ka', 'la', 'lin', 'mir'],
  ...['na', 'ra', 'rick', 'ris', 'sa', 'thea', 'vin', 'wyn'],
]

interface Point {
  readonly x: number
  readonly y: number
}

/** Where bots like to go: camps of monsters and the village. */
const sights: readonly Point[] = camps().filter(({ x, y }) => {
  return Math.hypot(x - village.x, y - village.y) < 80
})

export default (async ({ realm, random, every }) => {
  const pick = <T>(from: readonly T[]): T | undefined => from[Math.floor(random() * from.length)]
  const nick = `${pick(firsts)}${pick(lasts)}`
  const look = Math.floor(random() * 0x10000)
  const world = await realm.worlds.frontier.join({}, { look, nick })
  let goal: Point = village
  let patience = 0
  /** Thoughts for which it stands still. */
  let rest = 0
  let last: Point = village

  const nearest = (me: Point) => {
    let best: { x: number; y: number; monster: boolean; reach: number } | undefined
    let least = sightMetres
    for (const being of world.entities.values()) {
      if (being.kind === 'Player') continue
      const monster = being.kind === 'Monster'
      if (monster && (being.fields.hp === 0 || being.fields.species === 3)) continue
      const distance = Math.hypot(being.x - me.x, being.y - me.y) * (monster ? 1 : 0.6)
      if (distance >= least) continue
      least = distance
      const reach = monster ? (species[being.fields.species]?.radius ?? 0) : 0
      best = { x: being.x, y: being.y, monster, reach }
    }
    return best
  }

  const wander = (me: Point) => {
    patience -= 1
    const stuck = Math.hypot(me.x - last.x, me.y - last.y) < 0.2
    if (patience < 0 || stuck || Math.hypot(goal.x - me.x, goal.y - me.y) < 3) {
      patience = 40 + random() * 60
      const home = random() < 0.24
      const arrived = Math.hypot(me.x - village.x, me.y - village.y) < 12
      if (arrived && goal !== village && random() < 0.6) rest = 8 + random() * 40
      const place = home ? village : (pick(sights) ?? village)
      goal = { x: place.x + (random() - 0.5) * 14, y: place.y + (random() - 0.5) * 14 }
    }
    last = { x: me.x, y: me.y }
    return goal
  }

  const think = () => {
    const me = world.entities.get(world.me)
    if (me?.kind !== 'Player' || me.fields.hp === 0) return
    const { hp, hpMax, weapon } = me.fields
    const weak = hp < hpMax * 0.3
    if (weak && random() < 0.3) world.send.drink({})
    const prey = weak ? undefined : nearest(me)
    if (rest > 0 && prey === undefined) {
      rest -= 1
      return
    }
    const target = weak ? village : (prey ?? wander(me))
    const dx = target.x - me.x
    const dy = target.y - me.y
    const distance = Math.hypot(dx, dy)
    const angle = Math.atan2(dy, dx)
    const reach = (weapons[weapon]?.reach ?? 2) + (prey?.reach ?? 0)
    if (prey?.monster && distance < reach) {
      world.send.strike({ facing: angle })
      if (distance > reach * 0.7) return
      // A fighter circles instead of standing still.
      world.send.walk({ direction: directionOf(angle + 1.8), steps: 3 })
    } else if (distance > 0.4) {
      const swerve = (random() - 0.5) * 0.5
      world.send.walk({ direction: directionOf(angle + swerve), steps: stepsPerThought })
    }
    if (random() < 0.0025) world.send.say({ text: pick(phrases) ?? 'Hello!' })
  }
  every(thinkMs, think)
}) satisfies BotScript<typeof game>
