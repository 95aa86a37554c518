// Plays the seeds it is sent, one at a time.
import { parentPort } from 'node:worker_threads'
import { runSeed } from '../../src/sim/soak/index.ts'

// Errors are part of the play, and where they come from is read in the story of one seed only.
Error.stackTraceLimit = 0

parentPort?.on('message', async (seed: number) => {
  const result = await runSeed(seed)
  // Only the story of a failed seed is read.
  const notes = result.verdicts.length > 0 ? result.notes : []
  parentPort?.postMessage({ ...result, notes })
})
