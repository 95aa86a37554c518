import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startNatsServer } from '../../src/bus/test-kit/nats-server.ts'
import type { Role } from '../../src/cluster/index.ts'
import { startPostgres } from '../../src/store/test-kit/postgres.ts'
import { type NodeProcess, startNode } from '../cluster/process.ts'
import { type Bench, progress } from '../lib/bench.ts'
import { type Child, startChild } from '../lib/child.ts'
import type { StormArguments, StormReport } from '../login/load.ts'
import { callers, echoers, type Felt, type Players } from '../login/players.ts'
import { type Figure, type Findings, options, report } from '../rig/report.ts'

const SERVER_CORE = 0
const LOAD_CORE = 1
const ANSWERED_MS_MAX = 60_000
const REACH_TIMES = 1.2
/** The floor lets nobody in, so nobody waits there for longer than it takes to ask once more. */
const FLOOR_PATIENCE_MS = 2_000
/** A tenth of the storm comes before: what compilers do with it first is not what is measured. */
const WARM_UP_SHARE = 0.1
const WARM_UP_PATIENCE_MS = 3_000

const defaults = {
  ...{ logins: 20_000, seconds: 10, players: 50, patience: 120, room: 15_000 },
  ...{ connections: 100 },
}

/** What a storm did to those inside. */
interface Stormed {
  readonly storm: StormReport
  readonly alone: Felt
  readonly during: Felt
  /** Until the last had given up. */
  readonly after: Felt
}

/** Clients who are ready to storm; the first storm is a small one. */
async function clients(
  port: number,
  patienceMs: number,
  of: typeof defaults,
  share = 1,
): Promise<Child> {
  const { connections } = of
  const part = { logins: share * of.logins, overMs: share * of.seconds * 1000 }
  const storming: StormArguments = { host: '127.0.0.1', port, connections, patienceMs, ...part }
  const script = join(import.meta.dirname, '..', 'login', 'load.ts')
  const load = startChild(process.execPath, script, storming, LOAD_CORE)
  await load.next('ready', ANSWERED_MS_MAX)
  return load
}

async function warmUp(port: number, of: typeof defaults): Promise<void> {
  const load = await clients(port, WARM_UP_PATIENCE_MS, of, WARM_UP_SHARE)
  try {
    await load.ask<StormReport>({ storm: true }, 'report', ANSWERED_MS_MAX)
  } finally {
    await load.stop()
  }
}

async function stormed(
  port: number,
  players: Players,
  patienceMs: number,
  of: typeof defaults,
): Promise<Stormed> {
  const overMs = of.seconds * 1000
  progress('warm-up')
  await warmUp(port, of)
  const load = await clients(port, patienceMs, of)
  try {
    await sleep(overMs / 2)
    players.taken()
    progress('players alone')
    await sleep(overMs)
    const alone = players.taken()
    progress(`${of.logins} logins in ${of.seconds} s`)
    const waitMs = overMs + patienceMs + ANSWERED_MS_MAX
    const reported = load.ask<StormReport>({ storm: true }, 'report', waitMs)
    await Promise.race([sleep(overMs), reported])
    const during = players.taken()
    const storm = await reported
    return { storm, alone, during, after: players.taken() }
  } finally {
    players.close()
    await load.stop()
  }
}

async function floor(of: typeof defaults): Promise<Stormed> {
  const script = join(import.meta.dirname, '..', 'login', 'floor.ts')
  const server = startChild(process.execPath, script, {}, SERVER_CORE)
  try {
    const port = await server.next<number>('port', ANSWERED_MS_MAX)
    const patienceMs = of.seconds * 1000 + FLOOR_PATIENCE_MS
    return await stormed(port, await echoers(port, of.players), patienceMs, of)
  } finally {
    await server.stop()
  }
}

function findingsOf(logins: number, ours: Stormed, floor: Stormed): Findings {
  const { storm, alone, during, after } = ours
  const wrong = Object.entries(storm.refused).map(([why, times]) => `${times} logins: ${why}`)
  if (storm.placesLost > 0) wrong.push(`${storm.placesLost} lost their place in the queue`)
  if (storm.lost > 0) wrong.push(`${storm.lost} clients were thrown out again`)
  const failed = alone.failed + during.failed + after.failed
  if (failed > 0) wrong.push(`${failed} calls of players inside failed`)
  const answered = storm.welcomed + storm.queued
  const times = ({ alone, during }: Stormed): number => during.p99Ms / alone.p99Ms
  const ms = (what: string, key: string, value: number): Figure => ({
    what,
    key,
    unit: 'ms',
    value,
  })
  const figures: Figure[] = [
    { what: 'let in at once', key: 'welcomed', unit: '', value: storm.welcomed },
    { what: 'told their place', key: 'queued', unit: '', value: storm.queued },
    { what: 'of these let in later', key: 'letInLater', unit: '', value: storm.letInLater },
    { what: 'of these still waiting', key: 'waiting', unit: '', value: storm.waiting },
    { what: 'at once or told', key: 'answered', unit: '', value: answered, reachAtLeast: logins },
    { what: 'all came within', key: 'begunS', unit: 's', value: storm.begunMs / 1000 },
    ms('until then, p50', 'answerP50Ms', storm.p50Ms),
    ms('until then, p99', 'answerP99Ms', storm.p99Ms),
    ms('calls before, p50', 'aloneP50Ms', alone.p50Ms),
    ms('calls meanwhile, p50', 'stormP50Ms', during.p50Ms),
    ms('calls before, p99', 'aloneP99Ms', alone.p99Ms),
    ms('calls meanwhile, p99', 'stormP99Ms', during.p99Ms),
    ms('calls afterwards, p99', 'afterP99Ms', after.p99Ms),
    { what: 'beside before', key: 'p99Times', unit: '×', value: times(ours), reach: REACH_TIMES },
    ms('floor: answer, p50', 'floorAnswerP50Ms', floor.storm.p50Ms),
    ms('floor: echoes before, p99', 'floorAloneP99Ms', floor.alone.p99Ms),
    ms('floor: echoes meanwhile, p99', 'floorStormP99Ms', floor.during.p99Ms),
    { what: 'floor: beside before', key: 'floorP99Times', unit: '×', value: times(floor) },
  ]
  return { scene: `${logins} logins`, figures, wrong }
}

async function run(args: readonly string[]): Promise<boolean> {
  const { json, ...of } = options(args, defaults)
  const folder = mkdtempSync(join(tmpdir(), 'realmkit-login-'))
  progress('the floor')
  const bare = await floor(of)
  const postgres = await startPostgres()
  const nats = await startNatsServer()
  const nodes: NodeProcess[] = []
  try {
    const start = async (id: string, roles: readonly Role[]): Promise<number> => {
      const servers = { bus: nats.url, store: postgres.url }
      const clients = of.logins + of.players
      const given = { id, roles, ...servers, port: 0, clients, sessionsMax: of.room }
      const node = await startNode(given, join(folder, `${id}.log`))
      nodes.push(node)
      return node.port
    }
    await start('logic-1', ['logic', 'room', 'world', 'center'])
    const port = await start('gate-1', ['gate'])
    const ours = await stormed(port, await callers(port, of.players), of.patience * 1000, of)
    return report('login', [findingsOf(of.logins, ours, bare)], json)
  } finally {
    for (const node of nodes) node.signal('SIGKILL')
    await Promise.all(nodes.map(({ ended }) => ended))
    await Promise.all([nats.close(), postgres.stop()])
    rmSync(folder, { recursive: true, force: true })
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

export const bench: Bench = {
  about: 'A storm of logins at one gate: who is let in, who waits, and what those inside feel.',
  usage:
    '[--json] [--logins 20000] [--seconds 10] [--players 50] [--patience 120] [--room 15000]' +
    ' [--connections 100]',
  needsPeers: false,
  run,
}
