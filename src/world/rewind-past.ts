import { clampedTile } from '../protocol/index.ts'
import type { AnyEntity, Body, EntityKinds } from './entity.ts'
import { type Handle, place } from './handles.ts'
import type { Population } from './population.ts'
import { queriesOf, type WorldQueries } from './queries/index.ts'
import { tileSlack } from './queries/slack.ts'
import type { Rewind, Spot } from './rewind.ts'

/**
 * A world as it was at a past moment: for hit tests that shall find what the player saw. Its
 * queries are those of the world, but look at where entities were then. What is returned are the
 * living entities of now, with the fields and positions they have now: whoever has ceased to be
 * since is not among them, and neither is who was not there yet.
 */
export interface Past<E extends EntityKinds>
  extends Pick<WorldQueries<E>, 'near' | 'within' | 'ray'> {
  /** The moment, in ticks of the world; mostly between two. */
  readonly tick: number
  /** Where the entity was then; undefined where it was not there, or is not any more. */
  position(entity: Body | AnyEntity<E>): { readonly x: number; readonly y: number } | undefined
}

/** The present in the clothes of the past: what a world without `rewindMs` sees. */
export function presentOf(population: Population, tick: number) {
  const { near, within, ray } = queriesOf(population)
  const position = (entity: Handle): Spot | undefined =>
    population.alive(entity) ? { x: entity.x, y: entity.y } : undefined
  return { tick, near, within, ray, position }
}

/** `Past` as handlers call it. @throws RealmError `ENTITY_KIND_UNKNOWN` */
export function pastOf(population: Population, rewind: Rewind, moment: number) {
  const numberOf = (kind: unknown): number =>
    kind === undefined ? -1 : population.tableOf(kind).number
  const lookup = (kind: unknown): Lookup => ({ population, rewind, moment, kind: numberOf(kind) })
  return {
    tick: moment,
    near: (x: number, y: number, radius: number, kind?: unknown, into?: Handle[]) =>
      near(lookup(kind), x, y, radius, into),
    within: (x1: number, y1: number, x2: number, y2: number, kind?: unknown, into?: Handle[]) =>
      within(lookup(kind), x1, y1, x2, y2, into),
    ray: (x1: number, y1: number, x2: number, y2: number, radius: number, kind?: unknown) =>
      ray(lookup(kind), x1, y1, x2, y2, radius),
    position: (entity: Handle): Spot | undefined => {
      const at = population.alive(entity) ? entity[place] : -1
      const spot = { x: 0, y: 0 }
      return at >= 0 && rewind.spot(at, moment, spot) ? spot : undefined
    },
  }
}

interface Lookup {
  readonly population: Population
  readonly rewind: Rewind
  readonly moment: number
  /** Number of the kind that is looked for, −1 for all. */
  readonly kind: number
}

interface Box {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

/** Calls `visit` with everybody who may have been in the box, and some who were not. */
function scan(lookup: Lookup, box: Box, visit: (handle: Handle, spot: Spot) => void): void {
  const { population, rewind, moment, kind } = lookup
  const { edge, columns, rows } = rewind.grid
  const { starts, places } = rewind.cells(moment)
  // Cells tell where somebody was at the tick before; until the moment they have moved on.
  const slack = rewind.reach(moment) + edge * tileSlack
  const columnFirst = clampedTile(box.left - slack, edge, columns)
  const columnLast = clampedTile(box.right + slack, edge, columns)
  const rowLast = clampedTile(box.bottom + slack, edge, rows)
  const spot: Spot = { x: 0, y: 0 }
  for (let row = clampedTile(box.top - slack, edge, rows); row <= rowLast; row += 1) {
    const end = starts[row * columns + columnLast + 1] as number
    // Cells of a row lie one after another.
    for (let index = starts[row * columns + columnFirst] as number; index < end; index += 1) {
      const at = places[index] as number
      if (kind >= 0 && population.kind[at] !== kind) continue
      if (!rewind.spot(at, moment, spot)) continue
      const outside =
        spot.x < box.left || spot.x > box.right || spot.y < box.top || spot.y > box.bottom
      const handle = outside ? undefined : rewind.handleAt(at)
      if (handle !== undefined) visit(handle, spot)
    }
  }
}

function near(lookup: Lookup, x: number, y: number, radius: number, into: Handle[] = []): Handle[] {
  let count = 0
  if (radius >= 0 && Number.isFinite(x) && Number.isFinite(y)) {
    // Sums of very large numbers are rounded by more than the distances to be compared.
    const reach = radius + (Math.abs(x) + Math.abs(y) + radius) * 4 * Number.EPSILON
    const box = { left: x - reach, top: y - reach, right: x + reach, bottom: y + reach }
    scan(lookup, box, (handle, spot) => {
      const dx = spot.x - x
      const dy = spot.y - y
      if (dx * dx + dy * dy <= radius * radius) into[count++] = handle
    })
  }
  into.length = count
  return into
}

function within(
  lookup: Lookup,
  x1: number,
  y1: number,
  x2: number,
  y2: number,
  into: Handle[] = [],
): Handle[] {
  const [left, right] = [Math.min(x1, x2), Math.max(x1, x2)]
  const [top, bottom] = [Math.min(y1, y2), Math.max(y1, y2)]
  let count = 0
  // Not so where one of them is NaN.
  if (left <= right && top <= bottom) {
    scan(lookup, { left, top, right, bottom }, (handle) => {
      into[count++] = handle
    })
  }
  into.length = count
  return into
}

function ray(
  lookup: Lookup,
  x1: number,
  y1: number,
  x2: number,
  y2: number,
  radius: number,
): Handle[] {
  const dx = x2 - x1
  const dy = y2 - y1
  const square = dx * dx + dy * dy
  if (!(radius >= 0 && Number.isFinite(square) && Number.isFinite(x1 + y1))) return []
  const box = {
    left: Math.min(x1, x2) - radius,
    right: Math.max(x1, x2) + radius,
    top: Math.min(y1, y2) - radius,
    bottom: Math.max(y1, y2) + radius,
  }
  const hits: { handle: Handle; along: number }[] = []
  scan(lookup, box, (handle, { x, y }) => {
    const dot = (x - x1) * dx + (y - y1) * dy
    const along = square === 0 ? 0 : Math.min(1, Math.max(0, dot / square))
    const offX = x - x1 - dx * along
    const offY = y - y1 - dy * along
    if (offX * offX + offY * offY <= radius * radius) hits.push({ handle, along })
  })
  hits.sort((a, b) => a.along - b.along || a.handle.id - b.handle.id)
  return hits.map(({ handle }) => handle)
}
