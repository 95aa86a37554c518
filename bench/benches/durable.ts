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
import { type Figure, type Findings, options, report } from '../rig/report.ts'

const WARM_UP_MS = 3_000
/** Between the warm-up and a pace, so that what is under way is answered. */
const LULL_MS = 500
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

interface Measured {
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly wrong: readonly string[]
}

/**
 * Each caller has an actor and calls it again as soon as it is answered, or, where there is a pace,
 * when its next call is due: a late one counts from when it was due, so that nothing is left out
 * while calls are slow ("coordinated omission"). Without a pace all of them warm up.
 */
async function measure(
  store: Store,
  name: string,
  { callers, seconds }: typeof defaults,
  perSecond?: number,
): Promise<Measured> {
  const { host, close } = await startHost(game, store)
  const everyMs = perSecond === undefined ? 0 : (1000 * callers) / perSecond
  const warm = performance.now() + WARM_UP_MS
  const begin = perSecond === undefined ? warm : warm + LULL_MS
  const end = begin + seconds * 1000
  const tookMs: number[] = []
  const wrong: string[] = []
  const caller = async (_: unknown, at: number): Promise<void> => {
    let [calls, dueMs] = [0, performance.now()]
    while (dueMs < end) {
      const leftMs = dueMs - performance.now()
      if (leftMs > 0) await new Promise((resolve) => setTimeout(resolve, Math.ceil(leftMs)))
      const { n } = await host.scope.actor(counter, `${name}-${at}`).add({ by: 1 })
      calls += 1
      if (n !== calls) wrong.push(`call ${calls} of caller ${at} was answered by ${n}`)
      const now = performance.now()
      if (dueMs >= begin && now < end) tookMs.push(now - dueMs)
      if (now < warm || everyMs === 0) dueMs = now
      else dueMs = dueMs < begin ? begin + (everyMs * at) / callers : dueMs + everyMs
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
  open: () => Promise<Store>,
  of: typeof defaults,
  reach: number,
): Promise<Findings> {
  progress(`${name}, as fast as it answers`)
  const fast = await measure(await open(), 'fast', of)
  progress(`${name}, ${reach} calls a second`)
  const paced = await measure(await open(), 'paced', of, reach)
  const ms = (what: string, key: string, value: number, reach?: number): Figure => ({
    ...{ what, key, unit: 'ms', value },
    ...(reach === undefined ? {} : { reach }),
  })
  return {
    scene: name,
    wrong: [...fast.wrong, ...paced.wrong],
    figures: [
      {
        ...{ what: 'calls acknowledged', key: 'perSecond', unit: '/s', value: fast.perSecond },
        reachAtLeast: reach,
      },
      ms('answered, median', 'p50Ms', fast.p50Ms),
      ms('answered, 99 of 100 within', 'p99Ms', fast.p99Ms, REACH_P99_MS),
      { what: 'at a pace', key: 'pacedPerSecond', unit: '/s', value: paced.perSecond },
      ms('at a pace, median', 'pacedP50Ms', paced.p50Ms),
      ms('at a pace, 99 of 100 within', 'pacedP99Ms', paced.p99Ms, REACH_P99_MS),
    ],
  }
}

async function run(args: readonly string[]): Promise<boolean> {
  const of = options(args, defaults)
  const folder = mkdtempSync(join(tmpdir(), 'realmkit-durable-'))
  const postgres = await startPostgres({ max_wal_size: '4GB' })
  const sqlite = () => sqliteStore({ file: join(folder, 'game.db') })
  try {
    const findings = [
      await scene('sqlite', sqlite, of, REACH_SQLITE),
      await scene('postgres', () => postgresStore({ url: postgres.url }), of, REACH_POSTGRES),
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
