import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { runsOf } from './interest.ts'
import { TickDeltas } from './tile-batch.ts'

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
    deltas.load(tick)
    const ascending = wanted.sort((a, b) => a - b)
    const runs = runsOf(ascending, new Set())
    const bytes = ascending.flatMap((tile) => [
      ...(tick.find((part) => part.tile === tile)?.bytes ?? []),
    ])
    assert.equal(deltas.bytesOf(runs), bytes.length)
    const target = new Uint8Array(bytes.length + 4)
    assert.equal(deltas.copy(runs, target, 2), bytes.length + 2)
    assert.deepEqual([...target.subarray(2, -2)], bytes)
  })
  fc.assert(property, { numRuns: 500 })
})
