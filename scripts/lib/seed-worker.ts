// Plays the seeds it is sent, one at a time.
import { parentPort } from 'node:worker_threads'
import { runSeed } from '../../src/sim/soak/index.ts'

parentPort?.on('message', async (seed: number) => {
  const result = await runSeed(seed)
  // Only the story of a failed seed is read.
  const notes = result.verdicts.length > 0 ? result.notes : []
  parentPort?.postMessage({ ...result, notes })
})
