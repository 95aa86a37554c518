/**
 * Squares of the plane. A tile's index is `row * columns + column`; row 0 lies at y = 0.
 * World, gate and client compute with the same functions, so they can never disagree on where a tile is.
 */
export interface TileGrid {
  readonly edge: number
  readonly columns: number
  readonly rows: number
}

export function tileGrid(width: number, height: number, edge: number): TileGrid {
  return { edge, columns: Math.ceil(width / edge), rows: Math.ceil(height / edge) }
}

/** The tile in which (x, y) lies; positions outside the world count to its nearest tile. */
export function tileAt(grid: TileGrid, x: number, y: number): number {
  return clampedTile(y, grid.edge, grid.rows) * grid.columns + clampedTile(x, grid.edge, grid.columns)
}

/** Calls `each` for every tile that a disc of `radius` around (x, y) touches, ascending by index. */
export function tilesInDisc(
  grid: TileGrid,
  x: number,
  y: number,
  radius: number,
  each: (tile: number) => void,
): void {
  const { edge } = grid
  const rowLast = clampedTile(y + radius, edge, grid.rows)
  const columnFirst = clampedTile(x - radius, edge, grid.columns)
  const columnLast = clampedTile(x + radius, edge, grid.columns)
  for (let row = clampedTile(y - radius, edge, grid.rows); row <= rowLast; row++) {
    const dy = distanceToSpan(y, row * edge, edge)
    for (let column = columnFirst; column <= columnLast; column++) {
      const dx = distanceToSpan(x, column * edge, edge)
      if (dx * dx + dy * dy <= radius * radius) each(row * grid.columns + column)
    }
  }
}

function clampedTile(at: number, edge: number, count: number): number {
  const tile = Math.floor(at / edge)
  return tile < 0 ? 0 : tile >= count ? count - 1 : tile
}

function distanceToSpan(at: number, start: number, length: number): number {
  if (at < start) return start - at
  return at > start + length ? at - start - length : 0
}
