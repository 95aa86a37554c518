import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { IdIndex } from './id-index.ts'

describe('the index of ids', () => {
  it('does what a Map does', () => {
    // Few ids make many collisions and removals; the others are what worlds give.
    const id = fc.oneof(
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: 1, max: 0xffffffff }),
      fc.integer({ min: 0xfffffff0, max: 0xffffffff }),
    )
    const step = fc.tuple(fc.boolean(), id, fc.integer({ min: 0, max: 2 ** 31 - 1 }))
    fc.assert(
      fc.property(fc.array(step, { maxLength: 400, size: 'max' }), (steps) => {
        const index = new IdIndex()
        const model = new Map<number, number>()
        for (const [add, one, value] of steps) {
          if (add) {
            index.set(one, value)
            model.set(one, value)
          } else {
            index.delete(one)
            model.delete(one)
          }
          assert.equal(index.get(one), model.get(one) ?? -1)
        }
        for (const [, one] of steps) {
          assert.equal(index.get(one), model.get(one) ?? -1)
          assert.equal(index.has(one), model.has(one))
        }
      }),
      { numRuns: 300 },
    )
  })

  it('has nobody under an id that is none', () => {
    const index = new IdIndex()
    index.set(1, 0)
    index.delete(0)
    for (const none of [0, -1, 1.5, Number.NaN, 2 ** 32, 2 ** 32 + 1]) {
      assert.equal(index.get(none), -1, `${none}`)
    }
    assert.equal(index.get(1), 0)
  })
})
