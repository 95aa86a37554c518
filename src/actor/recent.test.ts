import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Recent } from './recent.ts'

describe('what was set of late', () => {
  it('is remembered for at least half a minute, and at most for a whole one', () => {
    const recent = new Recent<number>(1_000)
    assert.equal(recent.get('a'), undefined)
    recent.set('a', 1, 1_000)
    recent.set('b', 2, 30_999)
    assert.equal(recent.get('a'), 1)
    recent.set('c', 3, 31_000)
    assert.equal(recent.get('a'), 1)
    assert.equal(recent.forgotMs, Number.NEGATIVE_INFINITY)
    recent.set('d', 4, 61_000)
    assert.equal(recent.get('a'), undefined)
    assert.equal(recent.get('c'), 3)
    assert.equal(recent.forgotMs, 31_000)
    recent.set('e', 5, 500_000)
    assert.equal(recent.get('d'), undefined)
    assert.equal(recent.forgotMs, 91_000)
    assert.deepEqual([...recent.all(500_000)], [['e', 5]])
    assert.deepEqual([...recent.all(560_000)], [])
  })

  it('has the newest value of each key', () => {
    const recent = new Recent<number>(1_000)
    recent.set('a', 1, 0)
    recent.set('b', 1, 0)
    recent.set('a', 2, 31_000)
    assert.equal(recent.get('a'), 2)
    assert.deepEqual([...recent.all(31_000)].sort(), [
      ['a', 2],
      ['b', 1],
    ])
  })

  it('is bounded, and tells until when it has forgotten', () => {
    const recent = new Recent<number>(1_000)
    for (let n = 0; n < 3_500; n += 1) recent.set(String(n), n, n)
    const kept = Array.from({ length: 3_500 }, (_, n) => recent.get(String(n)))
    const first = kept.findIndex((one) => one !== undefined)
    assert.ok(first > 0 && first <= 2_500, `${first}`)
    assert.ok(recent.forgotMs >= first - 1 && recent.forgotMs < 2_500, `${recent.forgotMs}`)
  })
})
