import { test } from 'node:test'
import fc from 'fast-check'
import { concluded } from './oracle/test-kit/conclusion.ts'
import { act } from './oracle/test-kit/history.ts'
import type { Setup } from './oracle/test-kit/setup.ts'
import { Stage } from './oracle/test-kit/stage.ts'

/** `ORACLE_RUNS=20000 ORACLE_SEED=1 npm run test:only -- src/sim/oracle.test.ts` */
const runs = Number(process.env['ORACLE_RUNS'] ?? ('bun' in process.versions ? 150 : 1000))
const seed = Number(process.env['ORACLE_SEED'] ?? 12)

async function history(setup: Setup, numbers: readonly number[]): Promise<void> {
  const stage = new Stage(setup)
  try {
    await stage.begin()
    await stage.enter(0)
    await stage.enter(stage.gates.length - 1)
    for (const number of numbers) await act(stage, number)
    await concluded(stage)
  } catch (error) {
    throw new Error(`${(error as Error).message}, after ${stage.done.join(' ')}`, { cause: error })
  }
}

const setups: fc.Arbitrary<Setup> = fc.record({
  settings: fc.record({
    tileEdge: fc.constantFrom(10, 13),
    viewEntitiesMax: fc.constantFrom(0, 0, 0, 8),
  }),
  gates: fc.constantFrom(1, 2),
  lag: fc.constantFrom(-1, 0),
  bytesPerSecondMax: fc.constantFrom(0, 0, 1500, 500),
})

test('every client sees what it may and must, whatever happens', async () => {
  const numbers = fc.noBias(fc.array(fc.nat(), { minLength: 20, maxLength: 110, size: 'max' }))
  const property = fc.asyncProperty(setups, numbers, history)
  await fc.assert(property, {
    numRuns: runs,
    interruptAfterTimeLimit: runs > 1000 ? 3_000_000 : 500_000,
    markInterruptAsFailure: true,
    endOnFailure: process.env['ORACLE_NOSHRINK'] !== undefined,
    seed,
  })
})
