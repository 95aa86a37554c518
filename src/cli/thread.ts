import { parentPort, workerData } from 'node:worker_threads'
import { workerBus } from '../bus/index.ts'
import { toRealmError } from '../errors/index.ts'
import type { NodeFigures } from '../ops/index.ts'
import { systemClock } from '../ports/index.ts'
import { sharedSqliteStore } from '../store/index.ts'
import { figuresOf } from './figures.ts'
import { gameLoader } from './load.ts'
import { humanLog, jsonLog } from './log.ts'
import { everyRole, type Outside } from './outside.ts'
import { type Server, startServer } from './server.ts'
import { surviveStrayRejections } from './stray.ts'
import type { FromThread, ThreadStart, ToThread } from './thread-messages.ts'
import { quietExperimentalWarnings } from './warnings.ts'

/** One node of `--shape threads`. */

const parent = parentPort
if (parent === null) throw new Error('This file runs as a worker thread only.')
quietExperimentalWarnings()
const start = workerData as ThreadStart
const log = start.json ? jsonLog('info') : humanLog('warn')
const say = (message: FromThread): void => parent.postMessage(message)
const bus = workerBus(parent, { log })

function outside(): Outside {
  const store = sharedSqliteStore(start.storePort, { clock: systemClock() })
  const roles = everyRole.filter((role) => start.roles === 'all' || role !== 'gate')
  return { id: start.name, roles, bus, store, close: () => store.close() }
}

let figures: () => NodeFigures | undefined = () => undefined

async function open(): Promise<Server | undefined> {
  surviveStrayRejections(log)
  try {
    const loader = gameLoader(start.file)
    const game = await loader.load()
    const { file: gameFile } = loader
    const server = await startServer({
      ...{ game, gameFile, log, dev: false, version: loader.version() },
      outside: outside(),
      door: start.door,
    })
    figures = figuresOf(server.realm, loader.version())
    say({ thread: 'ready' })
    return server
  } catch (error) {
    const { code, detail } = toRealmError(error)
    say({ thread: 'failed', code, detail })
    setImmediate(() => process.exit(1))
    return undefined
  }
}

const opened = open()
parent.on('message', async (message: ToThread) => {
  if (message.thread === 'ping') say({ thread: 'pong' })
  if (message.thread === 'figures') say({ thread: 'figures', figures: figures() })
  if (message.thread !== 'stop') return
  await (await opened)?.close()
  process.exit(0)
})
