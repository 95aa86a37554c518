import { runSeed } from '../run-seed.ts'
import { blobCanaries } from './blobs.ts'
import { epochCanaries } from './epochs.ts'
import { ledgerCanaries } from './ledger.ts'
import { otherCanaries } from './others.ts'
import type { Canary } from './plant.ts'
import { storeCanaries } from './store.ts'

export const canaries: readonly Canary[] = [
  ...storeCanaries,
  ...blobCanaries,
  ...epochCanaries,
  ...ledgerCanaries,
  ...otherCanaries,
]

export interface Hunted {
  readonly name: string
  /** How many seeds it took; undefined where all of them were not enough. */
  readonly seeds: number | undefined
  /** What gave it away. */
  readonly verdict: string
}

/**
 * Plays seed after seed with a planted bug, until a judge finds it: something that it does not find
 * in the same seed without.
 */
export async function hunt({ name, plant }: Canary, seedsMax: number): Promise<Hunted> {
  for (let seed = 1; seed <= seedsMax; seed += 1) {
    const [first] = (await runSeed(seed, plant)).verdicts
    if (first === undefined || (await runSeed(seed)).verdicts.length > 0) continue
    return { name, seeds: seed, verdict: `${first.kind}: ${first.text}` }
  }
  return { name, seeds: undefined, verdict: '' }
}
