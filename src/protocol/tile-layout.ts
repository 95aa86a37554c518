import { RealmError } from '../errors/index.ts'
import type { WorldDescriptor } from './manifest.ts'
import { type TileGrid, tileGrid } from './tile-grid.ts'

/** Tiles of one world. */
export const tilesMax = 262_144
/** Steps of a tile's edge: what a `u16` can hold, with room for rounding. */
const tileStepsMax = 65_000
/** A world's descriptor, with the size of a position step where it is not the default. */
export type TileStreamDescriptor = WorldDescriptor & { readonly precision?: number }

/**
 * The step of positions where a world does not name one: the power of two from 1/4096 of the view
 * radius on. A change of 1/32 of the radius is then at most 128 steps, so that what moves less than
 * that in a tick takes two bytes.
 */
export function defaultPrecision(viewRadius: number): number {
  return 2 ** Math.ceil(Math.log2(viewRadius / 4096))
}

/** Where tiles begin, in whole steps. World and client compute it alike. */
export interface TileLayout {
  readonly grid: TileGrid
  readonly precision: number
  /** First step of each column and row. */
  readonly columnStart: Int32Array
  readonly rowStart: Int32Array
}

/** @throws RealmError `SCHEMA_INVALID` where the numbers make no world */
export function tileLayout(world: TileStreamDescriptor): TileLayout {
  const { width, height, tileEdge, viewRadius } = world
  const grid = tileGrid(width, height, tileEdge)
  const precision = world.precision ?? defaultPrecision(viewRadius)
  const sound =
    [width, height, tileEdge, viewRadius, precision].every((n) => n > 0 && n < Infinity) &&
    grid.columns * grid.rows <= tilesMax &&
    tileEdge / precision <= tileStepsMax &&
    Math.max(width, height) / precision < 2 ** 30
  if (!sound) throw new RealmError('SCHEMA_INVALID', 'The size of a world does not fit its tiles.')
  const starts = (count: number): Int32Array =>
    Int32Array.from({ length: count }, (_, index) => Math.floor((index * grid.edge) / precision))
  return {
    grid,
    precision,
    columnStart: starts(grid.columns),
    rowStart: starts(grid.rows),
  }
}
