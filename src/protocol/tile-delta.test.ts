import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  absoluteForm,
  positionBits,
  positionFormOf,
  turnBits,
  turnOf,
  turnTooFar,
} from './tile-delta.ts'

function fits(form: number, ...differences: number[]): boolean {
  const half = 2 ** ((positionBits[form] as number) - 1)
  return differences.every((d) => (form === 0 ? d === 0 : d >= -half && d < half))
}

describe('positionFormOf', () => {
  it('is the smallest form that holds both differences', () => {
    const anyDifference = fc.oneof(
      fc.integer({ min: -260, max: 260 }),
      fc.integer({ min: -(2 ** 30), max: 2 ** 30 }),
    )
    fc.assert(
      fc.property(anyDifference, anyDifference, (dx, dy) => {
        const form = positionFormOf(dx, dy)
        if (form < absoluteForm) assert.ok(fits(form, dx, dy))
        if (form > 0) assert.ok(!fits(form === absoluteForm ? absoluteForm - 1 : form - 1, dx, dy))
      }),
      { numRuns: 2000 },
    )
  })

  it('tells who stands still', () => {
    assert.equal(positionFormOf(0, 0), 0)
    assert.equal(positionFormOf(0, -1), 1)
  })
})

describe('turnOf', () => {
  it('is the smallest turn that holds the difference', () => {
    for (let difference = -140; difference <= 140; difference += 1) {
      const fitting = turnBits.findIndex((bits) => {
        return bits > 0 && difference >= -(2 ** (bits - 1)) && difference < 2 ** (bits - 1)
      })
      assert.equal(turnOf(difference), fitting === -1 ? turnTooFar : fitting)
    }
  })
})
