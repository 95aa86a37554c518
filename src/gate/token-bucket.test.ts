import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { TokenBucket, TokenBuckets } from './token-bucket.ts'

test('never more than the burst and the rate allow, in any span', () => {
  const takes = fc.array(fc.integer({ min: 0, max: 500 }), { minLength: 1, maxLength: 100 })
  const property = fc.property(takes, (gaps) => {
    const bucket = new TokenBucket(10, 5, 0)
    const taken: number[] = []
    let now = 0
    for (const gap of gaps) {
      now += gap
      if (bucket.take(1, now)) taken.push(now)
    }
    for (const [first, from] of taken.entries()) {
      for (const [last, to] of taken.entries()) {
        if (last < first) continue
        assert.ok(last - first + 1 <= 5 + ((to - from) * 10) / 1000 + 1e-6)
      }
    }
  })
  fc.assert(property)
})

test('what was granted is over the burst, and is used up once', () => {
  const bucket = new TokenBucket(10, 5, 0)
  bucket.grant(20)
  for (let n = 0; n < 25; n++) assert.equal(bucket.take(1, 1), true)
  assert.equal(bucket.take(1, 1), false)
  assert.equal(bucket.take(5, 1000), true)
  assert.equal(bucket.take(1, 1000), false)
})

test('buckets by key are bounded: the longest silent is forgotten first', () => {
  const buckets = new TokenBuckets(1, 1, 2)
  assert.equal(buckets.take('a', 0), true)
  assert.equal(buckets.take('b', 0), true)
  assert.equal(buckets.take('a', 0), false)
  assert.equal(buckets.take('c', 0), true)
  assert.equal(buckets.size, 2)
  assert.equal(buckets.take('a', 0), false, 'a was used later than b')
  buckets.sweep(1000)
  assert.equal(buckets.size, 0)
})
