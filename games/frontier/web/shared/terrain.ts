import { mix, noise, rough, smooth } from './noise.ts'
import { village, worldEdge } from './rules.ts'

/** The lie of the land, the same for the server and every browser: nothing of it is ever sent. */

/** Where the road from west to east runs. */
export function roadY(x: number): number {
  const out = smooth(14, 60, Math.abs(x - village.x))
  return village.y + out * (13 * Math.sin(x / 36) + 5 * Math.sin(x / 15))
}

/** Where the road from north to south runs. */
export function roadX(y: number): number {
  const out = smooth(14, 60, Math.abs(y - village.y))
  return village.x + out * (15 * Math.sin(y / 41 + 2) + 4 * Math.sin(y / 17))
}

/** Where the river runs. */
function riverX(y: number): number {
  return village.x + 47 + 15 * Math.sin(y / 35 + 0.6) + 5 * Math.sin(y / 14 + 1)
}

/** Metres from the middle of the nearest road. */
export function roadDistance(x: number, y: number): number {
  return Math.min(Math.abs(y - roadY(x)), Math.abs(x - roadX(y)))
}

export function villageDistance(x: number, y: number): number {
  return Math.hypot(x - village.x, y - village.y)
}

/** Half the width of roads and bridges, in metres. */
export const roadHalf = 1.7

/** Whether the place is on one of the wooden bridges. */
export function onBridge(x: number, y: number): boolean {
  return waterDepth(x, y) > -1.2 && roadDistance(x, y) < roadHalf && !nearCoast(x, y)
}

function nearCoast(x: number, y: number): boolean {
  return Math.min(x, y, worldEdge - x, worldEdge - y) < 34
}

/** Metres into the water, negative on land. */
export function waterDepth(x: number, y: number): number {
  const wobble = noise(x / 9, y / 9, 11) * 2.4
  const shore = Math.min(x, y, worldEdge - x, worldEdge - y)
  const sea = 13 + 12 * noise(x / 24, y / 24, 12) - shore
  const river = 4.4 + 1.3 * Math.sin(y / 21) - Math.abs(x - riverX(y)) - wobble
  const far = smooth(34, 62, villageDistance(x, y))
  const lake = (rough(x / 58, y / 58, 13) - 1.02 + 0.34 * far) * 60 - wobble
  return Math.max(sea, river, lake)
}

/** Whether nobody can stand there for the water. */
export function isWater(x: number, y: number): boolean {
  return waterDepth(x, y) > 0.55 && !onBridge(x, y)
}

/** How much of a forest it is, 0 … 1. */
export function forest(x: number, y: number): number {
  const clearing = smooth(20, 44, villageDistance(x, y))
  return clearing * smooth(0.42, 0.72, rough(x / 40, y / 40, 21))
}

/** How many flowers grow, 0 … 1. */
export function bloom(x: number, y: number): number {
  return smooth(0.5, 0.78, noise(x / 23, y / 23, 31)) * (1 - forest(x, y))
}

/** How autumnal the place is, 0 … 1. */
export function autumn(x: number, y: number): number {
  return smooth(0.56, 0.7, noise(x / 85 + 3, y / 85, 41))
}

/** How much the ground is trodden to earth or paved, 0 … 1. */
export function trodden(x: number, y: number): number {
  const frayed = (noise(x / 1.7, y / 1.7, 51) - 0.5) * 0.9
  const road = smooth(roadHalf + 0.5, roadHalf - 0.6, roadDistance(x, y) + frayed)
  const square = smooth(village.radius - 1, village.radius - 4, villageDistance(x, y) + frayed * 2)
  return Math.max(road, square)
}

/** A softly varying number for the colour of grass, 0 … 1. */
export function meadow(x: number, y: number): number {
  return mix(noise(x / 17, y / 17, 61), noise(x / 5, y / 5, 62), 0.35)
}
