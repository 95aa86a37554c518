import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { emptyParts } from '../actor/index.ts'
import { runsOf } from './interest.ts'
import { TickDeltas } from './tile-batch.ts'

function partsOf(tick: readonly { tile: number; bytes: Uint8Array }[]) {
  const ascending = [...tick].sort((a, b) => a.tile - b.tile)
  const parts = emptyParts(tick.length, Buffer.concat(ascending.map(({ bytes }) => bytes)))
  let at = 0
  for (const [index, { tile, bytes }] of ascending.entries()) {
    parts.streams[index] = tile
    parts.starts[index] = at
    at += bytes.length
    parts.ends[index] = at
  }
  return parts
}

test('a run copies exactly the deltas of its tiles, tick after tick', () => {
  const tiles = 50
  const delta = fc.record({
    tile: fc.integer({ min: 0, max: tiles - 1 }),
    bytes: fc.uint8Array({ maxLength: 60, size: 'max' }),
  })
  const tick = fc.uniqueArray(delta, { selector: ({ tile }) => tile })
  const wanted = fc.uniqueArray(fc.integer({ min: 0, max: tiles - 1 }))
  const deltas = new TickDeltas(tiles)
  const property = fc.property(tick, wanted, (tick, wanted) => {
    deltas.load(partsOf(tick))
    const ascending = wanted.sort((a, b) => a - b)
    const runs = runsOf(ascending, new Set())
    const bodyOf = (tile: number) => tick.find((part) => part.tile === tile)?.bytes ?? []
    const bytes: number[] = []
    for (let index = 0; index < runs.length; index += 2) {
      const [first, end] = runs.slice(index, index + 2) as [number, number]
      const run = Array.from({ length: end - first }, (_, at) => bodyOf(first + at))
      if (run.every(({ length }) => length === 0)) continue
      // Tiles below 32 and lengths below 128 take one byte.
      bytes.push(...(first < 32 ? [first * 4 + 3] : [((first * 4 + 3) & 127) | 128, first >> 5]))
      bytes.push(run.length, ...run.flatMap((body) => [body.length, ...body]))
    }
    assert.equal(deltas.bytesOf(runs), bytes.length)
    const target = new Uint8Array(bytes.length + 4)
    assert.equal(deltas.copy(runs, target, 2), bytes.length + 2)
    assert.deepEqual([...target.subarray(2, -2)], bytes)
  })
  fc.assert(property, { numRuns: 500 })
})
