import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { tileGrid } from '../protocol/index.ts'
import { isFlush, nextEase, type Rate, rateAt, reachOf, tileDistance } from './rates.ts'

describe('a view that must save', () => {
  const part = fc.double({ min: 0, max: 1, noNaN: true })
  const ease = fc.double({ min: 0, max: 1.5, noNaN: true })

  it('never slows the nearer more than the farther, nor less when it must save more', () => {
    fc.assert(
      fc.property(part, part, ease, ease, (a, b, more, less) => {
        const [near, far] = [Math.min(a, b), Math.max(a, b)]
        assert.ok(rateAt(near, more) <= rateAt(far, more))
        const [low, high] = [Math.min(more, less), Math.max(more, less)]
        assert.ok(rateAt(near, low) <= rateAt(near, high))
        assert.ok(reachOf(low) >= reachOf(high))
      }),
    )
    assert.equal(rateAt(1, 0), 0)
    assert.equal(rateAt(0, 1.5), 0, 'where one stands everything is told')
    assert.equal(reachOf(1), 1, 'it shrinks last')
  })

  it('comes to rest within its budget and takes back what it can', () => {
    // What a view takes falls with its ease; the budget is a share of what it would take at ease 0.
    const taken = (ease: number, full: number): number => full * (1 - 0.55 * Math.min(1, ease))
    for (const full of [0.5, 1.2, 1.8]) {
      let ease = 0
      for (let turn = 0; turn < 60; turn += 1) ease = nextEase(ease, taken(ease, full), 0)
      assert.ok(taken(ease, full) <= 1.05, `${full} at ${ease}`)
      for (let turn = 0; turn < 60; turn += 1) ease = nextEase(ease, 0.1, 0)
      assert.equal(ease, 0)
    }
    assert.ok(nextEase(0, 0, 1) > 0, 'pressure of the world makes it save at once')
    assert.ok(nextEase(1.5, 99, 3) <= 1.5)
  })

  it('is told all once in each period, at slower rates when at faster ones too', () => {
    for (const rate of [0, 1, 2] as Rate[]) {
      for (let row = 0; row < 40; row += 1) {
        const ticks = Array.from({ length: 32 }, (_, at) => at + 100)
        const told = ticks.filter((tick) => isFlush(tick, row, rate))
        assert.equal(told.length, 32 / 4 ** rate)
        for (const tick of told) {
          for (let faster = 0; faster < rate; faster += 1) {
            assert.ok(isFlush(tick, row, faster as Rate))
          }
        }
      }
    }
  })

  it('measures the way to a tile in parts of its radius', () => {
    const grid = tileGrid(400, 400, 20)
    const view = { x: 210, y: 210, radius: 50 }
    assert.equal(tileDistance(grid, view, 10 * 20 + 10), 0)
    assert.equal(tileDistance(grid, view, 10 * 20 + 12), 0.6)
  })
})
