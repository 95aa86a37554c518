import { Worker } from 'node:worker_threads'
import { threadsBus } from '../bus/index.ts'
import { RealmError } from '../errors/index.ts'
import { portsCanBeShared, probePort } from '../net/index.ts'
import {
  type Ending,
  Keeper,
  type KeeperEvent,
  type Life,
  levelOf,
  type NodeFigures,
  sentenceOf,
} from '../ops/index.ts'
import { type Log, type Store, systemClock } from '../ports/index.ts'
import type { MetricsPlace } from './metrics.ts'
import { everyRole, openFile } from './outside.ts'
import type { Door, Entrance } from './server.ts'
import { serveStatus } from './status.ts'
import type { FromThread, ThreadStart, ToThread } from './thread-messages.ts'
import { untilStopped } from './until-stopped.ts'

export interface ThreadsOptions {
  readonly file: string
  /** Of the game. */
  readonly name: string
  readonly threads: number
  /** Folder of the database; undefined keeps everything in memory. */
  readonly data: string | undefined
  readonly door: Door
  readonly json: boolean
  readonly log: Log
  readonly metrics: MetricsPlace | undefined
  readonly ready: (entrance: Entrance, metricsUrl: string | undefined) => void
}

const stopTimeoutMs = 30_000
/** By then others have long taken over what it had. */
const hangTimeoutMs = 10_000
const figuresTimeoutMs = 1000

/**
 * One node per thread, all over one database file. This thread runs none itself: it starts the
 * others, again where one ends, and stops them. Where the system spreads connections over those who
 * share a port, every thread is a gate, else the first one is.
 */
export async function runThreads(options: ThreadsOptions): Promise<number> {
  const { log, door, data, name, metrics } = options
  const store = await openFile(data)
  await forgetFormerNodes(store)
  const hub = threadsBus({ log })
  const clock = systemClock()
  const port = await probePort(door)
  let started = false
  let giveUp: (error: unknown) => void = () => {}
  const failure = new Promise<never>((_, reject) => {
    giveUp = reject
  })
  // Once all have worked, one that fails is started again.
  const failed = (error: unknown): void =>
    started ? log.error({ error }, 'A thread has failed.') : giveUp(error)
  const launch = (number: number): Thread => {
    const start: ThreadStart = {
      name: `thread-${number}.${Math.random().toString(36).slice(2, 7)}`,
      roles: isGate(number) ? 'all' : 'inner',
      ...{ file: options.file, json: options.json, storePort: store.share() },
      door: { ...door, port, reusePort: portsCanBeShared },
    }
    const thread = new Thread(start, failed)
    hub.adopt(thread.worker)
    // It acts no more for certain: nobody need wait for the end of its lease.
    void thread.ended.then(() => forget(store, `lease/${start.name}`).catch(() => {}))
    return thread
  }
  const kept = Array.from({ length: options.threads }, (_, index) => {
    const tell = (event: KeeperEvent): void =>
      log[levelOf(event)]({}, `thread-${index + 1} ${sentenceOf(event)}`)
    const launchIt = (): Thread => launch(index + 1)
    return new Keeper({ clock, launch: launchIt, tell, stopTimeoutMs, hangTimeoutMs })
  })
  const status = await serveStatus({ folder: data, name, metrics, log }, () => statusOf(kept, port))
  try {
    for (const keeper of kept) keeper.start()
    await Promise.race([failure, Promise.all(kept.map(({ worked }) => worked))])
    started = true
    options.ready({ port, url: `http://localhost:${port}/` }, status.metricsUrl)
    await untilStopped()
    return 0
  } finally {
    status.close()
    await Promise.all(kept.map((keeper) => keeper.stop()))
    hub.close()
    await store.close()
  }
}

/** One life of a thread. */
class Thread implements Life {
  readonly pid = undefined
  readonly worker: Worker
  readonly ready: Promise<void>
  readonly ended: Promise<Ending>
  readonly startedMs = performance.now()
  #answer: (figures: NodeFigures | undefined) => void = () => {}
  #answered: () => void = () => {}

  constructor(start: ThreadStart, failed: (error: unknown) => void) {
    const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js'
    const url = new URL(`./thread${extension}`, import.meta.url)
    const worker = new Worker(url, { workerData: start, transferList: [start.storePort] })
    this.worker = worker
    worker.on('error', failed)
    this.ended = new Promise((resolve) => {
      worker.once('exit', (code) => resolve({ code, signal: null }))
    })
    this.ready = new Promise((resolve) => {
      worker.on('message', (message: FromThread) => {
        if (message.thread === 'ready') resolve()
        if (message.thread === 'pong') this.#answered()
        if (message.thread === 'failed') failed(new RealmError(message.code, message.detail))
        if (message.thread === 'figures') this.#answer(message.figures)
      })
    })
  }

  stop(): void {
    this.#say({ thread: 'stop' })
  }

  kill(): void {
    void this.worker.terminate()
  }

  ping(answered: () => void): void {
    this.#answered = answered
    this.#say({ thread: 'ping' })
  }

  /** One asker at a time; the one before gets none. */
  figures(): Promise<NodeFigures | undefined> {
    this.#answer(undefined)
    this.#say({ thread: 'figures' })
    return new Promise((resolve) => {
      this.#answer = resolve
      setTimeout(() => resolve(undefined), figuresTimeoutMs).unref()
    })
  }

  #say(message: ToThread): void {
    this.worker.postMessage(message)
  }
}

/** Whether the thread of that number takes connections. */
function isGate(number: number): boolean {
  return portsCanBeShared || number === 1
}

function statusOf(kept: readonly Keeper<Thread>[], port: number) {
  const all = kept.map(async ({ life, state, restarts }, index) => {
    const gate = isGate(index + 1)
    return {
      name: `thread-${index + 1}`,
      roles: everyRole.filter((role) => gate || role !== 'gate'),
      ...{ state, restarts, pid: process.pid, port: gate ? port : undefined },
      upSeconds: life && Math.round((performance.now() - life.startedMs) / 1000),
      figures: state === 'ready' ? await life?.figures() : undefined,
    }
  })
  return Promise.all(all)
}

/**
 * Who holds the file alone knows that nobody of before lives: no lease need be waited for.
 */
async function forgetFormerNodes(store: Store): Promise<void> {
  const leases = await store.scan('lease/', { limit: 1000 })
  await Promise.all(leases.map(({ key }) => forget(store, key)))
}

async function forget(store: Store, key: string): Promise<void> {
  await store.transact({ checks: [], writes: [{ key, value: undefined }] })
}
