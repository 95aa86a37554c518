import { join } from 'node:path'
import { type Bench, progress } from '../lib/bench.ts'
import { canPin, startChild } from '../lib/child.ts'
import type { LoadOptions, LoadReport } from '../load/report.ts'
import { checkSight } from '../rig/check.ts'
import { commandMessage } from '../rig/client.ts'
import { fighters, turnInput } from '../rig/fighters.ts'
import { measureTicks, tickFigures } from '../rig/measure.ts'
import { type Findings, options, report } from '../rig/report.ts'
import { startRig } from '../rig/rig.ts'
import type { RigServerOptions, RigTotals } from '../rig/server.ts'

const SIDE_METRES = 100
const REACH_P95_MS = 15
const COMMAND_HZ = 10
const TICK_HZ = 20
/** Of a hundred ticks: the rate counts as held if no more are left out. */
const LATE_MAX = 2
const FRAMES_MIN_SHARE = 0.9
const LOAD_CPU_SHARE_MAX = 0.95
const SERVER_CORE = 0
const LOAD_CORE = 1
const START_TIMEOUT_MS = 15_000
const JOIN_TIMEOUT_MS = 120_000

const defaults = { fighters: 1_000, ticks: 600, 'warm-up': 200, seconds: 15 }

async function withoutSockets(of: typeof defaults): Promise<Findings> {
  const scene = 'without sockets'
  progress(scene)
  const rig = await startRig(fighters({ side: SIDE_METRES }))
  await rig.join(of.fighters)
  let sequence = 0
  const ticksPerCommand = TICK_HZ / COMMAND_HZ
  const commands = (): (() => void) => {
    sequence += 1
    const ready: (() => void)[] = []
    for (let at = sequence % ticksPerCommand; at < of.fighters; at += ticksPerCommand) {
      const message = commandMessage(0, sequence, turnInput(((at * 7_919) % 8_192) - 4_096))
      ready.push(() => rig.clients[at]?.say(message))
    }
    return () => {
      for (const send of ready) send()
    }
  }
  const found = await measureTicks(rig, { warmUp: of['warm-up'], ticks: of.ticks, commands })
  const { wrong, inViewMean } = checkSight(rig)
  await rig.close()
  const inView = { what: 'in view, mean', key: 'inViewMean', unit: '', value: inViewMean }
  return { scene, wrong, figures: [...tickFigures(found, { p95Ms: REACH_P95_MS }), inView] }
}

async function withSockets(of: typeof defaults): Promise<Findings> {
  const scene = 'with sockets'
  progress(scene)
  const folder = join(import.meta.dirname, '..')
  const serving: RigServerOptions = { game: 'camp', side: SIDE_METRES, clients: of.fighters }
  const script = join(folder, 'rig', 'server.ts')
  const server = startChild(process.execPath, script, serving, SERVER_CORE)
  try {
    const port = await server.next<number>('port', START_TIMEOUT_MS)
    const loading: LoadOptions = {
      contender: 'ours',
      ...{ host: '127.0.0.1', port, clients: of.fighters, samples: 0, commandHz: COMMAND_HZ },
    }
    const load = startChild(process.execPath, join(folder, 'load', 'main.ts'), loading, LOAD_CORE)
    try {
      await load.next('joined', JOIN_TIMEOUT_MS)
      await sleep(5_000)
      await load.ask<LoadReport>({ report: true }, 'report')
      const before = await server.ask<RigTotals>({ measure: true }, 'totals')
      await sleep(of.seconds * 1000)
      const [after, got] = await Promise.all([
        server.ask<RigTotals>({ measure: true }, 'totals'),
        load.ask<LoadReport>({ report: true }, 'report'),
      ])
      return socketFindings(scene, { before, after, got })
    } finally {
      await load.stop()
    }
  } finally {
    await server.stop()
  }
}

function socketFindings(
  scene: string,
  found: { before: RigTotals; after: RigTotals; got: LoadReport },
): Findings {
  const { before, after, got } = found
  const seconds = (after.atMs - before.atMs) / 1000
  const ticks = after.ticks - before.ticks
  const hz = ticks / seconds
  const cpuMs = (after.cpuUs - before.cpuUs) / 1000
  const framesShare = got.framesMin / ticks
  const wrong: string[] = []
  if (got.lost > 0) wrong.push(`${got.lost} connections lost`)
  if (framesShare < FRAMES_MIN_SHARE) {
    wrong.push(`a client got only ${Math.round(framesShare * 100)} % of the frames`)
  }
  if (got.cpuShare > LOAD_CPU_SHARE_MAX) progress('! the clients used their whole core')
  const figures = [
    {
      ...{ what: 'ticks left out, of a hundred', key: 'lateShare', unit: '' },
      ...{ value: Math.max(0, 1 - hz / TICK_HZ) * 100, reach: LATE_MAX },
    },
    { what: 'ticks a second', key: 'hz', unit: 'Hz', value: hz },
    { what: 'CPU of the server a tick', key: 'cpuPerTickMs', unit: 'ms', value: cpuMs / ticks },
    {
      ...{ what: 'CPU of the server, of a core', key: 'cpuShare', unit: '%' },
      value: (cpuMs / seconds / 1000) * 100,
    },
    {
      ...{ what: 'sent to a client', key: 'kbPerSecond', unit: 'KB/s' },
      value: got.bytes / got.counting / seconds / 1000,
    },
    {
      ...{ what: 'CPU of the clients, of a core', key: 'loadCpuShare', unit: '%' },
      value: got.cpuShare * 100,
    },
  ]
  return { scene, wrong, figures }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

export const bench: Bench = {
  about: 'A thousand who fight in one camp, each seeing all, 20 times a second.',
  usage: '[--json] [--fighters 1000] [--ticks 600] [--warm-up 200] [--seconds 15]',
  needsPeers: false,
  run: async (args) => {
    const of = options(args, defaults)
    if (!canPin()) progress('! no taskset or a single core: server and clients share cores')
    const findings = [await withoutSockets(of), await withSockets(of)]
    return report('crowd', findings, of.json)
  },
}
