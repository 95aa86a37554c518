import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { capStepsMax, dilationMax, Overload } from './overload.ts'

const periodMs = 50

/** Lets time pass with ticks that take `busyMs(overload)`; tells each change, with its second. */
function drive() {
  const overload = new Overload(periodMs, 0)
  let now = 0
  const changes: string[] = []
  let last = '0 0 1.00'
  const run = (ms: number, busyMs: (overload: Overload) => number): void => {
    const endMs = now + ms
    while (now < endMs) {
      const busy = busyMs(overload)
      now += Math.max(periodMs * overload.dilation, busy)
      overload.note(busy, now)
      const state = `${overload.level} ${overload.capSteps} ${overload.dilation.toFixed(2)}`
      if (state !== last) changes.push(`${(now / 1000).toFixed(1)}: ${state}`)
      last = state
    }
  }
  return { overload, run, changes, now: () => now }
}

const levelsOf = (changes: readonly string[]): number[] =>
  changes
    .map((change) => Number(change.split(' ')[1]))
    .filter((level, index, all) => level !== all[index - 1])

describe('the overload ladder', () => {
  it('is not climbed by what fits, nor by a single stall', () => {
    const { overload, run, changes } = drive()
    run(20_000, () => 0.85 * periodMs)
    run(10_000, () => 5)
    run(1, () => 10_000)
    run(10_000, () => 5)
    assert.deepEqual(changes, [])
    assert.equal(overload.level, 0)
    assert.ok(Math.abs(overload.load - 0.1) < 0.01)
  })

  it('is climbed in order, a step a second, and descended in order', () => {
    const { overload, run, changes, now } = drive()
    run(15_000, () => 80)
    assert.deepEqual(levelsOf(changes), [1, 2, 3])
    assert.equal(overload.capSteps, capStepsMax)
    assert.ok(overload.load < 0.9 && overload.load > 0.6, String(overload.load))
    assert.ok(overload.dilation > 1.7 && overload.dilation < 2.7, String(overload.dilation))
    const seconds = changes.map((change) => Number.parseFloat(change))
    const gaps = seconds.slice(1).map((second, index) => second - (seconds[index] as number))
    assert.ok(gaps.every((gap) => gap >= 0.99))
    const settledAt = changes.length
    run(20_000, () => 80)
    assert.equal(changes.length, settledAt, 'it came to rest')
    run(40_000, () => 5)
    assert.deepEqual(levelsOf(changes), [1, 2, 3, 2, 1, 0])
    assert.deepEqual([overload.level, overload.capSteps, overload.dilation], [0, 0, 1])
    const spent = overload.levelMs.reduce((sum, ms) => sum + ms)
    assert.ok(Math.abs(spent - now()) < 1e-6)
    assert.ok(overload.levelMs.every((ms) => ms > 1000))
  })

  it('slows time by four at most, whatever the load', () => {
    const { overload, run } = drive()
    run(30_000, () => 500)
    assert.equal(overload.dilation, dilationMax)
    assert.equal(overload.level, 3)
  })

  it('stops where a step is enough', () => {
    const { overload, run } = drive()
    run(60_000, ({ level }) => (level >= 1 ? 35 : 48))
    assert.equal(overload.level, 1)
    const capped = drive()
    capped.run(60_000, ({ capShare }) => 80 * Math.max(0.45, capShare))
    assert.equal(capped.overload.level, 2)
    assert.equal(capped.overload.dilation, 1)
    assert.ok(capped.overload.capSteps >= 1)
  })

  it('goes back and forth ever more seldom where a step is more than enough', () => {
    const { run, changes } = drive()
    run(600_000, ({ level }) => (level >= 1 ? 10 : 60))
    assert.ok(changes.length < 30, String(changes.length))
    const { length } = changes
    run(120_000, () => 10)
    run(60_000, ({ level }) => (level >= 1 ? 10 : 60))
    assert.ok(changes.length > length, 'it is not stuck either')
  })

  it('never leaves its bounds, skips no step upwards, and always comes back', () => {
    const phase = fc.record({
      ms: fc.integer({ min: 100, max: 20_000 }),
      busyMs: fc.double({ min: 0, max: 1000, noNaN: true }),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    })
    fc.assert(
      fc.property(fc.array(phase, { minLength: 1, maxLength: 8 }), (phases) => {
        const { overload, run, changes } = drive()
        for (const { ms, busyMs, share } of phases) {
          run(ms, ({ capShare }) => busyMs * (1 - share + share * capShare))
        }
        run(180_000, () => 1)
        const levels = levelsOf(changes)
        for (const [index, level] of levels.entries()) {
          assert.equal(Math.abs(level - (levels[index - 1] ?? 0)), 1)
        }
        for (const change of changes) {
          const [, level, steps, dilation] = change.split(' ').map(Number) as [
            number,
            number,
            number,
            number,
          ]
          assert.ok(dilation >= 1 && dilation <= dilationMax)
          assert.ok(dilation === 1 || level === 3)
          assert.ok(steps === 0 ? level < 2 : level >= 2)
        }
        assert.deepEqual([overload.level, overload.capSteps, overload.dilation], [0, 0, 1])
      }),
      { numRuns: 100 },
    )
  })
})
