import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type TileGrid, tileAt, tileGrid } from '../protocol/index.ts'
import { difference, mayHaveMoved, runsOf, tilesOfView, type ViewDisc } from './interest.ts'

/** Distance of a point from a tile, where border tiles have no end. The plain way, tile by tile. */
function distance(grid: TileGrid, tile: number, x: number, y: number): number {
  const column = tile % grid.columns
  const row = Math.floor(tile / grid.columns)
  const left = column === 0 ? Number.NEGATIVE_INFINITY : column * grid.edge
  const right = column === grid.columns - 1 ? Number.POSITIVE_INFINITY : (column + 1) * grid.edge
  const top = row === 0 ? Number.NEGATIVE_INFINITY : row * grid.edge
  const bottom = row === grid.rows - 1 ? Number.POSITIVE_INFINITY : (row + 1) * grid.edge
  const dx = Math.max(left - x, 0, x - right)
  const dy = Math.max(top - y, 0, y - bottom)
  return Math.sqrt(dx * dx + dy * dy)
}

/**
 * The tiles of a view, tile by tile.
 * @param found decides of tiles that lie at the limit but for what rounding makes of it
 */
function bruteForce(
  grid: TileGrid,
  before: readonly number[],
  { x, y, radius }: ViewDisc,
  slack: number,
  found: readonly number[],
): number[] {
  const tiles = Array.from({ length: grid.columns * grid.rows }, (_, tile) => tile)
  if (radius === 0) return []
  return tiles.filter((tile) => {
    const beyond = distance(grid, tile, x, y) - radius - (before.includes(tile) ? slack : 0)
    return Math.abs(beyond) < 1e-9 ? found.includes(tile) : beyond < 0
  })
}

/** Steps by less than what a coordinate can tell, along a tile that is exactly at the limit. */
const roundedAtTheLimit: [Grid, ViewDisc, number, [number, number][]] = [
  { width: 30, height: 30, edge: 7 },
  { x: 0, y: 0, radius: 35 },
  0,
  [[-1.776356839400251e-15, 0]],
]

interface Grid {
  readonly width: number
  readonly height: number
  readonly edge: number
}

const length = fc.double({ min: 30, max: 400, noNaN: true })
const coordinate = fc.double({ min: -80, max: 480, noNaN: true })
const stepLength = fc.oneof(
  fc.double({ min: -12, max: 12, noNaN: true }),
  fc.double({ min: -1, max: 1, noNaN: true }),
)

test('a walking view holds the tiles that brute force finds, hysteresis included', () => {
  const moves = fc.array(fc.tuple(stepLength, stepLength), { maxLength: 60, size: 'max' })
  const property = fc.property(
    fc.record({ width: length, height: length, edge: fc.integer({ min: 5, max: 60 }) }),
    fc.record({ x: coordinate, y: coordinate, radius: fc.integer({ min: 0, max: 120 }) }),
    fc.double({ min: 0, max: 20, noNaN: true }),
    moves,
    ({ width, height, edge }, start, slack, moves) => {
      const grid = tileGrid(width, height, edge)
      let view: ViewDisc = start
      let anchor = view
      let { tiles, room } = tilesOfView(grid, [], view, slack)
      let expected = bruteForce(grid, [], view, slack, tiles)
      assert.deepEqual(tiles, expected)
      for (const [dx, dy] of moves) {
        view = { ...view, x: view.x + dx, y: view.y + dy }
        if (mayHaveMoved(grid, room, anchor, view)) {
          ;({ tiles, room } = tilesOfView(grid, tiles, view, slack))
          anchor = view
        }
        expected = bruteForce(grid, expected, view, slack, tiles)
        assert.deepEqual(tiles, expected)
        if (view.radius > 0) assert.ok(tiles.includes(tileAt(grid, view.x, view.y)))
      }
    },
  )
  fc.assert(property, { numRuns: 500, examples: [roundedAtTheLimit] })
})

test('a tile whose far edge is exactly as far as the radius is seen', () => {
  const grid = tileGrid(30, 7, 7)
  assert.deepEqual(tilesOfView(grid, [], { x: 13, y: 3, radius: 6 }, 0).tiles, [0, 1, 2])
  const standing = tileGrid(7, 30, 7)
  assert.deepEqual(tilesOfView(standing, [], { x: 3, y: 13, radius: 6 }, 0).tiles, [0, 1, 2])
})

test('small steps rarely need a new computation', () => {
  const grid = tileGrid(4096, 4096, 30)
  let view: ViewDisc = { x: 1000, y: 1000, radius: 60 }
  let anchor = view
  let { tiles, room } = tilesOfView(grid, [], view, 7.5)
  let computed = 0
  for (let step = 0; step < 1000; step++) {
    view = { ...view, x: view.x + 0.2, y: view.y + 0.15 }
    if (!mayHaveMoved(grid, room, anchor, view)) continue
    ;({ tiles, room } = tilesOfView(grid, tiles, view, 7.5))
    anchor = view
    computed += 1
  }
  assert.ok(computed < 400, `computed ${computed} times in 1,000 steps`)
})

test('positions that are no numbers still give tiles that exist', () => {
  const grid = tileGrid(100, 100, 10)
  for (const x of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    const { tiles } = tilesOfView(grid, [], { x, y: 50, radius: 20 }, 1)
    assert.ok(tiles.every((tile) => Number.isInteger(tile) && tile >= 0 && tile < 100))
    assert.equal(mayHaveMoved(grid, 5, { x: 0, y: 0, radius: 20 }, { x, y: 0, radius: 20 }), true)
  }
})

const tileSet = fc
  .uniqueArray(fc.integer({ min: 0, max: 40 }))
  .map((tiles) => tiles.sort((a, b) => a - b))

test('differences and runs are those of the sets', () => {
  const property = fc.property(tileSet, tileSet, tileSet, (before, after, without) => {
    const left: number[] = []
    const entered: number[] = []
    difference(
      before,
      after,
      (tile) => left.push(tile),
      (tile) => entered.push(tile),
    )
    assert.deepEqual(
      left,
      before.filter((tile) => !after.includes(tile)),
    )
    assert.deepEqual(
      entered,
      after.filter((tile) => !before.includes(tile)),
    )
    const runs = runsOf(after, new Set(without))
    const covered: number[] = []
    for (let index = 0; index < runs.length; index += 2) {
      for (let tile = runs[index] as number; tile < (runs[index + 1] as number); tile++) {
        covered.push(tile)
      }
      if (index > 0) assert.ok((runs[index] as number) > (runs[index - 1] as number))
    }
    assert.deepEqual(
      covered,
      after.filter((tile) => !without.includes(tile)),
    )
  })
  fc.assert(property)
})
