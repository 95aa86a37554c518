import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { delaysOf, type NetworkConditions } from '../emulate.ts'
import { Timeline } from './timeline.ts'

const tickMs = 50
const frameMs = 1000 / 60

/** Feeds frames that leave every tick and are under way for `transit(tick)` ms, in order. */
function feed(timeline: Timeline, ticks: number, transit: (tick: number) => number): number {
  let now = 0
  for (let tick = 1; tick <= ticks; tick++) {
    now = Math.max(now, tick * tickMs + transit(tick))
    timeline.arrived(now, tick)
  }
  return now
}

/** A frame of the screen. */
interface Shot {
  readonly now: number
  readonly shownMs: number
  /** How far the shown time went since the last shot, against real time. */
  readonly speed: number
  readonly newestMs: number
  readonly overdueMs: number
  readonly delayMs: number
  readonly pace: number
}

/** Draws a world whose ticks come over a network, at 60 Hz, from the first frame on. */
function watch(
  seconds: number,
  network: NetworkConditions,
  pace: (nowMs: number) => number = () => 1,
): Shot[] {
  const timeline = new Timeline(tickMs)
  const delayMs = delaysOf(network)
  const arrivals: number[] = []
  for (let now = 0, last = 0; now < seconds * 1000; now += tickMs / pace(now)) {
    last = Math.max(last, now + delayMs())
    arrivals.push(last)
  }
  const shots: Shot[] = []
  let tick = 0
  for (let now = 0; now < seconds * 1000; now += frameMs) {
    for (; (arrivals[tick] as number) <= now; tick++) {
      assert.ok(timeline.arrived(arrivals[tick] as number, tick + 1), 'time has not jumped')
    }
    if (tick === 0) continue
    const shownMs = timeline.shownMs(now)
    const { newestMs, delayMs } = timeline
    const speed = (shownMs - (shots.at(-1)?.shownMs ?? shownMs)) / frameMs
    const overdueMs = timeline.overdueMs(now)
    shots.push({ now, shownMs, speed, newestMs, overdueMs, delayMs, pace: timeline.pace })
  }
  return shots
}

/** The share of shots for which it holds, in per cent. */
function percent(shots: readonly Shot[], holds: (shot: Shot) => boolean): number {
  return (shots.filter(holds).length / shots.length) * 100
}

const between = (shots: readonly Shot[], from: number, to: number): Shot[] =>
  shots.filter(({ now }) => now >= from * 1000 && now < to * 1000)

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
    feed(rough, 400, (tick) => 30 + (tick % 20 === 0 ? 900 : 0))
    assert.equal(rough.delayMs, 500)
    const fast = new Timeline(5)
    for (let tick = 1; tick < 100; tick++) fast.arrived(tick * 5 + 1, tick)
    assert.equal(fast.delayMs, 50)
  })

  it('shows a time that never runs backwards, and never much faster than life', () => {
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
            if (last !== undefined) assert.ok(shown >= last && shown - last <= 16 * 1.31)
            last = shown
          }
          timeline.arrived(now, index + 1)
        })
      }),
    )
  })

  it('skips the silence of a world in which nothing happened', () => {
    const timeline = new Timeline(tickMs)
    feed(timeline, 100, () => 30)
    timeline.shownMs(7000)
    timeline.arrived(8030, 160)
    assert.ok(Math.abs(timeline.shownMs(8030) - (160 * tickMs - timeline.delayMs)) < 1)
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

describe('a timeline over a bad network', () => {
  for (const seed of [1, 2, 3]) {
    it(`always has the next frame at 150 ± 50 ms (seed ${seed})`, () => {
      const shots = between(watch(60, { latencyMs: 150, jitterMs: 50, seed }), 3, 60)
      assert.equal(
        percent(shots, ({ shownMs, newestMs }) => shownMs > newestMs),
        0,
      )
      assert.ok(shots.every(({ speed }) => speed > 0.95 && speed < 1.05))
      assert.ok(shots.every(({ delayMs }) => delayMs < 180))
    })

    it(`slows down and catches up where 2 % stall (seed ${seed})`, () => {
      const network = { latencyMs: 150, jitterMs: 50, stallRate: 0.02, seed }
      const shots = between(watch(120, network), 3, 120)
      assert.ok(percent(shots, ({ shownMs, newestMs }) => shownMs > newestMs) < 6)
      assert.ok(percent(shots, ({ overdueMs }) => overdueMs > 100) < 3)
      assert.ok(percent(shots, ({ speed }) => speed < 0.75) < 5)
      assert.ok(shots.every(({ speed }) => speed >= 0 && speed <= 1.3001))
    })
  }

  it('has caught up soon after a stall', () => {
    const timeline = new Timeline(tickMs)
    let now = 0
    for (let tick = 1; tick <= 200; tick++) {
      // The 100th frame is stuck for 400 ms, and holds up all behind it.
      const arrival = Math.max(tick * tickMs, tick >= 100 ? 100 * tickMs + 400 : 0) + 30
      for (; now < arrival; now += 10) {
        if (tick === 1) continue
        const behindMs = now - timeline.shownMs(now)
        if (now > 5450 && now < 5480) assert.ok(behindMs > 250, `${behindMs} behind at ${now}`)
        if (now > 6900) assert.ok(behindMs < 240, `${behindMs} behind at ${now}`)
      }
      timeline.arrived(arrival, tick)
    }
  })

  it('shows the present to whoever looks again after a while', () => {
    const timeline = new Timeline(tickMs)
    for (let tick = 1; tick <= 400; tick++) {
      timeline.arrived(tick * tickMs + 30, tick)
      if (tick < 50 || tick > 300) timeline.shownMs(tick * tickMs + 31)
      if (tick !== 301) continue
      const behindMs = tick * tickMs - timeline.shownMs(tick * tickMs + 31)
      assert.ok(behindMs > 50 && behindMs < 110, `${behindMs} behind`)
    }
  })

  it('comes near again once the network has calmed down', () => {
    const timeline = new Timeline(tickMs)
    const rough = delaysOf({ latencyMs: 150, jitterMs: 50, stallRate: 0.05 })
    feed(timeline, 600, (tick) => (tick <= 400 ? rough() : 100))
    assert.ok(timeline.delayMs < 80, String(timeline.delayMs))
    const raised = new Timeline(tickMs)
    feed(raised, 400, rough)
    assert.ok(raised.delayMs > 250 && raised.delayMs <= 500, String(raised.delayMs))
  })

  for (const slow of [0.9, 0.5, 0.25]) {
    it(`passes as fast as the time of an overloaded world, at ${slow}`, () => {
      const pace = (now: number): number => (now > 10_000 && now < 30_000 ? slow : 1)
      const shots = watch(50, { latencyMs: 60, jitterMs: 30 }, pace)
      assert.ok(between(shots, 3, 10).every(({ pace }) => pace === 1))
      const dilated = between(shots, 16, 30)
      assert.ok(dilated.every(({ pace }) => Math.abs(pace - slow) < slow * 0.15))
      assert.ok(dilated.every(({ speed }) => Math.abs(speed - slow) < slow * 0.3))
      assert.ok(percent(dilated, ({ shownMs, newestMs }) => shownMs > newestMs) < 2)
      assert.ok(shots.every(({ speed }) => speed >= 0 && speed <= 1.3001))
      const after = between(shots, 40, 50)
      assert.ok(after.every(({ pace, delayMs }) => pace === 1 && delayMs < 150))
      assert.equal(
        percent(after, ({ shownMs, newestMs }) => shownMs > newestMs),
        0,
      )
    })
  }
})
