import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { comesBefore, prefixEnd } from './key-order.ts'

const edges = ['\ud7ff', '\ue000', '\uffff', '\u{10000}', '\u{10ffff}', 'a', '中']
const key = fc.string({ unit: fc.constantFrom(...edges, 'b', 'ä'), maxLength: 5 })
const byBytes = (left: string, right: string): number =>
  Buffer.compare(Buffer.from(left), Buffer.from(right))

describe('order of keys', () => {
  it('is the order of their UTF-8 bytes', () => {
    fc.assert(
      fc.property(key, key, (left, right) => {
        assert.equal(comesBefore(left, right), byBytes(left, right) < 0)
      }),
    )
  })

  it('ends a prefix after all keys that begin with it and before all others', () => {
    fc.assert(
      fc.property(key, key, (prefix, other) => {
        const end = prefixEnd(prefix)
        const inside = byBytes(prefix, other) <= 0 && (!end || byBytes(other, end) < 0)
        assert.equal(inside, other.startsWith(prefix))
      }),
      { numRuns: 500 },
    )
    assert.equal(prefixEnd(''), undefined)
    assert.equal(prefixEnd('\u{10ffff}'), undefined)
    assert.equal(prefixEnd('a\u{10ffff}'), 'b')
  })
})
