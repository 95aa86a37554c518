import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { VisibleSet } from '../lib/contender.ts'
import { VIEW_RADIUS } from '../scene.ts'
import { verify } from './verify.ts'

/** Avatar 0 sees 1 just so, 2 not. */
const truth = [
  { tick: 4, x: [0, 0, 0], y: [9, 9, 9], facing: [0, 0, 0] },
  { tick: 5, x: [10, 10 + VIEW_RADIUS, 11 + VIEW_RADIUS], y: [0, 0, 0], facing: [1, 255, 3] },
]
const right: VisibleSet = {
  tick: 5,
  avatars: [0, 1],
  x: [10, 10 + VIEW_RADIUS],
  y: [0, 0],
  facing: [1, 255],
}
const check = (view: VisibleSet, tolerance = 0) => verify([{ avatar: 0, view }], truth, tolerance)

test('a view that has everybody in range at the right place passes', () => {
  assert.deepEqual(check(right), {
    views: 1,
    exactMean: 2,
    deliveredMean: 2,
    missing: 0,
    wrong: 0,
  })
})

test('whoever is in range and was not delivered is missing', () => {
  const view = { tick: 5, avatars: [0], x: [10], y: [0], facing: [1] }
  assert.equal(check(view).missing, 1)
})

test('a wrong place, direction or number is wrong', () => {
  assert.equal(check({ ...right, x: [10, 11 + VIEW_RADIUS] }).wrong, 1)
  assert.equal(check({ ...right, x: [10, 11 + VIEW_RADIUS] }, 1).wrong, 0)
  assert.equal(check({ ...right, facing: [1, 254] }).wrong, 1)
  assert.equal(check({ ...right, y: [0] }).wrong, 1)
  assert.equal(check({ ...right, avatars: [0, 77] }).wrong, 1)
})

test('more than what is in range may be delivered, and is counted', () => {
  const more = {
    tick: 5,
    avatars: [0, 1, 2],
    x: truth[1]?.x ?? [],
    y: [0, 0, 0],
    facing: [1, 255, 3],
  }
  const verdict = check(more)
  assert.equal(verdict.wrong + verdict.missing, 0)
  assert.equal(verdict.deliveredMean, 3)
})

test('a view of a tick that was not recorded is not compared', () => {
  assert.equal(check({ ...right, tick: 6 }).views, 0)
})
