import { clampedTile, distanceToTiles, type TileGrid } from '../protocol/index.ts'

/** The disc a client sees of a world; radius 0 is no view. */
export interface ViewDisc {
  readonly x: number
  readonly y: number
  readonly radius: number
}

/** Which tiles a view holds, and how far its centre may move before that can change. */
export interface TileSet {
  /** Ascending. */
  readonly tiles: readonly number[]
  /** The centre may move by less than this without any tile entering or leaving. */
  readonly room: number
}

export const noTiles: TileSet = { tiles: [], room: 0 }

/** Lists are made here first: mostly they turn out to be what they were, and nothing is kept. */
const listed: number[] = []

/**
 * The tiles of a view, given those it held before: every tile within the radius, and of the former
 * ones also those within radius + slack. Nobody who walks along a tile's edge makes it come and go.
 * @returns `before` itself where the tiles are the same
 */
export function tilesOfView(
  grid: TileGrid,
  before: readonly number[],
  view: ViewDisc,
  slack: number,
): TileSet {
  const { edge, columns, rows } = grid
  const { x, y, radius } = view
  if (!(radius > 0)) return noTiles
  const reach = radius + slack
  const near = radius * radius
  const far = reach * reach
  // A tile whose far edge lies exactly at the reach is touched too, though the point there already
  // belongs to the next one: so a millionth of an edge more is looked at than is reached.
  const sight = reach + edge * 1e-6
  const columnFirst = clampedTile(x - sight, edge, columns)
  const columnLast = clampedTile(x + sight, edge, columns)
  const rowLast = clampedTile(y + sight, edge, rows)
  let count = 0
  // Tiles that are not looked at lie beyond the reach, so they cannot enter before the centre moves
  // by `slack`.
  let room = slack
  let next = 0
  for (let row = clampedTile(y - sight, edge, rows); row <= rowLast; row++) {
    const dy = distanceToTiles(y, row, edge, rows)
    for (let column = columnFirst; column <= columnLast; column++) {
      const dx = distanceToTiles(x, column, edge, columns)
      const square = dx * dx + dy * dy
      if (square > far) continue
      const tile = row * columns + column
      // Both lists ascend, so one pass over the former tiles serves all lookups.
      while (next < before.length && (before[next] as number) < tile) next += 1
      const held = square <= near || before[next] === tile
      if (held) listed[count++] = tile
      const distance = Math.sqrt(square)
      room = Math.min(room, held ? reach - distance : distance - radius)
    }
  }
  const same = count === before.length && isPrefix(before, listed)
  return { tiles: same ? before : listed.slice(0, count), room }
}

function isPrefix(list: readonly number[], of: readonly number[]): boolean {
  for (let index = 0; index < list.length; index += 1) if (list[index] !== of[index]) return false
  return true
}

/** Whether a view may have other tiles than those computed when its centre was at `anchor`. */
export function mayHaveMoved(
  grid: TileGrid,
  room: number,
  anchor: ViewDisc,
  view: ViewDisc,
): boolean {
  if (view.radius !== anchor.radius) return true
  const dx = view.x - anchor.x
  const dy = view.y - anchor.y
  // Rounding must never make us miss a tile, so the last millionth of an edge counts as moved. NaN
  // counts too.
  return !(Math.sqrt(dx * dx + dy * dy) < room - grid.edge * 1e-6)
}

/** Walks two ascending lists at once and tells what is only in the one or the other. */
export function difference(
  before: readonly number[],
  after: readonly number[],
  left: (tile: number) => void,
  entered: (tile: number) => void,
): void {
  let a = 0
  let b = 0
  while (a < before.length || b < after.length) {
    const old = a < before.length ? (before[a] as number) : Number.POSITIVE_INFINITY
    const fresh = b < after.length ? (after[b] as number) : Number.POSITIVE_INFINITY
    if (old < fresh) left(old)
    else if (fresh < old) entered(fresh)
    if (old <= fresh) a += 1
    if (fresh <= old) b += 1
  }
}

/**
 * Joins ascending tiles into runs of neighbouring indices, `[first, afterLast, first, afterLast,
 * …]`, leaving out those in `without`. The rows of a disc are runs, and a run is copied into a
 * frame at once.
 */
export function runsOf(tiles: readonly number[], without: ReadonlySet<number>): number[] {
  const runs: number[] = []
  for (const tile of tiles) if (!without.has(tile)) addToRuns(runs, tile)
  return runs
}

/** Adds a tile behind those of the runs. */
export function addToRuns(runs: number[], tile: number): void {
  if (runs.length > 0 && runs[runs.length - 1] === tile) runs[runs.length - 1] = tile + 1
  else runs.push(tile, tile + 1)
}
