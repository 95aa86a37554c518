import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { ManualClock } from './test-kit/harness.ts'
import { Ticker } from './ticker.ts'

/** A ticker at 20 Hz whose ticks take `cost` ms; what it did, as times at which ticks began. */
function run(cost: (tick: number) => number, dilation = 1) {
  const clock = new ManualClock()
  const begun: number[] = []
  const late: number[] = []
  const ticker = new Ticker(clock, 20, (lateMs) => {
    begun.push(clock.now() - 1000)
    late.push(lateMs)
    clock.stall(cost(begun.length))
  })
  ticker.dilation = dilation
  ticker.start()
  return { clock, begun, late, ticker }
}

describe('a ticker', () => {
  it('keeps its rate whatever ticks cost, as long as they fit', () => {
    const { clock, begun, late, ticker } = run((tick) => tick % 40)
    clock.advance(10_000)
    assert.deepEqual(
      begun,
      Array.from({ length: 200 }, (_, index) => 50 * (index + 1)),
    )
    assert.equal(ticker.overruns, 0)
    assert.ok(late.every((ms) => ms === 0))
  })

  it('tells how long others kept it waiting', () => {
    const { clock, late } = run(() => 10)
    clock.advance(50)
    clock.stall(60)
    clock.advance(60)
    assert.deepEqual(late, [0, 19, 0])
  })

  it('makes up for a stall only as far as that fits into the time of a tick', () => {
    const { clock, begun, ticker } = run(() => 20)
    clock.stall(5000)
    clock.advance(0)
    assert.equal(begun.length, 2)
    assert.equal(ticker.overruns, 97)
    clock.advance(1000)
    assert.equal(begun.length, 23, 'the third tick came a turn later')
  })

  it('whose ticks take too long makes them one by one, and never more than three late', () => {
    const { clock, begun, ticker } = run(() => 80)
    for (let turn = 0; turn < 200; turn += 1) {
      const before = begun.length
      clock.advance(1)
      assert.ok(begun.length <= before + 1, 'each turn of the loop has one tick')
    }
    const seconds = (clock.now() - 1000) / 1000
    assert.ok(Math.abs(begun.length / seconds - 12.5) < 0.5)
    assert.ok(Math.abs(ticker.overruns - (seconds * 20 - begun.length)) <= 4)
  })

  it('accounts for every period, and never makes more work than there is time', () => {
    const costs = fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 30 })
    const stalls = fc.array(fc.integer({ min: 0, max: 2000 }), { maxLength: 5 })
    fc.assert(
      fc.property(costs, stalls, (some, halts) => {
        const { clock, begun, ticker } = run((tick) => some[tick % some.length] as number)
        const turn = (): void => {
          const [before, from] = [begun.length, clock.now()]
          clock.advance(1)
          const made = begun.length - before
          assert.ok(made <= 3)
          // What the last one would cost was not known.
          const last = some[begun.length % some.length] as number
          assert.ok(made <= 1 || clock.now() - from - last <= 51, 'several fit into one period')
        }
        for (const halt of halts) {
          for (let count = 0; count < 50; count += 1) turn()
          clock.stall(halt)
        }
        for (let count = 0; count < 200; count += 1) turn()
        const due = (clock.now() - 1000) / 50
        // What a last tick has just left behind is skipped at the next turn.
        const behind = due - begun.length - ticker.overruns
        assert.ok(behind >= 0 && behind <= 3 + 400 / 50 + 1, `${behind} periods`)
      }),
      { numRuns: 200 },
    )
  })

  it('makes fewer of them while time is slowed', () => {
    const { clock, begun, ticker } = run(() => 0, 4)
    clock.advance(2000)
    assert.equal(begun.length, 10)
    ticker.dilation = 1
    clock.advance(1200)
    assert.equal(begun.length, 11 + 20)
  })
})
