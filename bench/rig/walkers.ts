import { angle, defineGame, defineWorld, type Entity, entity, type World } from '../../src/index.ts'
import type { TileStreamDescriptor } from '../../src/protocol/index.ts'
import { loginAsAnyone, type RigGame } from './game.ts'
import { seeded } from './random.ts'

const TICK_HZ = 20
const METRES_PER_SECOND = 4
const Walker = entity({ facing: angle(8) })
type Walk = World<{ Walker: typeof Walker }>
type OneWalker = Entity<typeof Walker, 'Walker'>

export interface WalkersOptions {
  /** Side of the square in metres. */
  readonly side: number
  readonly viewRadius: number
  /** Walkers besides those of clients. */
  readonly extras?: number
  /** Whether they walk, or just stand there. Default true. */
  readonly moving?: boolean
  /** Default true, as everywhere. */
  readonly persist?: boolean
}

export interface Walkers extends RigGame {
  /** Spawns so many in the next tick; `stepMs` tells how long that took. */
  insert(count: number): void
  /** Takes all of those out again, in the next tick. */
  clear(): void
}

/** A square in which everybody walks at 4 m/s, each a little to the left and right. */
export function walkers(options: WalkersOptions): Walkers {
  const { side, viewRadius, extras = 0, moving = true, persist = true } = options
  const random = seeded(20_260_101)
  let world: Walk | undefined
  let stepMs = 0
  let ticks = 0
  let inserted = { first: 1, last: 0 }
  let next: ((stepped: Walk) => void) | undefined
  const born = (into: Walk): OneWalker =>
    into.spawn(Walker, { x: random() * side, y: random() * side, facing: random() * 6.28 })
  const square = defineWorld(
    {
      size: { width: side, height: side },
      viewRadius,
      tickHz: TICK_HZ,
      persist,
      entities: { Walker },
      avatar: Walker,
      entitiesMax: 131_072,
    },
    {
      create: (created) => {
        world = created
        for (let count = 0; count < extras; count += 1) born(created)
      },
      join: (joined) => born(joined),
      step: (stepped, dt) => {
        const begunMs = performance.now()
        if (moving) for (const one of stepped.all(Walker)) walk(one, dt)
        next?.(stepped)
        next = undefined
        stepMs = performance.now() - begunMs
        ticks += 1
      },
    },
  )

  function walk(one: OneWalker, dt: number): void {
    let facing = one.facing + (random() - 0.5) * 0.3
    const x = one.x + Math.cos(facing) * METRES_PER_SECOND * dt
    const y = one.y + Math.sin(facing) * METRES_PER_SECOND * dt
    if (x < 0 || x > side) facing = Math.PI - facing
    if (y < 0 || y > side) facing = -facing
    one.facing = facing
    one.x = x
    one.y = y
  }

  return {
    definition: defineGame({ name: 'walkers', worlds: { square }, login: loginAsAnyone }),
    descriptor: square.describe().world as TileStreamDescriptor,
    tickHz: TICK_HZ,
    get stepMs() {
      return stepMs
    },
    get ticks() {
      return ticks
    },
    everybody: () => world?.all(Walker) ?? [],
    insert: (count) => {
      next = (stepped) => {
        const first = born(stepped).id
        let last = first
        for (let index = 1; index < count; index += 1) last = born(stepped).id
        inserted = { first, last }
      }
    },
    clear: () => {
      next = (stepped) => {
        for (let id = inserted.first; id <= inserted.last; id += 1) {
          const one = stepped.get(id)
          if (one !== undefined) stepped.despawn(one)
        }
      }
    },
  }
}
