import { distanceToTiles, type TileGrid } from '../protocol/index.ts'
import { addToRuns, runsOf, type ViewDisc } from './interest.ts'

/** Ticks from one telling to the next: at full rate, slow, and at a crawl. */
const ratePeriods = [1, 4, 16] as const
export type Rate = 0 | 1 | 2

/** How far a view goes without something, by how hard it must save: `ease`, 0 … `easeMax`. */
const easeMax = 1.5
/** From here on tiles crawl, and from there on the view shrinks. */
const crawlEase = 0.5
const shrinkEase = 1
const nearMin = 0.25
const slowMin = 0.4
const reachMin = 0.4

/** The least a view eases by how hard the world finds it to keep up. */
const pressureEase = [0, 0.4, 0.7, 1] as const

/** The part of its radius that a view still reaches. */
export function reachOf(ease: number): number {
  const over = Math.max(0, ease - shrinkEase) / (easeMax - shrinkEase)
  return 1 - over * (1 - reachMin)
}

/** The rate of a tile at this distance from the middle of a view, in parts of its radius. */
export function rateAt(distance: number, ease: number): Rate {
  if (ease <= 0) return 0
  const near = 1 - Math.min(1, ease / crawlEase) * (1 - nearMin)
  if (distance <= near) return 0
  const slow = 1 - Math.min(1, Math.max(0, (ease - crawlEase) / crawlEase)) * (1 - slowMin)
  return distance <= slow ? 1 : 2
}

/** How far a tile lies from the middle of a view, in parts of its radius; 0 where it is inside. */
export function tileDistance(grid: TileGrid, { x, y, radius }: ViewDisc, tile: number): number {
  const column = tile % grid.columns
  const row = (tile - column) / grid.columns
  const dx = distanceToTiles(x, column, grid.edge, grid.columns)
  const dy = distanceToTiles(y, row, grid.edge, grid.rows)
  return Math.sqrt(dx * dx + dy * dy) / radius
}

/** Whether a stream on tiles of this row tells all it has gathered at this rate in this tick. */
export function isFlush(tick: number, row: number, rate: Rate): boolean {
  const period = ratePeriods[rate]
  return tick % period === row % period
}

/** `runsOf` for the tiles of each rate; `slowed` holds those that are not at the full one. */
export function runsByRate(
  tiles: readonly number[],
  slowed: ReadonlyMap<number, Rate>,
  without: ReadonlySet<number>,
): readonly [readonly number[], readonly number[], readonly number[]] {
  if (slowed.size === 0) return [runsOf(tiles, without), noRuns, noRuns]
  const runs: [number[], number[], number[]] = [[], [], []]
  for (const tile of tiles) if (!without.has(tile)) addToRuns(runs[slowed.get(tile) ?? 0], tile)
  return runs
}

const noRuns: readonly number[] = []

/**
 * How hard a view must save, from what it has taken: up at once by how much it is over its budget,
 * down slowly, so that it does not swing.
 * @param share of the budget that was taken
 */
export function nextEase(ease: number, share: number, pressure: number): number {
  const least = pressureEase[Math.min(3, Math.max(0, pressure))] as number
  let next = ease
  if (share > 1) next += Math.min(0.3, 0.05 + (share - 1) * 0.25)
  else if (share < 0.75) next -= 0.05
  return Math.min(easeMax, Math.max(least, next))
}
