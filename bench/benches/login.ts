import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startNatsServer } from '../../src/bus/test-kit/nats-server.ts'
import { connect } from '../../src/client/index.ts'
import type { Role } from '../../src/cluster/index.ts'
import { startPostgres } from '../../src/store/test-kit/postgres.ts'
import type game from '../cluster/game.ts'
import { type NodeProcess, startNode } from '../cluster/process.ts'
import { type Bench, progress } from '../lib/bench.ts'
import { startChild } from '../lib/child.ts'
import type { StormArguments, StormReport } from '../login/load.ts'
import { type Figure, type Findings, options, report } from '../rig/report.ts'

const CALL_MS = 100
const LOAD_CORE = 1
const ANSWERED_MS_MAX = 60_000
const REACH_TIMES = 1.2

const defaults = { logins: 20_000, seconds: 10, players: 50, patience: 120, room: 15_000 }

/** A player who was inside before: calls all the time and notes how long each call takes. */
async function playerInside(port: number, index: number): Promise<Inside> {
  const credentials = `inside-${index}`
  const realm = await connect<typeof game>(`http://127.0.0.1:${port}`, { credentials })
  let tookMs: number[] = []
  let failed = 0
  const worker = realm.actors.worker.at(credentials)
  const timer = setInterval(() => {
    const begin = performance.now()
    worker.call.look().then(
      () => tookMs.push(performance.now() - begin),
      () => {
        failed += 1
      },
    )
  }, CALL_MS)
  return {
    taken: () => {
      const taken = { tookMs, failed }
      tookMs = []
      failed = 0
      return taken
    },
    close: () => {
      clearInterval(timer)
      realm.close()
    },
  }
}

interface Inside {
  taken(): { readonly tookMs: readonly number[]; readonly failed: number }
  close(): void
}

function p99Of(players: readonly Inside[]): { readonly p99Ms: number; readonly failed: number } {
  const all = players.map((player) => player.taken())
  const tookMs = all.flatMap((one) => one.tookMs).sort((a, b) => a - b)
  const failed = all.reduce((sum, one) => sum + one.failed, 0)
  return { p99Ms: tookMs[Math.floor(0.99 * tookMs.length)] ?? Number.NaN, failed }
}

async function measure(port: number, of: typeof defaults): Promise<Findings> {
  const players = await Promise.all(
    Array.from({ length: of.players }, (_, index) => playerInside(port, index)),
  )
  const overMs = of.seconds * 1000
  const address = { host: '127.0.0.1', port }
  const times = { overMs, patienceMs: of.patience * 1000 }
  const storming: StormArguments = { ...address, logins: of.logins, ...times }
  const script = join(import.meta.dirname, '..', 'login', 'load.ts')
  const load = startChild(process.execPath, script, storming, LOAD_CORE)
  try {
    await load.next('ready', ANSWERED_MS_MAX)
    await sleep(overMs / 2)
    for (const player of players) player.taken()
    progress('players alone')
    await sleep(overMs)
    const alone = p99Of(players)
    progress(`${of.logins} logins in ${of.seconds} s`)
    const waitMs = times.patienceMs + ANSWERED_MS_MAX
    const storm = await load.ask<StormReport>({ storm: true }, 'report', waitMs)
    const during = p99Of(players)
    for (const player of players) player.close()
    return findingsOf(of.logins, storm, alone, during)
  } finally {
    await load.stop()
  }
}

function findingsOf(
  logins: number,
  storm: StormReport,
  alone: ReturnType<typeof p99Of>,
  during: ReturnType<typeof p99Of>,
): Findings {
  const wrong = Object.entries(storm.refused).map(([why, times]) => `${times} logins: ${why}`)
  if (storm.placesLost > 0) wrong.push(`${storm.placesLost} lost their place in the queue`)
  if (storm.lost > 0) wrong.push(`${storm.lost} clients were thrown out again`)
  if (during.failed > 0) wrong.push(`${during.failed} calls of players inside failed`)
  const answered = storm.welcomed + storm.queued
  const times = during.p99Ms / alone.p99Ms
  const figures: Figure[] = [
    ...[{ what: 'let in at once', key: 'welcomed', unit: '', value: storm.welcomed }],
    ...[{ what: 'told their place', key: 'queued', unit: '', value: storm.queued }],
    ...[{ what: 'of these let in later', key: 'letInLater', unit: '', value: storm.letInLater }],
    ...[{ what: 'of these still waiting', key: 'waiting', unit: '', value: storm.waiting }],
    { what: 'at once or told', key: 'answered', unit: '', value: answered, reachAtLeast: logins },
    ...[{ what: 'until then, p50', key: 'answerP50Ms', unit: 'ms', value: storm.p50Ms }],
    ...[{ what: 'until then, p99', key: 'answerP99Ms', unit: 'ms', value: storm.p99Ms }],
    ...[{ what: 'calls before, p99', key: 'aloneP99Ms', unit: 'ms', value: alone.p99Ms }],
    ...[{ what: 'calls meanwhile, p99', key: 'stormP99Ms', unit: 'ms', value: during.p99Ms }],
    { what: 'beside before', key: 'p99Times', unit: '×', value: times, reach: REACH_TIMES },
  ]
  return { scene: `${logins} logins`, figures, wrong }
}

async function run(args: readonly string[]): Promise<boolean> {
  const { json, ...of } = options(args, defaults)
  const folder = mkdtempSync(join(tmpdir(), 'realmkit-login-'))
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
    const findings = await measure(await start('gate-1', ['gate']), of)
    return report('login', [findings], json)
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
  usage: '[--json] [--logins 20000] [--seconds 10] [--players 50] [--patience 120] [--room 15000]',
  needsPeers: false,
  run,
}
