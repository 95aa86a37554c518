import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Timers, timersMax } from './timers.ts'

function make(hz = 20) {
  const made = { tick: 0, timers: undefined as unknown as Timers, ran: [] as string[] }
  made.timers = new Timers(hz, () => made.tick)
  const advance = (ticks: number): void => {
    for (let count = 0; count < ticks; count += 1) {
      made.tick += 1
      made.timers.run((run) => run())
    }
  }
  const note = (name: string) => () => void made.ran.push(`${name} ${made.tick}`)
  return { made, timers: made.timers, advance, note }
}

describe('timers of a world', () => {
  it('run once after their time, or again and again, until they are cancelled', () => {
    const { made, timers, advance, note } = make()
    timers.after(0.1, note('a'))
    timers.after(0, note('now'))
    const often = timers.every(0.05, note('b'))
    timers.after(0.2, note('gone')).cancel()
    advance(2)
    often.cancel()
    often.cancel()
    advance(10)
    assert.deepEqual(made.ran, ['now 1', 'b 1', 'a 2', 'b 2'])
    assert.equal(timers.size, 0)
  })

  it('keep their rate over time though it is no whole number of ticks', () => {
    const { made, timers, advance, note } = make()
    timers.every(0.075, note('x'))
    timers.every(0.001, note('y'))
    advance(3000)
    assert.equal(made.ran.filter((one) => one.startsWith('x')).length, 2000)
    assert.equal(made.ran.filter((one) => one.startsWith('y')).length, 3000)
  })

  it('may set and cancel others while they run', () => {
    const { made, timers, advance, note } = make()
    const again = (): void => {
      note('again')()
      timers.after(0, again)
    }
    timers.after(0, again)
    const victim = timers.every(0.05, note('victim'))
    timers.after(0.05, () => victim.cancel())
    const self = timers.every(0.05, () => {
      note('self')()
      self.cancel()
    })
    advance(3)
    assert.deepEqual(made.ran, ['again 1', 'victim 1', 'self 1', 'again 2', 'again 3'])
  })

  it('are bounded, and refuse times that make no sense', () => {
    const { timers } = make()
    for (const seconds of [Number.NaN, -1, Number.POSITIVE_INFINITY, 2e9]) {
      assert.throws(() => timers.after(seconds, () => {}), { code: 'SCHEMA_INVALID' })
    }
    assert.throws(() => timers.every(0, () => {}), { code: 'SCHEMA_INVALID' })
    const handles = Array.from({ length: timersMax }, (_, n) => timers.after(n, () => {}))
    assert.throws(() => timers.after(1, () => {}), { code: 'TIMERS_FULL' })
    for (const handle of handles) handle.cancel()
    assert.equal(timers.size, 0)
  })

  it('run in the order of their times, and of their setting, whatever is cancelled', () => {
    const act = fc.record({ ticks: fc.integer({ min: 0, max: 30 }), cancel: fc.boolean() })
    fc.assert(
      fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
        const { made, timers, advance } = make(1)
        const expected: { due: number; order: number }[] = []
        const got: { due: number; order: number }[] = []
        const handles = acts.map(({ ticks }, order) =>
          timers.after(ticks, () => got.push({ due: made.tick, order })),
        )
        for (const [order, { ticks, cancel }] of acts.entries()) {
          if (cancel) handles[order]?.cancel()
          else expected.push({ due: Math.max(1, ticks), order })
        }
        advance(31)
        // Those for now and for the next tick are due together; the first of them by their time.
        const ticksOf = (order: number): number => acts[order]?.ticks ?? 0
        expected.sort((a, b) => a.due - b.due || a.order - b.order)
        got.sort((a, b) => a.due - b.due || a.order - b.order)
        assert.deepEqual(got, expected)
        assert.ok(got.every(({ due, order }) => due >= ticksOf(order)))
      }),
    )
  })
})
