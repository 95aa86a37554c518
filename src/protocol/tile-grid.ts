/**
 * Squares of the plane. A tile's index is `row * columns + column`; row 0 lies at y = 0. Tiles at
 * the border reach outward without end, so every position lies in a tile. World, gate and client
 * compute with the same functions, so they can never disagree on where a tile is.
 */
export interface TileGrid {
  readonly edge: number
  readonly columns: number
  readonly rows: number
}

export function tileGrid(width: number, height: number, edge: number): TileGrid {
  return {
    edge,
    columns: Math.max(1, Math.ceil(width / edge)),
    rows: Math.max(1, Math.ceil(height / edge)),
  }
}

/** The tile in which (x, y) lies. */
export function tileAt(grid: TileGrid, x: number, y: number): number {
  return (
    clampedTile(y, grid.edge, grid.rows) * grid.columns + clampedTile(x, grid.edge, grid.columns)
  )
}

/** The column (row) in which a coordinate lies, of `count`. */
export function clampedTile(at: number, edge: number, count: number): number {
  const tile = Math.floor(at / edge)
  // Written so that NaN becomes 0 too: an index must be an index whatever a game computes.
  return tile > 0 ? Math.min(tile, count - 1) : 0
}

/** How far the coordinate lies from a column (row) of tiles; 0 inside. */
export function distanceToTiles(at: number, tile: number, edge: number, count: number): number {
  const start = tile * edge
  if (at < start) return tile === 0 ? 0 : start - at
  if (at > start + edge) return tile === count - 1 ? 0 : at - start - edge
  return 0
}
