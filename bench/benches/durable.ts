import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { call, defineActor, defineGame, u32 } from '../../src/index.ts'
import type { Store } from '../../src/ports/index.ts'
import { sqliteStore } from '../../src/store/index.ts'
import { postgresStore } from '../../src/store/postgres.ts'
import { startPostgres } from '../../src/store/test-kit/postgres.ts'
import { startHost } from '../actors/host.ts'
import { type Bench, progress } from '../lib/bench.ts'
import { type Findings, options, report } from '../rig/report.ts'

const WARM_UP_MS = 1_500
const REACH_P99_MS = 50
const REACH_SQLITE = 60_000
const REACH_POSTGRES = 25_000

const defaults = { callers: 2_000, seconds: 5 }

const counter = defineActor(
  { state: { n: u32 } },
  {
    calls: {
      add: call({ by: u32 }, { n: u32 }, (self, { by }) => {
        self.state.n += by
        return { n: self.state.n }
      }),
    },
  },
)
const game = defineGame({ actors: { counter } })

/** Each caller has an actor and calls it again as soon as it is answered. */
async function measure(
  store: Store,
  { callers, seconds }: typeof defaults,
): Promise<{ perSecond: number; p50Ms: number; p99Ms: number; wrong: string[] }> {
  const { host, close } = await startHost(game, store)
  const begin = performance.now() + WARM_UP_MS
  const end = begin + seconds * 1000
  const tookMs: number[] = []
  const wrong: string[] = []
  const caller = async (_: unknown, at: number): Promise<void> => {
    let [calls, askedMs] = [0, performance.now()]
    while (askedMs < end) {
      const { n } = await host.scope.actor(counter, `c${at}`).add({ by: 1 })
      calls += 1
      if (n !== calls) wrong.push(`call ${calls} of caller ${at} was answered by ${n}`)
      const now = performance.now()
      if (now >= begin && now < end) tookMs.push(now - askedMs)
      askedMs = now
    }
  }
  await Promise.all(Array.from({ length: callers }, caller))
  await close()
  tookMs.sort((a, b) => a - b)
  const part = (share: number) => tookMs[Math.floor(share * tookMs.length)] ?? Number.NaN
  return { perSecond: tookMs.length / seconds, p50Ms: part(0.5), p99Ms: part(0.99), wrong }
}

async function scene(
  name: string,
  store: Store,
  of: typeof defaults,
  reach: number,
): Promise<Findings> {
  progress(name)
  const { perSecond, p50Ms, p99Ms, wrong } = await measure(store, of)
  return {
    scene: name,
    wrong,
    figures: [
      {
        ...{ what: 'calls acknowledged', key: 'perSecond', unit: '/s', value: perSecond },
        reachAtLeast: reach,
      },
      { what: 'answered, median', key: 'p50Ms', unit: 'ms', value: p50Ms },
      {
        ...{ what: 'answered, 99 of 100 within', key: 'p99Ms', unit: 'ms', value: p99Ms },
        reach: REACH_P99_MS,
      },
    ],
  }
}

async function run(args: readonly string[]): Promise<boolean> {
  const of = options(args, defaults)
  const folder = mkdtempSync(join(tmpdir(), 'realmkit-durable-'))
  const postgres = await startPostgres({ max_wal_size: '4GB' })
  try {
    const sqlite = await sqliteStore({ file: join(folder, 'game.db') })
    const findings = [
      await scene('sqlite', sqlite, of, REACH_SQLITE),
      await scene('postgres', await postgresStore({ url: postgres.url }), of, REACH_POSTGRES),
    ]
    return report('durable', findings, of.json)
  } finally {
    await postgres.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

export const bench: Bench = {
  about: 'Calls that change their actor, answered once that is durable.',
  usage: '[--json] [--callers 2000] [--seconds 5]',
  needsPeers: false,
  run,
}
