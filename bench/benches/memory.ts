import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { type Bench, progress } from '../lib/bench.ts'
import { type Child, startChild } from '../lib/child.ts'
import { median } from '../lib/stats.ts'
import type { LoadOptions } from '../load/report.ts'
import { type Findings, options, report } from '../rig/report.ts'
import { startRig } from '../rig/rig.ts'
import type { RigServerOptions } from '../rig/server.ts'
import { walkers } from '../rig/walkers.ts'

const SIDE_METRES = 2_000
const VIEW_METRES = 100
const REACH_PLAYER_KB = 12
const REACH_ENTITY_BYTES = 200
const SERVER_CORE = 0
const LOAD_CORE = 1
const START_TIMEOUT_MS = 15_000
const JOIN_TIMEOUT_MS = 120_000
const READ_TIMEOUT_MS = 60_000
/** Time for what joining leaves behind to go: tickets, buffers, answers that were kept. */
const CALM_MS = 5_000
const READINGS = 3
const TURNS = 20

const defaults = { players: 1_000, entities: 50_000 }

/** What `players` more of them add to a server that has as many already, so that it is warm. */
async function perPlayer({ players }: typeof defaults): Promise<Findings> {
  const scene = 'idle players'
  progress(scene)
  const folder = join(import.meta.dirname, '..')
  const serving: RigServerOptions = { game: 'idle', side: SIDE_METRES, clients: players * 2 }
  const script = join(folder, 'rig', 'server.ts')
  const server = startChild(process.execPath, script, serving, SERVER_CORE)
  const loads: Child[] = []
  try {
    const port = await server.next<number>('port', START_TIMEOUT_MS)
    const enter = async (): Promise<number> => {
      const loading: LoadOptions = {
        ...{ contender: 'ours', host: '127.0.0.1', port },
        ...{ clients: players, samples: 0, commandHz: 0 },
      }
      const load = startChild(process.execPath, join(folder, 'load', 'main.ts'), loading, LOAD_CORE)
      loads.push(load)
      await load.next('joined', JOIN_TIMEOUT_MS)
      await sleep(CALM_MS)
      return reading(() => server.ask<number>({ memory: true }, 'bytes', READ_TIMEOUT_MS))
    }
    const first = await enter()
    const both = await enter()
    const figures = [
      {
        ...{ what: 'a connected idle player', key: 'playerKb', unit: 'KB' },
        ...{ value: (both - first) / players / 1024, reach: REACH_PLAYER_KB },
      },
      {
        what: 'the first thousands, all in all',
        key: 'baseMb',
        unit: 'MB',
        value: first / 2 ** 20,
      },
    ]
    return { scene, wrong: [], figures }
  } finally {
    for (const load of loads) await load.stop()
    await server.stop()
  }
}

/** What as many entities again add to a world that has some already. */
async function perEntity({ entities }: typeof defaults): Promise<Findings> {
  const scene = 'entities'
  progress(scene)
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  // What the store keeps is in its file, where it is not in memory as that of the rig is.
  const scenery = { side: SIDE_METRES, viewRadius: VIEW_METRES, moving: false, persist: false }
  const game = walkers({ ...scenery, extras: 1_000 })
  const rig = await startRig(game)
  const turn = async (): Promise<number> => {
    for (let count = 0; count < TURNS; count += 1) {
      rig.tick()
      await rig.rest()
    }
    return reading(async () => {
      collect()
      const { heapUsed, external } = process.memoryUsage()
      return heapUsed + external
    })
  }
  const before = await turn()
  game.insert(entities)
  const after = await turn()
  await rig.close()
  const figures = [
    {
      ...{ what: 'an entity with one field', key: 'entityBytes', unit: 'B' },
      ...{ value: (after - before) / entities, reach: REACH_ENTITY_BYTES },
    },
  ]
  return { scene, wrong: [], figures }
}

async function reading(read: () => Promise<number>): Promise<number> {
  const values: number[] = []
  for (let count = 0; count < READINGS; count += 1) values.push(await read())
  return median(values)
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

export const bench: Bench = {
  about: 'Heap and buffers that one more idle player takes, and one more entity.',
  usage: '[--json] [--players 1000] [--entities 50000]',
  needsPeers: false,
  run: async (args) => {
    const of = options(args, defaults)
    return report('memory', [await perEntity(of), await perPlayer(of)], of.json)
  },
}
