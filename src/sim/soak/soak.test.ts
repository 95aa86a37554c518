import assert from 'node:assert/strict'
import { test } from 'node:test'
import { canaries, hunt } from './canaries/hunt.ts'
import { runSeed } from './run-seed.ts'
import { timelineOf } from './timeline.ts'

/** The same seeds each time; `npm run sim` plays others. */
const seeds = 'bun' in process.versions ? 40 : 500

/** A test each, so that none of them takes as long as a test may. */
const seedsAtOnce = 50

for (let from = 1; from <= seeds; from += seedsAtOnce) {
  const until = Math.min(seeds, from + seedsAtOnce - 1)
  test(`nothing lost, nothing twice, all settles: seeds ${from} to ${until}`, async () => {
    for (let seed = from; seed <= until; seed += 1) {
      const result = await runSeed(seed)
      assert.equal(timelineOf(result), '')
      assert.ok(result.acknowledged > 0, `seed ${seed} did something`)
    }
  })
}

test('one seed, one history', async () => {
  const [first, again, other] = [await runSeed(7), await runSeed(7), await runSeed(8)]
  assert.equal(first.traceHash, again.traceHash)
  assert.notEqual(first.traceHash, other.traceHash)
})

test('planted bugs are found', async () => {
  for (const canary of canaries.slice(0, 3)) {
    const { seeds } = await hunt(canary, 300)
    assert.notEqual(seeds, undefined, canary.name)
  }
})
