/**
 * As a part of a tile's edge: what rounding may put an entity beyond the border of its tile. Tiles
 * are chosen generously by so much; entities are compared exactly.
 */
export const tileSlack = 1e-6
