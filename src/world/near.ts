import { clampedTile, distanceToTiles } from '../protocol/index.ts'
import type { Handle } from './handles.ts'
import type { Population } from './population.ts'

/**
 * Living entities at most `radius` away from (x, y), of kind number `kind` where it is not
 * negative.
 */
export function entitiesNear(
  population: Population,
  x: number,
  y: number,
  radius: number,
  kind: number,
): Handle[] {
  const found: Handle[] = []
  if (!(radius >= 0)) return found
  population.settle()
  const { edge, columns, rows } = population.layout.grid
  const rowLast = clampedTile(y + radius, edge, rows)
  const columnFirst = clampedTile(x - radius, edge, columns)
  const columnLast = clampedTile(x + radius, edge, columns)
  for (let row = clampedTile(y - radius, edge, rows); row <= rowLast; row += 1) {
    const dy = distanceToTiles(y, row, edge, rows)
    for (let column = columnFirst; column <= columnLast; column += 1) {
      const tile = row * columns + column
      if (population.tiles.population[tile] === 0) continue
      const dx = distanceToTiles(x, column, edge, columns)
      if (dx * dx + dy * dy <= radius * radius) {
        collect(population, tile, x, y, radius, kind, found)
      }
    }
  }
  return found
}

function collect(
  population: Population,
  tile: number,
  x: number,
  y: number,
  radius: number,
  kind: number,
  found: Handle[],
): void {
  const slots = population.tiles.slots(tile)
  const used = population.tiles.used(tile)
  for (let slot = 0; slot < used; slot += 1) {
    const at = slots[slot] as number
    if (at < 0 || (kind >= 0 && population.kind[at] !== kind)) continue
    const dx = (population.x[at] as number) - x
    const dy = (population.y[at] as number) - y
    if (dx * dx + dy * dy <= radius * radius) found.push(population.handleAt(at))
  }
}
