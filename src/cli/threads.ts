import { Worker } from 'node:worker_threads'
import { threadsBus } from '../bus/index.ts'
import { RealmError } from '../errors/index.ts'
import { portsCanBeShared, probePort } from '../net/index.ts'
import type { Log, Store } from '../ports/index.ts'
import { openFile } from './outside.ts'
import type { Door, Entrance } from './server.ts'
import type { FromThread, ThreadStart, ToThread } from './thread-messages.ts'
import { untilStopped } from './until-stopped.ts'

export interface ThreadsOptions {
  readonly file: string
  readonly threads: number
  /** Folder of the database; undefined keeps everything in memory. */
  readonly data: string | undefined
  readonly door: Door
  readonly json: boolean
  readonly log: Log
  readonly ready: (entrance: Entrance) => void
}

/**
 * One node per thread, all over one database file. This thread runs none itself: it starts the
 * others and ends them. Where the system spreads connections over those who share a port, every
 * thread is a gate, else the first one is.
 */
export async function runThreads(options: ThreadsOptions): Promise<number> {
  const { log, door } = options
  const store = await openFile(options.data)
  await forgetFormerNodes(store)
  const hub = threadsBus({ log })
  const threads: Thread[] = []
  try {
    const port = await probePort(door)
    for (let number = 1; number <= options.threads; number += 1) {
      const gate = portsCanBeShared || number === 1
      const storePort = store.share()
      const thread = new Thread({
        name: `thread-${number}`,
        roles: gate ? 'all' : 'inner',
        file: options.file,
        json: options.json,
        door: { ...door, port, reusePort: portsCanBeShared },
        storePort,
      })
      threads.push(thread)
      hub.adopt(thread.worker)
    }
    await Promise.all(threads.map((thread) => thread.ready))
    options.ready({ port, url: `http://localhost:${port}/` })
    const lost = Promise.race(threads.map((thread) => thread.ended))
    const code = await Promise.race([untilStopped().then(() => 0), lost.then(() => 1)])
    if (code !== 0) log.error({}, 'A thread has ended; so does the whole server.')
    return code
  } finally {
    await Promise.all(threads.map((thread) => thread.stop()))
    hub.close()
    await store.close()
  }
}

class Thread {
  readonly worker: Worker
  readonly ready: Promise<void>
  readonly ended: Promise<void>

  constructor(start: ThreadStart) {
    const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js'
    const url = new URL(`./thread${extension}`, import.meta.url)
    const worker = new Worker(url, { workerData: start, transferList: [start.storePort] })
    this.worker = worker
    this.ended = new Promise((resolve) => void worker.once('exit', () => resolve()))
    this.ready = new Promise((resolve, reject) => {
      worker.on('message', (message: FromThread) => {
        if (message.thread === 'ready') resolve()
        if (message.thread === 'failed') reject(new RealmError(message.code, message.detail))
      })
      worker.once('error', reject)
      worker.once('exit', () => reject(new Error(`${start.name} ended before it was ready.`)))
    })
  }

  async stop(): Promise<void> {
    this.worker.postMessage({ thread: 'stop' } satisfies ToThread)
    await this.ended
  }
}

/**
 * Who holds the file alone knows that nobody of before lives: no lease need be waited for.
 */
async function forgetFormerNodes(store: Store): Promise<void> {
  const leases = await store.scan('lease/', { limit: 1000 })
  const writes = leases.map(({ key }) => ({ key, value: undefined }))
  if (writes.length > 0) await store.transact({ checks: [], writes })
}
