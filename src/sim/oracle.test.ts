import { test } from 'node:test'
import fc from 'fast-check'
import { played } from './oracle/test-kit/played.ts'
import type { Setup } from './oracle/test-kit/setup.ts'

/** `ORACLE_RUNS=20000 ORACLE_SEED=1 npm run test:only -- src/sim/oracle.test.ts` */
const runs = Number(process.env['ORACLE_RUNS'] ?? ('bun' in process.versions ? 150 : 1000))
const seed = Number(process.env['ORACLE_SEED'] ?? 12)

const setups: fc.Arbitrary<Setup> = fc.record({
  settings: fc.record({
    tileEdge: fc.constantFrom(10, 13),
    viewEntitiesMax: fc.constantFrom(0, 0, 0, 8),
  }),
  gates: fc.constantFrom(1, 2),
  lag: fc.constantFrom(-1, 0, 1, 2),
  bytesPerSecondMax: fc.constantFrom(0, 0, 1500, 500),
})

test('every client sees what it may and must, whatever happens', async () => {
  const numbers = fc.noBias(fc.array(fc.nat(), { minLength: 20, maxLength: 110, size: 'max' }))
  const property = fc.asyncProperty(setups, numbers, played)
  await fc.assert(property, {
    numRuns: runs,
    interruptAfterTimeLimit: runs > 1000 ? 3_000_000 : 500_000,
    markInterruptAsFailure: true,
    endOnFailure: process.env['ORACLE_NOSHRINK'] !== undefined,
    seed,
  })
})
