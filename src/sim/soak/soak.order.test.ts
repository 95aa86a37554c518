import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SeedResult } from './run-seed.ts'
import { soak } from './soak.ts'

test('seeds that end in any order are reported as if played one after the other', async () => {
  const alone = await played(1)
  const together = await played(4)
  assert.deepEqual(together, alone)
  assert.deepEqual(alone.done, [48, 49, 50, 51, 52, 53])
  assert.deepEqual(alone.where.unrepeatable, [50])
})

/** Each seed takes longer than the next; seed 50 is another when it is played again. */
async function played(atOnce: number) {
  const done: number[] = []
  const hashes = ['first', 'second']
  const { report, where } = await soak({
    from: 48,
    seeds: 6,
    atOnce,
    play: async (seed): Promise<SeedResult> => {
      for (let turns = 100 - seed; turns > 0; turns -= 1) await undefined
      const traceHash = seed === 50 ? String(hashes.shift()) : `of ${seed}`
      return { ...nothing, seed, traceHash }
    },
    seconds: () => 0,
    done: ({ seed }) => done.push(seed),
  })
  return { report, where, done }
}

const nothing = {
  simMs: 1_000,
  faultKinds: new Map([['partition', 2]]),
  acknowledged: 3,
  verdicts: [],
  notes: [],
}
