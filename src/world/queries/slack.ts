/**
 * As a part of a tile's edge: what rounding may put an entity beyond the border of its tile. Tiles
 * are chosen generously by so much; entities are compared exactly.
 */
export const tileSlack = 1e-6

/**
 * What sums of lengths and coordinates may be rounded by, given the sum of their magnitudes: more
 * than the slack where they are very large.
 */
export function roundingOf(magnitude: number): number {
  return magnitude * 8 * Number.EPSILON
}

/** Beyond this the squares of differences would be infinite. */
const coordinateMax = 1e150

/** Whether it is a place from which distances can be told. */
export function isPlace(x: number, y: number): boolean {
  return Math.abs(x) <= coordinateMax && Math.abs(y) <= coordinateMax
}
