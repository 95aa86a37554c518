import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Clock } from '../clock.ts'

/** A clock under test. */
export interface ClockHarness {
  readonly clock: Clock
  /** Lets at least `ms` of this clock's time pass: really waits, or turns a virtual clock. */
  advance(ms: number): Promise<void>
}

/** Registers what every `Clock` must do. Waits less than a second of real time. */
export function clockConformance(name: string, make: () => ClockHarness): void {
  describe(`clock: ${name}`, () => {
    it('never goes back', async () => {
      const { clock, advance } = make()
      let last = clock.now()
      for (let step = 0; step < 5; step += 1) {
        await advance(2)
        const now = clock.now()
        assert.ok(now >= last + 2, `${now} after ${last}`)
        last = now
      }
    })

    it('tells a wall time that passes with the monotonic time', async () => {
      const { clock, advance } = make()
      const wall = clock.wallMs()
      assert.ok(wall > Date.UTC(2000, 0))
      await advance(20)
      assert.ok(clock.wallMs() >= wall + 15)
    })

    it('fires once, never early, in order of the due times', async () => {
      const { clock, advance } = make()
      const fired: string[] = []
      const start = clock.now()
      const note = (label: string, delayMs: number): void => {
        clock.after(delayMs, () => {
          assert.ok(clock.now() >= start + delayMs, `${label} came early`)
          fired.push(label)
        })
      }
      note('late', 30)
      note('fraction', 10.5)
      note('first', 0)
      assert.deepEqual(fired, [], 'nothing fires inside the call')
      await advance(60)
      assert.deepEqual(fired, ['first', 'fraction', 'late'])
      await advance(40)
      assert.equal(fired.length, 3)
    })

    it('does not fire what was cancelled', async () => {
      const { clock, advance } = make()
      let fired = 0
      const count = (): void => {
        fired += 1
      }
      const cancelled = clock.after(5, count)
      cancelled.cancel()
      cancelled.cancel()
      const kept = clock.after(5, count)
      await advance(20)
      kept.cancel()
      assert.equal(fired, 1)
    })

    it('waits for delays longer than a host timer can hold', async () => {
      const { clock, advance } = make()
      let fired = false
      const timer = clock.after(2 ** 31 + 5, () => {
        fired = true
      })
      await advance(10)
      timer.cancel()
      assert.equal(fired, false)
    })
  })
  repetition(name, make)
}

function repetition(name: string, make: () => ClockHarness): void {
  describe(`clock, repeating: ${name}`, () => {
    it('repeats without adding up lateness until cancelled', async () => {
      const { clock, advance } = make()
      const start = clock.now()
      const times: number[] = []
      const timer = clock.every(10, () => {
        times.push(clock.now() - start)
        if (times.length === 5) timer.cancel()
      })
      for (let waited = 0; times.length < 5 && waited < 100; waited += 1) await advance(10)
      await advance(30)
      assert.equal(times.length, 5)
      times.forEach((time, index) => {
        assert.ok(time >= (index + 1) * 10, `run ${index} came early: ${time}`)
      })
      const offsets = times.slice(2).map((time) => time % 10)
      assert.ok(Math.min(...offsets) < 8, `the runs left the multiples of the period: ${times}`)
    })

    it('refuses a period that is not above zero', () => {
      const { clock } = make()
      assert.throws(() => clock.every(0, () => {}), RangeError)
    })
  })
}
