import { hash } from './noise.ts'
import { village, worldEdge } from './rules.ts'
import { autumn, forest, roadDistance, roadHalf, villageDistance, waterDepth } from './terrain.ts'

/** What stands in the way and is drawn upright: trees, rocks, the village. */
export type SceneryKind =
  | 'oak'
  | 'pine'
  | 'maple'
  | 'cherry'
  | 'rock'
  | 'bush'
  | 'stump'
  | 'house'
  | 'well'
  | 'stall'
  | 'lamp'
  | 'fire'
  | 'reeds'

export interface Scenery {
  readonly kind: SceneryKind
  readonly x: number
  readonly y: number
  /** Size against the usual, about 0.8 … 1.3. */
  readonly size: number
  /** Half the width of what blocks the way, in metres; 0 = can be walked through. */
  readonly radius: number
  /** 0 ≤ chance < 1, for variations. */
  readonly chance: number
}

/** Edge of the square cells in which scenery is kept; each has at most one grown thing. */
export const cellEdge = 3
const cells = Math.ceil(worldEdge / cellEdge)

const radii: Readonly<Record<SceneryKind, number>> = {
  ...{ oak: 0.55, pine: 0.5, maple: 0.5, cherry: 0.5, rock: 0.85, bush: 0, stump: 0.4 },
  ...{ house: 2.5, well: 1.1, stall: 1.2, lamp: 0.25, fire: 1, reeds: 0 },
}

/** The village: angle and distance from its middle. */
const built: readonly (readonly [SceneryKind, degrees: number, metres: number])[] = [
  ['fire', 0, 0],
  ...[32, 62, 118, 148, 212, 242, 298, 328].map((at, index) => {
    return ['house', at, 16.5 + (index % 3) * 0.8] as const
  }),
  ['well', 45, 8],
  ['stall', 135, 8.6],
  ['stall', 222, 8.8],
  ...[20, 70, 110, 160, 200, 250, 290, 340].map((at) => ['lamp', at, 11] as const),
  ['cherry', 48, 20.5],
  ['cherry', 132, 20],
  ['cherry', 228, 20.5],
  ['cherry', 312, 19.5],
]

const grid: (Scenery[] | undefined)[] = []

/** Everything in a cell. */
export function sceneryIn(column: number, row: number): readonly Scenery[] {
  if (grid.length === 0) build()
  if (column < 0 || row < 0 || column >= cells || row >= cells) return nothing
  return grid[row * cells + column] ?? nothing
}
const nothing: readonly Scenery[] = []

function build(): void {
  for (let row = 0; row < cells; row += 1) {
    for (let column = 0; column < cells; column += 1) {
      const grown = grow(column, row)
      grid.push(grown ? [grown] : undefined)
    }
  }
  for (const [kind, degrees, metres] of built) {
    const turn = (degrees / 180) * Math.PI
    const x = village.x + Math.cos(turn) * metres
    const y = village.y + Math.sin(turn) * metres
    place({ kind, x, y, size: 1, radius: radii[kind], chance: hash(degrees, metres | 0, 5) })
  }
}

function place(thing: Scenery): void {
  const cell = Math.floor(thing.y / cellEdge) * cells + Math.floor(thing.x / cellEdge)
  const there = grid[cell]
  if (there) there.push(thing)
  else grid[cell] = [thing]
}

function grow(column: number, row: number): Scenery | undefined {
  const chance = hash(column, row, 71)
  const x = (column + 0.15 + 0.7 * hash(column, row, 72)) * cellEdge
  const y = (row + 0.15 + 0.7 * hash(column, row, 73)) * cellEdge
  const depth = waterDepth(x, y)
  const variation = hash(column, row, 74)
  if (depth > -0.6 && depth < 0.9 && roadDistance(x, y) > roadHalf + 1) {
    return chance < 0.34 ? thing('reeds', x, y, variation) : undefined
  }
  if (depth > -1.5 || roadDistance(x, y) < roadHalf + 1.1) return undefined
  if (villageDistance(x, y) < village.radius + 8) return undefined
  const wood = forest(x, y)
  if (chance < wood * 0.46 + 0.03) return thing(treeAt(x, y, variation, wood), x, y, variation)
  if (chance > 0.985) return thing('rock', x, y, variation)
  if (chance > 0.935) return thing('bush', x, y, variation)
  if (chance > 0.92 && wood > 0.3) return thing('stump', x, y, variation)
  return undefined
}

function treeAt(x: number, y: number, variation: number, wood: number): SceneryKind {
  const red = autumn(x, y)
  if (red > 0.5 && variation < 0.75) return 'maple'
  if (wood < 0.2 && variation < 0.22) return 'cherry'
  return variation * 0.7 + wood * 0.5 > 0.62 ? 'pine' : 'oak'
}

function thing(kind: SceneryKind, x: number, y: number, chance: number): Scenery {
  const size = 0.82 + 0.4 * ((chance * 7.3) % 1)
  return { kind, x, y, size, radius: radii[kind] * size, chance }
}
