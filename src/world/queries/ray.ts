import { clampedTile } from '../../protocol/index.ts'
import type { Handle } from '../handles.ts'
import type { Population } from '../population.ts'
import type { Tiles } from '../tiles.ts'
import { isPlace, roundingOf, tileSlack } from './slack.ts'

/** A line between two points, as its start, its extent and the square of its length. */
interface Segment {
  readonly x: number
  readonly y: number
  readonly dx: number
  readonly dy: number
  readonly square: number
}

interface Hit {
  readonly handle: Handle
  /** Which part of the segment lies before the point nearest to the entity, 0–1. */
  readonly along: number
}

/**
 * Living entities at most `radius` away from the segment between two points, ordered by how far
 * along it they are, equals by their ids. Looks only at tiles that the segment passes.
 */
export function ray(
  population: Population,
  x1: number,
  y1: number,
  x2: number,
  y2: number,
  radius: number,
  kind: number,
): Handle[] {
  const dx = x2 - x1
  const dy = y2 - y1
  const segment: Segment = { x: x1, y: y1, dx, dy, square: dx * dx + dy * dy }
  if (!(radius >= 0 && isPlace(x1, y1) && isPlace(x2, y2))) return []
  population.settle()
  const { edge, columns, rows } = population.layout.grid
  const extent = Math.abs(x1) + Math.abs(y1) + Math.abs(dx) + Math.abs(dy)
  const reach = radius + edge * tileSlack + roundingOf(extent + radius + rows * edge)
  const rowLast = clampedTile(Math.max(y1, y2) + reach, edge, rows)
  const hits: Hit[] = []
  for (let row = clampedTile(Math.min(y1, y2) - reach, edge, rows); row <= rowLast; row += 1) {
    // Only this part of the segment comes near enough to the row.
    const a = fraction(row * edge - reach - y1, dy, 0)
    const b = fraction((row + 1) * edge + reach - y1, dy, 1)
    const from = x1 + dx * a
    const to = x1 + dx * b
    const columnLast = clampedTile(Math.max(from, to) + reach, edge, columns)
    let column = clampedTile(Math.min(from, to) - reach, edge, columns)
    for (; column <= columnLast; column += 1) {
      const tile = row * columns + column
      collect(population, population.tiles, tile, segment, radius, kind, hits)
      const { layered } = population
      if (layered !== undefined) collect(population, layered, tile, segment, radius, kind, hits)
    }
  }
  hits.sort((a, b) => a.along - b.along || a.handle.id - b.handle.id)
  return hits.map(({ handle }) => handle)
}

/** The part of the segment at which it has come so far, 0–1; `level` for one that does not rise. */
function fraction(distance: number, rise: number, level: number): number {
  return rise === 0 ? level : Math.min(1, Math.max(0, distance / rise))
}

function collect(
  population: Population,
  tiles: Tiles,
  tile: number,
  { x, y, dx, dy, square }: Segment,
  radius: number,
  kind: number,
  hits: Hit[],
): void {
  const slots = tiles.slots(tile)
  const used = tiles.used(tile)
  for (let slot = 0; slot < used; slot += 1) {
    const at = slots[slot] as number
    if (at < 0 || (kind >= 0 && population.kind[at] !== kind)) continue
    const px = (population.x[at] as number) - x
    const py = (population.y[at] as number) - y
    const along = square === 0 ? 0 : Math.min(1, Math.max(0, (px * dx + py * dy) / square))
    const offX = px - dx * along
    const offY = py - dy * along
    if (offX * offX + offY * offY > radius * radius) continue
    hits.push({ handle: population.handleAt(at), along })
  }
}
