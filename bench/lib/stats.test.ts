import assert from 'node:assert/strict'
import { test } from 'node:test'
import { median, quantiles } from './stats.ts'

test('the median of odd and even counts', () => {
  assert.equal(median([9, 1, 5]), 5)
  assert.equal(median([4, 1, 2, 9]), 3)
})

test('quantiles send the same distribution again', () => {
  assert.deepEqual(
    quantiles(
      [
        [300, 1],
        [100, 3],
      ],
      4,
    ),
    [100, 100, 100, 300],
  )
  assert.equal(quantiles([[7, 1]], 64).length, 64)
})
