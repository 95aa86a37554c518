import { Trace } from '../trace.ts'
import type { SeedResult } from './run-seed.ts'
import { type VerdictKind, verdictKinds } from './verdicts.ts'

/** Of so many seeds one is run twice, to see that a seed decides everything. */
const repeatedEvery = 50

/** The line that a run over many seeds ends with. */
export interface SoakReport extends Record<VerdictKind, number> {
  readonly seeds: number
  readonly simSeconds: number
  readonly realSeconds: number
  readonly faults: number
  readonly faultKinds: Record<string, number>
  readonly acknowledged: number
  /** Of all seeds together, in the order of their numbers, whoever played them. */
  readonly traceHash: string
}

/** Where to look closer. */
export interface SoakSeeds {
  readonly failed: readonly number[]
  /** Of these two runs differed. */
  readonly unrepeatable: readonly number[]
}

export interface SoakOptions {
  readonly from: number
  readonly seeds: number
  /** Plays one seed, here or elsewhere. */
  readonly play: (seed: number) => Promise<SeedResult>
  /** How many seeds are played at the same time: 1 where all are played on this thread. */
  readonly atOnce: number
  /** Seconds of the host's own clock. */
  readonly seconds: () => number
  /** Told of each seed, in their order. */
  readonly done: (result: SeedResult) => void
}

/** A seed that was played, and whether it was the same where it was played twice. */
interface Played {
  readonly result: SeedResult
  readonly repeatable: boolean
}

/** Plays seed after seed, and adds up what they came to. */
export async function soak(
  options: SoakOptions,
): Promise<{ report: SoakReport; where: SoakSeeds }> {
  const { seeds, seconds, done } = options
  const counts = Object.fromEntries(verdictKinds.map((kind) => [kind, 0])) as Record<
    VerdictKind,
    number
  >
  const faultKinds: Record<string, number> = {}
  const where = { failed: [] as number[], unrepeatable: [] as number[] }
  const hashes = new Trace()
  const sum = { simMs: 0, faults: 0, acknowledged: 0 }
  const begun = seconds()
  await inOrder(options, ({ result, repeatable }) => {
    const { seed } = result
    sum.simMs += result.simMs
    sum.acknowledged += result.acknowledged
    for (const [kind, count] of result.faultKinds) {
      faultKinds[kind] = (faultKinds[kind] ?? 0) + count
      sum.faults += count
    }
    if (result.verdicts.length > 0) where.failed.push(seed)
    for (const { kind } of result.verdicts) counts[kind] += 1
    if (!repeatable) where.unrepeatable.push(seed)
    hashes.note({ kind: 'seed', timeMs: seed, from: result.traceHash, to: '', bytes: nothing })
    done(result)
  })
  const report = {
    seeds,
    simSeconds: Math.round(sum.simMs / 1000),
    realSeconds: Math.round((seconds() - begun) * 10) / 10,
    faults: sum.faults,
    faultKinds,
    acknowledged: sum.acknowledged,
    ...counts,
    traceHash: hashes.hash,
  }
  return { report, where }
}

/** Plays as many at once as it may, and hands on what they came to in the order of the seeds. */
async function inOrder(
  { from, seeds, atOnce, play }: SoakOptions,
  take: (played: Played) => void,
): Promise<void> {
  const early = new Map<number, Played>()
  let nextToPlay = from
  let nextToTake = from
  const playOn = async (): Promise<void> => {
    while (nextToPlay < from + seeds) {
      const seed = nextToPlay
      nextToPlay += 1
      early.set(seed, await played(seed, play))
      for (let first = early.get(nextToTake); first; first = early.get(nextToTake)) {
        early.delete(nextToTake)
        nextToTake += 1
        take(first)
      }
    }
  }
  await Promise.all(Array.from({ length: atOnce }, playOn))
}

async function played(seed: number, play: SoakOptions['play']): Promise<Played> {
  const result = await play(seed)
  const again = seed % repeatedEvery === 0 ? await play(seed) : result
  return { result, repeatable: again.traceHash === result.traceHash }
}

const nothing = new Uint8Array(0)
