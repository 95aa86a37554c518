import { Trace } from '../trace.ts'
import { runSeed, type SeedResult } from './run-seed.ts'
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
  /** Of all seeds together. */
  readonly traceHash: string
}

/** Where to look closer. */
export interface SoakSeeds {
  readonly failed: readonly number[]
  /** Of these two runs differed. */
  readonly unrepeatable: readonly number[]
  /** There was found what is known and not mended (`open-ends.ts`). */
  readonly open: readonly number[]
}

export interface SoakOptions {
  readonly from: number
  readonly seeds: number
  /** Seconds of the host's own clock. */
  readonly seconds: () => number
  /** Told of each seed. */
  readonly done: (result: SeedResult) => void
}

/** Plays seed after seed, and adds up what they came to. */
export async function soak({
  from,
  seeds,
  seconds,
  done,
}: SoakOptions): Promise<{ report: SoakReport; where: SoakSeeds }> {
  const counts = Object.fromEntries(verdictKinds.map((kind) => [kind, 0])) as Record<
    VerdictKind,
    number
  >
  const faultKinds: Record<string, number> = {}
  const where = { failed: [] as number[], unrepeatable: [] as number[], open: [] as number[] }
  const hashes = new Trace()
  const sum = { simMs: 0, faults: 0, acknowledged: 0 }
  const begun = seconds()
  for (let seed = from; seed < from + seeds; seed += 1) {
    const result = await runSeed(seed)
    sum.simMs += result.simMs
    sum.acknowledged += result.acknowledged
    for (const [kind, count] of result.faultKinds) {
      faultKinds[kind] = (faultKinds[kind] ?? 0) + count
      sum.faults += count
    }
    if (result.open > 0) where.open.push(seed)
    if (result.verdicts.length > 0) where.failed.push(seed)
    for (const { kind } of result.verdicts) counts[kind] += 1
    if (seed % repeatedEvery === 0 && !(await isRepeatable(result))) where.unrepeatable.push(seed)
    hashes.note({ kind: 'seed', timeMs: seed, from: result.traceHash, to: '', bytes: nothing })
    done(result)
  }
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

async function isRepeatable(first: SeedResult): Promise<boolean> {
  const second = await runSeed(first.seed)
  return second.traceHash === first.traceHash
}

const nothing = new Uint8Array(0)
