import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { lerpAngle, type Shown, Track } from './track.ts'

const snap = 20

function sample(track: Track, timeMs: number, frameMs: number, angles = 0): Shown {
  const into: Shown = { x: Number.NaN, y: Number.NaN, angles: Array<number>(angles).fill(0) }
  track.sample(timeMs, frameMs, snap, into)
  return into
}

function walked(): Track {
  const track = new Track(0)
  for (let tick = 0; tick <= 4; tick++) track.push(tick * 50, tick, tick * 2, [])
  return track
}

describe('track', () => {
  it('is halfway between two moments at half time', () => {
    assert.deepEqual(sample(walked(), 75, 200), { x: 1.5, y: 3, angles: [] })
    assert.deepEqual(sample(walked(), 100, 200), { x: 2, y: 4, angles: [] })
  })

  it('shows the oldest moment before, and the newest one after where it has come to rest', () => {
    assert.equal(sample(walked(), -500, 200).x, 0)
    assert.equal(sample(walked(), 230, 250).x, 4, 'a frame at 250 said nothing of it')
    assert.equal(sample(walked(), 400, 250).x, 4)
  })

  it('goes on for a tenth of a second without frames, holds, and then takes it back', () => {
    assert.equal(sample(walked(), 250, 200).x, 5)
    assert.equal(sample(walked(), 300, 200).x, 6)
    assert.equal(sample(walked(), 400, 200).x, 6)
    assert.equal(sample(walked(), 2000, 200).x, 4)
  })

  it('rests until just before the next move', () => {
    const track = walked()
    track.rest(950)
    track.push(1000, 5, 10, [])
    assert.equal(sample(track, 600, 1000).x, 4)
    assert.equal(sample(track, 975, 1000).x, 4.5)
  })

  for (const every of [1, 2, 4, 16]) {
    it(`goes evenly where frames tell of it in every ${every} ticks`, () => {
      const [tickMs, delayMs, perMs] = [50, 100, 0.005]
      const track = new Track(0)
      let last: number | undefined
      for (let now = 0; now < 6000; now += 10) {
        if (now % tickMs === 0) {
          const x = now * perMs
          if (now % (every * tickMs) === 0) {
            if (!track.glides(now, x, 0, tickMs)) track.rest(now - tickMs)
            track.push(now, x, 0, [])
          }
        }
        if (now < 2500) continue
        const frameMs = Math.floor(now / tickMs) * tickMs
        const { x } = sample(track, now - delayMs, frameMs)
        const step = x - (last ?? x - 10 * perMs)
        assert.ok(Math.abs(step - 10 * perMs) < 1e-9, `${step} at ${now}`)
        last = x
      }
    })
  }

  it('spreads the steps of a player whose commands were held up', () => {
    const track = walked()
    assert.equal(track.glides(400, 8, 16, 50), true, 'four steps after four ticks')
    assert.equal(track.glides(400, 5, 10, 50), false, 'one step: it stood still before')
    assert.equal(track.glides(400, 90, 16, 50), false, 'a jump')
    assert.equal(track.glides(250, 5, 10, 50), false, 'the next tick')
    assert.equal(track.glides(1200, 20, 40, 50), false, 'long ago')
    const still = new Track(0)
    still.push(0, 1, 1, [])
    assert.equal(still.glides(200, 2, 2, 50), false, 'never seen to move')
  })

  it('does not walk through a jump', () => {
    const track = walked()
    track.push(250, 90, 8, [])
    assert.equal(sample(track, 249, 250).x, 4)
    assert.equal(sample(track, 250, 250).x, 90)
    assert.equal(sample(track, 320, 250).x, 90, 'and does not go on with its speed')
  })

  it('takes a second word on the same moment as the last, and ignores an older one', () => {
    const track = walked()
    track.push(200, 7, 7, [])
    track.push(100, 1, 1, [])
    assert.equal(sample(track, 200, 200).x, 7)
  })

  it('turns the short way round', () => {
    const track = new Track(1)
    track.push(0, 0, 0, [6.2])
    track.push(50, 0, 0, [0.1])
    const [half] = sample(track, 25, 50, 1).angles
    const expected = (6.2 + 0.1 + 2 * Math.PI) / 2 - 2 * Math.PI
    assert.ok(Math.abs(Math.sin((half as number) - expected)) < 1e-9)
    const any = fc.double({ min: 0, max: 6.28, noNaN: true })
    fc.assert(
      fc.property(any, any, (a, b) => {
        const angle = lerpAngle(a, b, 0.5)
        const distance = (p: number, q: number) =>
          Math.abs(Math.atan2(Math.sin(p - q), Math.cos(p - q)))
        assert.ok(
          distance(angle, a) <= Math.PI / 2 + 1e-6 && distance(angle, b) <= Math.PI / 2 + 1e-6,
        )
        assert.ok(angle >= 0 && angle < 2 * Math.PI)
      }),
    )
  })

  it('keeps a bounded past', () => {
    const track = new Track(0)
    for (let tick = 0; tick < 1000; tick++) track.push(tick * 50, tick, 0, [])
    assert.equal(sample(track, 999 * 50 - 25, 999 * 50).x, 998.5)
    assert.equal(sample(track, 0, 999 * 50).x, 960)
  })
})
