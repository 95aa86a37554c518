import type { TileGrid } from '../protocol/index.ts'

/**
 * A checkpoint is one transaction of the store, which takes 10,000 keys: so many pieces a world has
 * at most.
 */
const regionsMax = 1024

/**
 * Squares of tiles that are stored together. In all but very large worlds each is a single tile.
 */
export interface Regions {
  /**
   * The region of each tile; the number after the last tile has one too, for what is listed in none
   * of them.
   */
  readonly ofTile: Int32Array
  readonly count: number
}

export function regionsOf(grid: TileGrid): Regions {
  let edge = 1
  while (Math.ceil(grid.columns / edge) * Math.ceil(grid.rows / edge) > regionsMax) edge += 1
  const columns = Math.ceil(grid.columns / edge)
  const rows = Math.ceil(grid.rows / edge)
  const tiles = grid.columns * grid.rows
  const ofTile = new Int32Array(tiles + 1)
  for (let tile = 0; tile < tiles; tile += 1) {
    const column = Math.floor((tile % grid.columns) / edge)
    const row = Math.floor(Math.floor(tile / grid.columns) / edge)
    ofTile[tile] = row * columns + column
  }
  ofTile[tiles] = columns * rows
  return { ofTile, count: columns * rows + 1 }
}

/** A set of regions in which it costs next to nothing to add one again: every change adds one. */
export class RegionSet implements Iterable<number> {
  readonly #has: Uint8Array
  readonly #regions = new Set<number>()

  constructor(count: number) {
    this.#has = new Uint8Array(count)
  }

  get size(): number {
    return this.#regions.size
  }

  /** Also takes regions that a world had before it was cut anew. */
  add(region: number): void {
    if (this.#has[region] === 1) return
    this.#has[region] = 1
    this.#regions.add(region)
  }

  clear(): void {
    this.#has.fill(0)
    this.#regions.clear()
  }

  [Symbol.iterator](): IterableIterator<number> {
    return this.#regions.values()
  }
}
