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
import { type Figure, options, report } from '../rig/report.ts'

const REACH_P50_MS = 0.6
const REACH_P99_MS = 2
const PAUSE_MS = 2

const defaults = { calls: 3_000, 'warm-up': 500 }

type Call = () => Promise<unknown>

/** A player of one way who calls an actor, which changes nothing: no commit takes part. */
async function caller(port: number): Promise<{ readonly call: Call; close(): void }> {
  const realm = await connect<typeof game>(`http://127.0.0.1:${port}`, { credentials: 'caller' })
  const worker = realm.actors.worker.at('caller')
  return { call: () => worker.call.look(), close: () => realm.close() }
}

/**
 * Takes turns, so that what else the machine does strikes both alike; with pauses, so that nothing
 * is queued anywhere.
 */
async function timeCalls(ways: readonly Call[], rounds: number): Promise<number[][]> {
  const tookMs: number[][] = ways.map(() => [])
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, call] of ways.entries()) {
      const begin = performance.now()
      await call()
      tookMs[index]?.push(performance.now() - begin)
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
    }
  }
  for (const times of tookMs) times.sort((a, b) => a - b)
  return tookMs
}

function figuresOf([apart = [], together = []]: readonly number[][]): Figure[] {
  const part = (times: readonly number[], share: number) =>
    times[Math.floor(share * times.length)] ?? Number.NaN
  const figures = [
    { name: 'p50', share: 0.5, reach: REACH_P50_MS },
    { name: 'p99', share: 0.99, reach: REACH_P99_MS },
  ].map(({ name, share, reach }): Figure[] => {
    const key = name === 'p50' ? 'P50Ms' : 'P99Ms'
    const both = { apart: part(apart, share), together: part(together, share) }
    const added = both.apart - both.together
    return [
      { what: `two processes, ${name}`, key: `apart${key}`, unit: 'ms', value: both.apart },
      { what: `one process, ${name}`, key: `together${key}`, unit: 'ms', value: both.together },
      { what: `added, ${name}`, key: `added${key}`, unit: 'ms', value: added, reach },
    ]
  })
  return figures.flat()
}

async function run(args: readonly string[]): Promise<boolean> {
  const { json, calls, 'warm-up': warmUp } = options(args, defaults)
  const folder = mkdtempSync(join(tmpdir(), 'realmkit-latency-'))
  const postgres = await startPostgres()
  const nats = await startNatsServer()
  const nodes: NodeProcess[] = []
  try {
    const start = async (id: string, roles: readonly Role[], alone = false): Promise<number> => {
      const servers = alone ? {} : { bus: nats.url, store: postgres.url }
      const given = { id, roles, ...servers, port: 0, clients: 16 }
      const node = await startNode(given, join(folder, `${id}.log`))
      nodes.push(node)
      return node.port
    }
    await start('logic-1', ['logic', 'room', 'world', 'center'])
    const apart = await caller(await start('gate-1', ['gate']))
    const roles = ['gate', 'logic', 'room', 'world', 'center'] as const
    const together = await caller(await start('solo', roles, true))
    const ways = [apart.call, together.call]
    progress('warm-up')
    await timeCalls(ways, warmUp)
    progress(`${calls} calls each way, in turns`)
    const figures = figuresOf(await timeCalls(ways, calls))
    apart.close()
    together.close()
    return report('latency', [{ scene: 'gate to logic', figures, wrong: [] }], json)
  } finally {
    for (const node of nodes) node.signal('SIGKILL')
    await Promise.all(nodes.map(({ ended }) => ended))
    await Promise.all([nats.close(), postgres.stop()])
    rmSync(folder, { recursive: true, force: true })
  }
}

export const bench: Bench = {
  about: 'What a call costs more where gate and logic are two processes that speak over NATS.',
  usage: '[--json] [--calls 3000] [--warm-up 500]',
  needsPeers: false,
  run,
}
