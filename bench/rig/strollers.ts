import { angle, defineGame, defineWorld, type Entity, entity, type World } from '../../src/index.ts'
import type { TileStreamDescriptor } from '../../src/protocol/index.ts'
import { loginAsAnyone, type RigGame } from './game.ts'
import { seeded } from './random.ts'

const TICK_HZ = 20
const METRES_PER_SECOND = 4
/** How fast one turns on the way, and on the spot, in radians a second. */
const CURVE_MAX = 0.8
const SPIN = 2.5
const Stroller = entity({ facing: angle(8) })
type Stroll = World<{ Stroller: typeof Stroller }>
type OneStroller = Entity<typeof Stroller, 'Stroller'>

/** What one is about, until when, and how fast one turns meanwhile. */
interface Errand {
  does: 'walk' | 'turn' | 'rest'
  untilTick: number
  turn: number
}

export interface StrollersOptions {
  readonly side: number
  readonly viewRadius: number
  /** In metres; left out, the world chooses. */
  readonly precision?: number
}

/**
 * People as bots play them: they walk a while in a curve, stop, look around and walk on. From one
 * seed, so that every run is the same walk.
 */
export function strollers({ side, viewRadius, precision }: StrollersOptions): RigGame {
  const random = seeded(20_260_102)
  const errands = new Map<number, Errand>()
  let world: Stroll | undefined
  const plaza = defineWorld(
    {
      size: { width: side, height: side },
      viewRadius,
      tickHz: TICK_HZ,
      persist: false,
      entities: { Stroller },
      avatar: Stroller,
      ...(precision !== undefined && { precision }),
    },
    {
      create: (created) => {
        world = created
      },
      join: (joined) => {
        const at = { x: random() * side, y: random() * side, facing: random() * 6.28 }
        return joined.spawn(Stroller, at)
      },
      step: (stepped, dt) => {
        for (const one of stepped.all(Stroller)) stroll(one, stepped.tick, dt)
      },
    },
  )

  function stroll(one: OneStroller, tick: number, dt: number): void {
    let errand = errands.get(one.id)
    if (errand === undefined || errand.untilTick <= tick) {
      errand = newErrand(tick)
      errands.set(one.id, errand)
    }
    if (errand.does === 'rest') return
    one.facing += errand.turn * dt
    if (errand.does === 'turn') return
    const x = one.x + Math.cos(one.facing) * METRES_PER_SECOND * dt
    const y = one.y + Math.sin(one.facing) * METRES_PER_SECOND * dt
    if (x < 0 || x > side || y < 0 || y > side) one.facing += Math.PI
    one.x = x
    one.y = y
  }

  function newErrand(tick: number): Errand {
    const what = random()
    const seconds = 0.5 + random() * (what < 0.6 ? 6 : 2)
    const untilTick = tick + Math.ceil(seconds * TICK_HZ)
    // Half of the ways are straight.
    const curve = random() < 0.5 ? 0 : (random() * 2 - 1) * CURVE_MAX
    if (what < 0.6) return { does: 'walk', untilTick, turn: curve }
    if (what < 0.75) return { does: 'turn', untilTick, turn: random() < 0.5 ? SPIN : -SPIN }
    return { does: 'rest', untilTick, turn: 0 }
  }

  return {
    definition: defineGame({ name: 'strollers', worlds: { plaza }, login: loginAsAnyone }),
    descriptor: plaza.describe().world as TileStreamDescriptor,
    tickHz: TICK_HZ,
    stepMs: 0,
    ticks: 0,
    everybody: () => world?.all(Stroller) ?? [],
  }
}
