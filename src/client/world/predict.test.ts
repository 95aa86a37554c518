import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type Apply, Predictor } from './predict.ts'

const tickMs = 50
const walk: Apply = (state, input) => {
  state.x += (input as { dx: number }).dx
}

function predictor(overrides: { snap?: number; rttMs?: number } = {}): Predictor {
  const { snap = 10, rttMs = 100 } = overrides
  const rtt = () => rttMs
  const fault = (thrown: unknown) => {
    throw thrown
  }
  const made = new Predictor({
    tickMs,
    precision: 1 / 128,
    pace: () => 1,
    smoothMs: 100,
    snap: () => snap,
    rttMs: rtt,
    fault,
  })
  made.reconcile(0, 0, { x: 0, y: 0, hp: 5 })
  return made
}

function shownX(predicted: Predictor, now: number): number {
  const into = { x: Number.NaN, y: Number.NaN }
  predicted.sample(now, into)
  return into.x
}

describe('prediction', () => {
  it('acts at once and walks through a step until the next is due', () => {
    const predicted = predictor()
    predicted.input(1000, 1, walk, { dx: 1 })
    assert.equal(predicted.state?.x, 1)
    assert.equal(shownX(predicted, 1000), 0)
    assert.equal(shownX(predicted, 1025), 0.5)
    assert.equal(shownX(predicted, 1050), 1)
    predicted.input(1050, 2, walk, { dx: 1 })
    assert.equal(shownX(predicted, 1075), 1.5)
  })

  it('walks through steps that are taken at once as long as they are', () => {
    const predicted = predictor()
    predicted.input(1000, 1, walk, { dx: 1 })
    // Ten frames a second: each brings two steps.
    for (let frame = 1; frame < 10; frame++) {
      const now = 1000 + frame * 100
      const from = shownX(predicted, now)
      predicted.input(now, frame * 2, walk, { dx: 1 })
      predicted.input(now, frame * 2 + 1, walk, { dx: 1 })
      assert.equal(shownX(predicted, now), from)
      assert.ok(Math.abs(shownX(predicted, now + 50) - from - 1) < 0.06)
      assert.ok(Math.abs(shownX(predicted, now + 100) - from - 2) < 0.06)
    }
  })

  it('stays as it is where the server agrees', () => {
    const predicted = predictor()
    for (let sequence = 1; sequence <= 4; sequence++) {
      predicted.input(1000 + sequence * 50, sequence, walk, { dx: 1 })
    }
    predicted.reconcile(1250, 2, { x: 2, y: 0, hp: 5 })
    assert.equal(predicted.state?.x, 4)
    assert.equal(predicted.pending, 2)
    assert.equal(shownX(predicted, 1250), 4)
  })

  it('lets a correction fade instead of jumping', () => {
    const predicted = predictor()
    predicted.input(1000, 1, walk, { dx: 4 })
    assert.equal(shownX(predicted, 1100), 4)
    predicted.reconcile(1100, 1, { x: 0, y: 0 })
    assert.equal(predicted.state?.x, 0)
    assert.equal(shownX(predicted, 1100), 4)
    const half = shownX(predicted, 1130)
    assert.ok(half > 1 && half < 2.5, String(half))
    assert.ok(shownX(predicted, 1200) < 0.21)
    assert.ok(shownX(predicted, 1400) < 0.001)
  })

  it('jumps where the server says far away', () => {
    const predicted = predictor({ snap: 3 })
    predicted.input(1000, 1, walk, { dx: 1 })
    predicted.reconcile(1100, 1, { x: 50, y: 0 })
    assert.equal(shownX(predicted, 1100), 50)
  })

  it('gives up an input that was lost', () => {
    const predicted = predictor()
    predicted.input(1000, 1, walk, { dx: 1 })
    predicted.reconcile(1500, 0, { x: 0, y: 0 })
    assert.equal(predicted.state?.x, 1)
    predicted.reconcile(2100, 0, { x: 0, y: 0 })
    assert.equal(predicted.state?.x, 0)
    assert.equal(predicted.pending, 0)
  })

  it('forgets everything with the avatar', () => {
    const predicted = predictor()
    predicted.input(1000, 1, walk, { dx: 1 })
    predicted.reconcile(1100, 0, undefined)
    assert.equal(predicted.state, undefined)
    predicted.input(1150, 2, walk, { dx: 1 })
    assert.equal(predicted.pending, 0)
  })

  it('is not corrected by the rounding of what the server tells', () => {
    const drift: Apply = (state, input) => {
      const { angle } = input as { angle: number }
      state.x += Math.cos(angle) * 0.26
      state.y += Math.sin(angle) * 0.26
    }
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 7, noNaN: true }), { minLength: 1, maxLength: 80 }),
        fc.integer({ min: 0, max: 8 }),
        fc.double({ min: -0.5, max: 0.4999, noNaN: true }),
        (angles, lagTicks, rounded) => {
          const predicted = predictor()
          const server = { x: rounded / 128, y: 0 }
          const round = (at: number): number => Math.floor(at * 128 + 0.5) / 128
          const told: { x: number; y: number }[] = []
          angles.forEach((angle, index) => {
            predicted.input(1000 + index * tickMs, index + 1, drift, { angle })
            drift(server, { angle }, 0.05)
            told.push({ x: round(server.x), y: round(server.y) })
            const acknowledged = index - lagTicks
            const avatar = told[acknowledged]
            if (avatar === undefined) return
            predicted.reconcile(1000 + index * tickMs, acknowledged + 1, avatar)
            assert.equal(predicted.error, 0)
          })
          const off = Number(predicted.state?.x) - server.x
          assert.ok(Math.abs(off) <= 0.5001 / 128, 'no more than the first rounding')
        },
      ),
    )
  })

  it('tells by how much it was wrong', () => {
    const predicted = predictor()
    predicted.input(1000, 1, walk, { dx: 1 })
    predicted.reconcile(1100, 1, { x: 4, y: 4 })
    assert.equal(predicted.error, 5)
    predicted.reconcile(1150, 1, { x: 4, y: 4 })
    assert.equal(predicted.error, 0)
  })

  it('ends where the server ends, whatever was lost, late or moved by others', () => {
    const event = fc.record({
      dx: fc.integer({ min: -2, max: 2 }),
      lost: fc.boolean(),
      push: fc.constantFrom(0, 0, 0, 1, -3),
    })
    fc.assert(
      fc.property(
        fc.array(event, { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 0, max: 8 }),
        (events, lagTicks) => {
          const predicted = predictor({ snap: 1000 })
          let serverX = 0
          let acknowledged = 0
          const frames: { x: number; acknowledged: number }[] = []
          events.forEach(({ dx, lost, push }, index) => {
            const now = 1000 + index * tickMs
            predicted.input(now, index + 1, walk, { dx })
            if (!lost) {
              serverX += dx
              acknowledged = index + 1
            }
            serverX += push
            frames.push({ x: serverX, acknowledged })
            const frame = frames[index - lagTicks]
            if (frame) predicted.reconcile(now, frame.acknowledged, { x: frame.x, y: 0 })
          })
          const end = 1000 + events.length * tickMs + 5000
          predicted.reconcile(end, acknowledged, { x: serverX, y: 0 })
          assert.equal(predicted.state?.x, serverX)
          assert.ok(Math.abs(shownX(predicted, end + 1000) - serverX) < 1e-6)
        },
      ),
    )
  })
})
