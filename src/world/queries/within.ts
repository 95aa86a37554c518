import { clampedTile } from '../../protocol/index.ts'
import type { Handle } from '../handles.ts'
import type { Population } from '../population.ts'
import type { Tiles } from '../tiles.ts'

/**
 * Living entities in the rectangle between two opposite corners, its border included; otherwise as
 * `near`.
 */
export function within(
  population: Population,
  x1: number,
  y1: number,
  x2: number,
  y2: number,
  kind: number,
  into: Handle[] = [],
): Handle[] {
  const left = Math.min(x1, x2)
  const right = Math.max(x1, x2)
  const top = Math.min(y1, y2)
  const bottom = Math.max(y1, y2)
  let count = 0
  // Not so where one of them is NaN.
  if (left <= right && top <= bottom) {
    population.settle()
    const { tiles, layered } = population
    const { edge, columns, rows } = population.layout.grid
    const box = { left, right, top, bottom }
    const rowLast = clampedTile(bottom, edge, rows)
    const columnFirst = clampedTile(left, edge, columns)
    const columnLast = clampedTile(right, edge, columns)
    for (let row = clampedTile(top, edge, rows); row <= rowLast; row += 1) {
      for (let column = columnFirst; column <= columnLast; column += 1) {
        const tile = row * columns + column
        count = collect(population, tiles, tile, box, kind, into, count)
        if (layered === undefined) continue
        count = collect(population, layered, tile, box, kind, into, count)
      }
    }
  }
  into.length = count
  return into
}

interface Box {
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
}

/** @returns how many entities `found` holds now */
function collect(
  population: Population,
  tiles: Tiles,
  tile: number,
  { left, right, top, bottom }: Box,
  kind: number,
  found: Handle[],
  start: number,
): number {
  const { x: xs, y: ys, kind: kinds } = population
  const slots = tiles.slots(tile)
  const used = tiles.used(tile)
  let count = start
  for (let slot = 0; slot < used; slot += 1) {
    const at = slots[slot] as number
    if (at < 0 || (kind >= 0 && kinds[at] !== kind)) continue
    const x = xs[at] as number
    const y = ys[at] as number
    if (x < left || x > right || y < top || y > bottom) continue
    found[count++] = population.handleAt(at)
  }
  return count
}
