import { join } from 'node:path'
import { type Child, startChild } from '../lib/child.ts'
import type { ContenderClient, ServerOptions, ServerTotals } from '../lib/contender.ts'
import { mean, median, quantiles } from '../lib/stats.ts'
import type { LoadOptions, LoadReport, Sighting } from '../load/report.ts'
import { type SceneSnapshot, TICK_HZ } from '../scene.ts'
import { type Verdict, verify } from './verify.ts'

const SERVER_CORE = 0
const LOAD_CORE = 1
const START_TIMEOUT_MS = 15_000
const JOIN_TIMEOUT_MS = 120_000
const SEED = 20_260_101
const COMMAND_HZ = 10
const RECORD_MS = 1_500
/** Ticks the server records: more than fit in the clients' time, so that these are covered. */
const RECORD_TICKS = 40
const SIZE_PARTS = 64

export interface Plan {
  readonly visible: number
  readonly clients: number
  readonly samples: number
  readonly warmUpMs: number
  readonly windowMs: number
  readonly windows: number
  /** The runtime that runs the servers. */
  readonly execPath: string
}

/** What one contender did in one scene. */
export interface Outcome {
  /** Server CPU, user and system, per client and tick: the median of the windows. */
  readonly us: number
  readonly userUs: number
  readonly systemUs: number
  /** The windows one by one. */
  readonly windowsUs: readonly number[]
  readonly hz: number
  /** CPU the server used, as a part of one core. */
  readonly cpuShare: number
  /** WebSocket payload bytes per client and tick. */
  readonly bytesPerTick: number
  /** Sizes of frames, each as frequent as the others. */
  readonly frameBytes: readonly number[]
  /** Commands received per client and tick. */
  readonly commandsPerTick: number
  /** Frames of the client that got the fewest, as a part of the ticks. */
  readonly framesMinShare: number
  readonly lost: number
  /** CPU the load process used, as a part of one core: near 1 it may have been the bottleneck. */
  readonly loadCpuShare: number
  readonly residentBytes: number
  /** Absent if the contender has nothing to decode. */
  readonly verdict: Verdict | undefined
}

export interface Unavailable {
  readonly unavailable: string
}

interface Window {
  readonly before: ServerTotals
  readonly after: ServerTotals
  readonly load: LoadReport
}

/** Runs one contender through one scene: its server on one core, all clients on another. */
export async function measure(
  name: string,
  plan: Plan,
  frameBytes: readonly number[],
): Promise<Outcome | Unavailable> {
  const folder = join(import.meta.dirname, '..')
  const { visible, clients, samples } = plan
  const options: ServerOptions = { visible, clients, seed: SEED, frameBytes }
  const script = join(folder, 'contenders', name, 'server.ts')
  const server = startChild(plan.execPath, script, options, SERVER_CORE)
  try {
    const started = await Promise.race([
      server.next<number>('port', START_TIMEOUT_MS).then((port) => ({ port })),
      server.next<string>('unavailable', START_TIMEOUT_MS).then((why) => ({ unavailable: why })),
    ])
    if ('unavailable' in started) return started
    const address = { host: '127.0.0.1', port: started.port }
    const loading: LoadOptions = {
      contender: name,
      ...address,
      clients,
      samples,
      commandHz: COMMAND_HZ,
    }
    const load = startChild(process.execPath, join(folder, 'load', 'main.ts'), loading, LOAD_CORE)
    try {
      await load.next('joined', JOIN_TIMEOUT_MS)
      return await observe(name, plan, server, load)
    } finally {
      await load.stop()
    }
  } finally {
    await server.stop()
  }
}

async function observe(name: string, plan: Plan, server: Child, load: Child): Promise<Outcome> {
  await sleep(plan.warmUpMs)
  await load.ask<LoadReport>({ report: true }, 'report')
  const windows: Window[] = []
  let before = await server.ask<ServerTotals>({ measure: true }, 'totals')
  for (let index = 0; index < plan.windows; index++) {
    await sleep(plan.windowMs)
    const [after, got] = await Promise.all([
      server.ask<ServerTotals>({ measure: true }, 'totals'),
      load.ask<LoadReport>({ report: true }, 'report'),
    ])
    windows.push({ before, after, load: got })

    before = after
  }
  const verdict = await decoded(name, server, load)
  return summarise(windows, verdict, plan)
}

async function decoded(name: string, server: Child, load: Child): Promise<Verdict | undefined> {
  const path = `../contenders/${name}/client.ts`
  const { contender } = (await import(path)) as { contender: ContenderClient }
  if (contender.sample === undefined) return undefined
  const [truth, sightings] = await Promise.all([
    server.ask<SceneSnapshot[]>({ record: RECORD_TICKS }, 'recorded'),
    load.ask<Sighting[]>({ recordMs: RECORD_MS }, 'sightings'),
  ])
  return verify(sightings, truth, contender.toleranceQuanta)
}

const cpuUs = (totals: ServerTotals) => totals.cpuUserUs + totals.cpuSystemUs

function summarise(windows: readonly Window[], verdict: Verdict | undefined, plan: Plan): Outcome {
  const per = (of: (totals: ServerTotals) => number) =>
    windows.map(
      ({ before, after }) => (of(after) - of(before)) / (after.clientTicks - before.clientTicks),
    )
  const first = windows[0]?.before
  const last = windows.at(-1)?.after
  if (first === undefined || last === undefined) throw new Error('there is no window')
  const elapsedMs = last.atMs - first.atMs
  const loads = windows.map(({ load }) => load)
  const frames = loads.reduce((sum, load) => sum + load.frames, 0)
  const bytes = loads.reduce((sum, load) => sum + load.bytes, 0)
  const ticks = last.ticks - first.ticks
  return {
    us: median(per(cpuUs)),
    userUs: median(per((totals) => totals.cpuUserUs)),
    systemUs: median(per((totals) => totals.cpuSystemUs)),
    windowsUs: per(cpuUs),
    hz: (ticks * 1000) / elapsedMs,
    cpuShare: (cpuUs(last) - cpuUs(first)) / 1000 / elapsedMs,
    bytesPerTick: bytes / ((loads[0]?.counting ?? 0) * ticks),
    frameBytes:
      frames > 0
        ? quantiles(
            loads.flatMap((load) => load.sizes),
            SIZE_PARTS,
          )
        : [],
    commandsPerTick: mean(per((totals) => totals.commands)),
    framesMinShare: loads.reduce((sum, load) => sum + load.framesMin, 0) / ticks,
    lost: loads.at(-1)?.lost ?? plan.clients,
    loadCpuShare: mean(loads.map((load) => load.cpuShare)),
    residentBytes: last.residentBytes,
    verdict,
  }
}

/** Whether the tick rate held well enough for the figures to be about the scene as described. */
export function held(hz: number): boolean {
  return hz >= TICK_HZ * 0.98
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
