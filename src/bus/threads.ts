import { MessageChannel, type MessagePort, type Transferable } from 'node:worker_threads'
import { type Bus, type Clock, type Log, silentLog, systemClock } from '../ports/index.ts'
import { type BusCounters, newCounters } from './counters.ts'
import { Hub } from './threads-hub.ts'
import { Thread, type ThreadLimits } from './threads-thread.ts'
import { type Hello, isHello } from './threads-wire.ts'

export interface ThreadsBusOptions {
  /** Default: the machine's. */
  readonly clock?: Clock
  readonly log?: Log
  readonly limits?: Partial<ThreadLimits>
}

/** The bus as one thread sees it. */
export interface ThreadBus extends Bus {
  /** What this thread has done so far. */
  counters(): Readonly<BusCounters>
}

/** What the hub needs of a `Worker` of `node:worker_threads`. */
export interface WorkerLike {
  on(event: 'message', listener: (message: unknown) => void): unknown
  on(event: 'exit', listener: () => void): unknown
}

/** What a worker needs of its `parentPort`. */
export interface ParentPortLike {
  postMessage(message: unknown, transfer: readonly Transferable[]): void
}

/** The bus between the threads of one process, in its main thread. */
export interface ThreadsHub {
  /** For nodes of the main thread itself. */
  readonly bus: ThreadBus
  /**
   * Lets the nodes of a worker join. Call it right after `new Worker`, before its first message
   * could be missed. When the worker ends its nodes are gone and their names are free; listening
   * to its `error` event stays with whoever started it.
   */
  adopt(worker: WorkerLike): void
  /** Ends the bus for all threads. */
  close(): void
}

const limitsDefault: ThreadLimits = {
  outboxMessagesMax: 262_144,
  outboxBytesMax: 64 * 2 ** 20,
  windowBytesMax: 8 * 2 ** 20,
  joinTimeoutMs: 5000,
}

/**
 * The bus between worker threads: the hub knows who is where, messages go through a port between
 * the two threads. What one turn sent to a node leaves in one buffer, which is handed over, not
 * copied. A node that has joined keeps its thread alive until it leaves.
 */
export function threadsBus(options: ThreadsBusOptions = {}): ThreadsHub {
  const hub = new Hub()
  const { port1, port2 } = new MessageChannel()
  hub.attach(port1)
  return {
    bus: threadBus(port2, options),
    adopt: (worker) => {
      const ends: Array<() => void> = []
      worker.on('message', (message) => {
        if (isHello(message)) ends.push(hub.attach(message.port))
      })
      worker.on('exit', () => {
        for (const end of ends) end()
      })
    },
    close: () => hub.close(),
  }
}

/**
 * The bus in a worker whose main thread adopts it. `parent` is `parentPort` of
 * `node:worker_threads`, of which it uses a single message.
 *
 * `join` also throws `BUS_UNAVAILABLE` where nobody adopts the worker.
 */
export function workerBus(parent: ParentPortLike, options: ThreadsBusOptions = {}): ThreadBus {
  const { port1, port2 } = new MessageChannel()
  const hello: Hello = { realmkitBus: 1, port: port1 }
  parent.postMessage(hello, [port1])
  return threadBus(port2, options)
}

function threadBus(control: MessagePort, options: ThreadsBusOptions): ThreadBus {
  const { clock = systemClock(), log = silentLog } = options
  const counters = newCounters()
  const limits = { ...limitsDefault, ...options.limits }
  const thread = new Thread(control, { clock, log, counters, limits })
  return { counters: () => counters, join: (name, receive) => thread.join(name, receive) }
}
