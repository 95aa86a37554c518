import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { MessageRates, TokenBucket, TokenBuckets } from './token-bucket.ts'

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

const rates = {
  messagesPerSecondMax: 10,
  messagesBurstMax: 5,
  bytesPerSecondMax: 100,
  bytesBurstMax: 50,
}

test('a client sends no more messages and bytes than their bursts and rates allow', () => {
  const arrivals = fc.array(fc.tuple(fc.nat(500), fc.nat(40)), { minLength: 1, maxLength: 100 })
  const property = fc.property(arrivals, (list) => {
    const both = new MessageRates(rates, 0)
    const messages = new TokenBucket(10_000, 5_000, 0)
    const bytes = new TokenBucket(100_000, 50_000, 0)
    let now = 0
    for (const [gap, size] of list) {
      now += gap
      assert.equal(both.arrived(size, now), bytes.take(size * 1000, now))
      assert.equal(both.takeMessage(), messages.take(1000, now))
    }
  })
  fc.assert(property)
})

test('what was granted is over the burst, and is used up once', () => {
  const both = new MessageRates(rates, 0)
  both.grant(2)
  for (let n = 0; n < 25; n++) assert.equal(both.takeMessage(), true)
  assert.equal(both.takeMessage(), false)
  both.arrived(0, 100)
  assert.equal(both.takeMessage(), true)
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
