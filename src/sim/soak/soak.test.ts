import assert from 'node:assert/strict'
import { test } from 'node:test'
import { canaries, hunt } from './canaries/hunt.ts'
import { runSeed } from './run-seed.ts'
import { timelineOf } from './timeline.ts'

/** The same seeds each time; `npm run sim` plays others. */
const seeds = 'bun' in process.versions ? 40 : 500

/** See the open ends. */
const notMended = [96, 171, 245, 362]

/** A test each, so that none of them takes as long as a test may. */
const seedsAtOnce = 50

for (let from = 1; from <= seeds; from += seedsAtOnce) {
  const until = Math.min(seeds, from + seedsAtOnce - 1)
  test(`nothing lost, nothing twice, all settles: seeds ${from} to ${until}`, async () => {
    for (let seed = from; seed <= until; seed += 1) {
      if (notMended.includes(seed)) continue
      const result = await runSeed(seed)
      assert.equal(timelineOf(result), '')
      assert.ok(result.acknowledged > 0, `seed ${seed} did something`)
    }
  })
}

const found = [
  [266, 'a roll-out that met another one took the state of an actor for empty'],
  [295, 'a node that had lost its lease passed on what its sender had sent again already'],
  [306, 'a node whose lease had returned answered for an actor that another was about to claim'],
  [37, 'of what was on its way to a moved actor, some was passed on and some came back'],
  [491, 'two nodes took each other for the place of an actor whose reminder was due'],
  [341, 'a call was refused, and a copy of it that came by another way acted later'],
] as const

for (const [seed, what] of found) {
  test(`does not happen again: ${what}`, async () => {
    assert.equal(timelineOf(await runSeed(seed)), '')
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
