/**
 * A game of the rig behind real sockets, as a process of its own. It prints `{"port":…}`, then
 * answers `{"measure":true}` and `{"memory":true}` on stdin, and ends with it.
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { memoryBus } from '../../src/bus/index.ts'
import { keepNewObjectsYoung } from '../../src/cli/collector.ts'
import { startRealm } from '../../src/index.ts'
import { webSocketListener } from '../../src/net/index.ts'
import { silentLog, systemClock, systemRandom } from '../../src/ports/index.ts'
import { memoryStore } from '../../src/store/index.ts'
import { readLines, writeLine } from '../lib/lines.ts'
import { fighters } from './fighters.ts'
import { walkers } from './walkers.ts'

export interface RigServerOptions {
  readonly game: 'camp' | 'idle'
  readonly side: number
  readonly clients: number
}

/** Totals since the process started. */
export interface RigTotals {
  readonly ticks: number
  readonly frames: number
  readonly bytes: number
  readonly commands: number
  readonly cpuUs: number
  readonly atMs: number
}

const VIEW_METRES = 100
const COLLECTIONS = 4
const SETTLE_MS = 50

const options = JSON.parse(process.argv[2] ?? '{}') as RigServerOptions
const { side, clients } = options
const game =
  options.game === 'camp'
    ? fighters({ side })
    : walkers({ side, viewRadius: VIEW_METRES, moving: false })
const clock = systemClock()
const log = silentLog
const realm = await startRealm({
  id: 'bench',
  game: game.definition,
  clock,
  random: systemRandom(),
  bus: memoryBus(),
  store: memoryStore(),
  log,
  // All clients come from one address and at once: the limits for that are raised, no others.
  listener: webSocketListener({
    host: '127.0.0.1',
    port: 0,
    clock,
    log,
    connectionsPerAddressMax: clients,
  }),
  gate: {
    limits: {
      loginsBurstMax: clients,
      hellosBurstMax: clients,
      admissionsPerSecondMax: clients,
      admissionsPerSecondMin: clients,
      admissionsBurstMax: clients,
    },
  },
})

function totals(): RigTotals {
  const { gate } = realm.stats()
  const { user, system } = process.cpuUsage()
  return {
    ticks: game.ticks,
    frames: gate.framesSent,
    bytes: gate.bytesOut,
    commands: gate.messagesIn,
    cpuUs: user + system,
    atMs: performance.now(),
  }
}

keepNewObjectsYoung()
setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** Bytes in use, garbage taken away as far as it goes. */
async function memory(): Promise<number> {
  for (let round = 0; round < COLLECTIONS; round += 1) {
    collect()
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS))
  }
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

writeLine({ port: realm.address.port })
readLines((request) => {
  if (request['measure'] === true) writeLine({ totals: totals() })
  if (request['memory'] === true) void memory().then((bytes) => writeLine({ bytes }))
})
