import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Timeline } from './timeline.ts'

const tickMs = 50

/** Feeds frames that leave every tick and are under way for `transit(tick)` ms, in order. */
function feed(timeline: Timeline, ticks: number, transit: (tick: number) => number): number {
  let now = 0
  for (let tick = 1; tick <= ticks; tick++) {
    now = Math.max(now, tick * tickMs + transit(tick))
    timeline.arrived(now, tick)
  }
  return now
}

describe('timeline', () => {
  it('starts two ticks behind and stays close where the network is even', () => {
    const timeline = new Timeline(tickMs)
    assert.equal(timeline.delayMs, 100)
    feed(timeline, 100, () => 30)
    assert.equal(timeline.delayMs, 75)
  })

  it('falls back as far as the jitter, within its bounds', () => {
    const timeline = new Timeline(tickMs)
    feed(timeline, 200, (tick) => 30 + (tick % 4) * 30)
    // Frames stay in order, so the earliest is 60 ms under way and the latest 120.
    assert.equal(timeline.delayMs, 75 + 60)
    const rough = new Timeline(tickMs)
    feed(rough, 400, (tick) => 30 + (tick % 20) * 100)
    assert.equal(rough.delayMs, 500)
    const fast = new Timeline(5)
    for (let tick = 1; tick < 100; tick++) fast.arrived(tick * 5 + 1, tick)
    assert.equal(fast.delayMs, 50)
  })

  it('shows a time that never runs backwards, and at most a tenth faster than life', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 50 }), (transits) => {
        const timeline = new Timeline(tickMs)
        let now = 0
        let last: number | undefined
        transits.forEach((transit, index) => {
          const arrival = Math.max(now, (index + 1) * tickMs + transit)
          for (; now < arrival; now += 16) {
            if (index === 0) continue
            const shown = timeline.shownMs(now)
            if (last !== undefined) assert.ok(shown >= last && shown - last <= 16 * 1.11)
            last = shown
          }
          timeline.arrived(now, index + 1)
        })
      }),
    )
  })

  it('almost always has the next frame before it is needed', () => {
    const timeline = new Timeline(tickMs)
    let seed = 1
    const jitter = () => {
      seed = (seed * 48_271) % 2_147_483_647
      return (seed % 60) + 20
    }
    let now = 0
    let shown = 0
    let late = 0
    for (let tick = 1; tick <= 600; tick++) {
      const arrival = Math.max(now, tick * tickMs + jitter())
      for (; now < arrival; now += 10) {
        if (tick < 100) continue
        shown++
        if (timeline.shownMs(now) > timeline.newestMs) late++
      }
      timeline.arrived(arrival, tick)
    }
    assert.ok(late / shown < 0.05, `${late} of ${shown}`)
  })

  it('tells when time has jumped', () => {
    const timeline = new Timeline(tickMs)
    assert.equal(timeline.arrived(1000, 10), true)
    assert.equal(timeline.arrived(1050, 11), true)
    assert.equal(timeline.arrived(1100, 3), false)
    assert.equal(timeline.shownMs(1100), 3 * tickMs - 100)
    assert.equal(timeline.arrived(60_000, 4), false)
  })
})
