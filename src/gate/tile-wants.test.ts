import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { TileWants } from './tile-wants.ts'

function newWants(): TileWants {
  let requests = 0
  return new TileWants(() => (requests += 1))
}

test('whatever views do, the world is told of exactly the tiles that somebody holds', () => {
  const step = fc.record({
    do: fc.constantFrom('hold', 'release', 'send', 'retry', 'restart'),
    tile: fc.integer({ min: 0, max: 5 }),
  })
  const property = fc.property(fc.array(step, { maxLength: 80, size: 'max' }), (steps) => {
    const wants = newWants()
    const held = new Map<number, number>()
    const subscribed = new Set<number>()
    const send = (): void => {
      const { anew, subscribe = [], unsubscribe = [], keyframes = [] } = wants.take(0) ?? {}
      if (anew === true) subscribed.clear()
      assert.ok(subscribe.every((tile) => keyframes.includes(tile)))
      assert.ok(subscribe.every((tile) => !unsubscribe.includes(tile)))
      for (const tile of subscribe) subscribed.add(tile)
      for (const tile of unsubscribe) {
        assert.ok(subscribed.delete(tile), 'it was subscribed')
        assert.ok(!keyframes.includes(tile))
      }
    }
    for (const { do: name, tile } of steps) {
      const count = held.get(tile) ?? 0
      if (name === 'hold') {
        held.set(tile, count + 1)
        wants.hold(tile)
        wants.needKeyframe(tile)
      } else if (name === 'release' && count > 0) {
        held.set(tile, count - 1)
        wants.release(tile)
      } else if (name !== 'release') {
        if (name === 'retry') wants.retry(1)
        if (name === 'restart') wants.restart()
        send()
      }
    }
    send()
    const expected = [...held].filter(([, count]) => count > 0).map(([tile]) => tile)
    assert.deepEqual([...subscribed].sort(), expected.sort())
    assert.equal(wants.tiles, expected.length)
    assert.equal(wants.take(0), undefined)
  })
  fc.assert(property, { numRuns: 1000 })
})

test('what a world told while another was thought to run is not taken for an answer', () => {
  const wants = newWants()
  wants.hold(3)
  wants.take(0)
  wants.release(3)
  wants.take(0)
  wants.hold(3)
  assert.equal(wants.take(0)?.number, 3)
  // The world that says that it is new has heeded the second request, and not yet the third.
  wants.startedAnew(1)
  assert.equal(wants.isCurrent(3, 2), false)
  assert.equal(wants.isCurrent(3, 3), true)
  wants.startedAnew(3)
  assert.equal(wants.isCurrent(3, 0), true, 'it has come back with what it was subscribed to')
})
