import {
  angle,
  command,
  defineGame,
  defineWorld,
  type Entity,
  entity,
  f64,
  i16,
  serverOnly,
  u8,
  u16,
  u32,
  type World,
} from '../../src/index.ts'
import type { TileStreamDescriptor } from '../../src/protocol/index.ts'
import { Writer } from '../../src/schema/index.ts'
import { loginAsAnyone, type RigGame } from './game.ts'
import { seeded } from './random.ts'

const TICK_HZ = 20
const METRES_PER_SECOND = 4
const REACH_METRES = 2.5
/** Who is struck stands at most 1.2 radians to either side. */
const ARC_COSINE = Math.cos(1.2)
const COOLDOWN_TICKS = 10
const HP_MAX = 100
const INPUT_BYTES = 13

const Fighter = entity({
  facing: angle(8),
  hp: u8,
  swing: u8,
  kills: u16,
  readyAt: serverOnly(u32),
})
type Camp = World<{ Fighter: typeof Fighter }>
type OneFighter = Entity<typeof Fighter, 'Fighter'>

/**
 * A camp in which everybody sees everybody and fights: walks about, turns as the client says, and
 * strikes whoever of all is nearest in front. Who falls rises somewhere else.
 */
export function fighters({ side }: { readonly side: number }): RigGame {
  const random = seeded(20_260_103)
  let world: Camp | undefined
  let stepMs = 0
  let ticks = 0
  const camp = defineWorld(
    {
      size: { width: side, height: side },
      // Corner to corner, and beyond.
      viewRadius: side * 1.5,
      // The finest that a camp needs; by its view the world would choose a coarser one.
      precision: 1 / 32,
      tickHz: TICK_HZ,
      entities: { Fighter },
      avatar: Fighter,
    },
    {
      create: (created) => {
        world = created
      },
      join: (joined) => {
        const at = { x: random() * side, y: random() * side, facing: random() * 6.28 }
        return joined.spawn(Fighter, { ...at, hp: HP_MAX, readyAt: joined.tick })
      },
      step: (stepped) => {
        const begunMs = performance.now()
        for (const me of stepped.all(Fighter)) fight(stepped, me, side, random)
        stepMs = performance.now() - begunMs
        ticks += 1
      },
      commands: {
        // As that of the clients of `fanout`: only `turn` does anything.
        turn: command(
          { turn: i16, time: f64, aim: u16, keys: u8 },
          (_world, me, { turn }) => {
            me.facing += (turn / 65_536) * 2 * Math.PI
          },
          { reliable: false },
        ),
      },
    },
  )

  return {
    definition: defineGame({ name: 'fighters', worlds: { camp }, login: loginAsAnyone }),
    descriptor: camp.describe().world as TileStreamDescriptor,
    tickHz: TICK_HZ,
    get stepMs() {
      return stepMs
    },
    get ticks() {
      return ticks
    },
    everybody: () => world?.all(Fighter) ?? [],
  }
}

const found: OneFighter[] = []

function fight(camp: Camp, me: OneFighter, side: number, random: () => number): void {
  const x = me.x + Math.cos(me.facing) * METRES_PER_SECOND * camp.dt
  const y = me.y + Math.sin(me.facing) * METRES_PER_SECOND * camp.dt
  if (x < 0 || x > side || y < 0 || y > side) me.facing += 2.5
  me.x = x
  me.y = y
  if (me.readyAt > camp.tick) return
  const foe = nearestInFront(camp, me)
  if (foe === undefined) return
  me.readyAt = camp.tick + COOLDOWN_TICKS
  me.swing = (me.swing + 1) & 255
  foe.hp = Math.max(0, foe.hp - 8 - Math.floor(random() * 8))
  if (foe.hp > 0) return
  me.kills += 1
  Object.assign(foe, { hp: HP_MAX, x: random() * side, y: random() * side })
}

function nearestInFront(camp: Camp, me: OneFighter): OneFighter | undefined {
  let nearest: OneFighter | undefined
  let least = Number.POSITIVE_INFINITY
  for (const foe of camp.near(me.x, me.y, REACH_METRES, Fighter, found)) {
    if (foe === me) continue
    const dx = foe.x - me.x
    const dy = foe.y - me.y
    const square = dx * dx + dy * dy
    if (square >= least || Math.cos(Math.atan2(dy, dx) - me.facing) < ARC_COSINE) continue
    nearest = foe
    least = square
  }
  return nearest
}

/** The input of the `turn` command. */
export function turnInput(turn: number): Uint8Array {
  const writer = new Writer(INPUT_BYTES)
  writer.i16(turn)
  const input = new Uint8Array(INPUT_BYTES)
  input.set(writer.view())
  return input
}
