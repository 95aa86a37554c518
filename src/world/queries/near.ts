import { clampedTile, distanceToTiles } from '../../protocol/index.ts'
import type { Handle } from '../handles.ts'
import type { Population } from '../population.ts'
import type { Tiles } from '../tiles.ts'
import { isPlace, roundingOf, tileSlack } from './slack.ts'

/**
 * Living entities at most `radius` away from (x, y), of kind number `kind` where it is not
 * negative. They replace what was in `into`, which is returned.
 */
export function near(
  population: Population,
  x: number,
  y: number,
  radius: number,
  kind: number,
  into: Handle[] = [],
): Handle[] {
  let count = 0
  if (radius >= 0 && isPlace(x, y)) {
    population.settle()
    const { tiles, layered } = population
    const { edge, columns, rows } = population.layout.grid
    const rounding = roundingOf(Math.abs(x) + Math.abs(y) + radius)
    const reach = radius + edge * tileSlack + rounding
    const rowLast = clampedTile(y + reach, edge, rows)
    const columnFirst = clampedTile(x - reach, edge, columns)
    const columnLast = clampedTile(x + reach, edge, columns)
    for (let row = clampedTile(y - reach, edge, rows); row <= rowLast; row += 1) {
      const dy = distanceToTiles(y, row, edge, rows)
      for (let column = columnFirst; column <= columnLast; column += 1) {
        const tile = row * columns + column
        if (tiles.population[tile] === 0 && layered === undefined) continue
        const dx = distanceToTiles(x, column, edge, columns)
        if (dx * dx + dy * dy > reach * reach) continue
        count = collect(population, tiles, tile, x, y, radius, kind, into, count)
        if (layered === undefined) continue
        count = collect(population, layered, tile, x, y, radius, kind, into, count)
      }
    }
  }
  // Cut to length at the end: an array that is emptied first loses the memory it has.
  into.length = count
  return into
}

/** @returns how many entities `found` holds now */
function collect(
  population: Population,
  tiles: Tiles,
  tile: number,
  x: number,
  y: number,
  radius: number,
  kind: number,
  found: Handle[],
  start: number,
): number {
  const slots = tiles.slots(tile)
  const used = tiles.used(tile)
  const square = radius * radius
  let count = start
  for (let slot = 0; slot < used; slot += 1) {
    const at = slots[slot] as number
    if (at < 0 || (kind >= 0 && population.kind[at] !== kind)) continue
    const dx = (population.x[at] as number) - x
    const dy = (population.y[at] as number) - y
    if (dx * dx + dy * dy <= square) found[count++] = population.handleAt(at)
  }
  return count
}
