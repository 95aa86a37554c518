import type { Bus, Clock, HttpResponse, Listener, Store } from '../ports/index.ts'
import type { Table } from '../store/index.ts'
import { SimBus } from './bus.ts'
import { newOwner, type Owner, SimCore, type SimFaults, settle } from './core.ts'
import {
  type SimClientOptions,
  type SimListenerOptions,
  SimNetwork,
  type SimRequest,
} from './listener.ts'
import type { SeededRandom } from './random.ts'
import type { SimClientSocket } from './socket.ts'
import { type SimCommit, type SimStoreOptions, SimStores, type StoreTrouble } from './store.ts'
import type { Trace, TraceEvent } from './trace.ts'

export interface SimWorldOptions {
  readonly faults?: Partial<SimFaults>
  /** Sees every event of the trace, to find where two runs part. */
  readonly watch?: (event: TraceEvent) => void
}

/** The outside as one virtual process sees it. */
export interface SimProcess {
  readonly name: string
  readonly clock: Clock
  readonly random: SeededRandom
  store(options?: SimStoreOptions): Store
  listener(options?: SimListenerOptions): Listener
  connectClient(url: string, options?: SimClientOptions): SimClientSocket
  /**
   * Stops the process as SIGSTOP does: its clock goes on, but nothing reaches it until `resume`.
   */
  pause(): void
  /** Lets it go on; what it missed happens now, in order. */
  resume(): void
  /**
   * Ends it as SIGKILL does: its sockets break, its messages are lost. The name may be used again.
   */
  kill(): void
}

export interface SimProcessOptions {
  /** By how much its wall clock is wrong. May be changed while it runs: then its time jumps. */
  readonly wallOffsetMs?: number
  /** How fast its own clock goes, 1 being right. To be set once, before anything is begun. */
  readonly clockRate?: number
}

/** A whole outside under a virtual clock: everything in it follows from the seed. */
export interface SimWorld extends Omit<SimProcess, 'name' | 'pause' | 'resume' | 'kill'> {
  /** The bus; who joins it as `node` is the process of that name. */
  readonly bus: Bus
  readonly faults: SimFaults
  readonly trace: Trace
  /** What receivers and handlers threw; a scenario asserts at its end that this is empty. */
  readonly errors: readonly unknown[]
  /** What the store holds, for invariants: reading it takes no time and leaves no trace. */
  readonly committed: Pick<Table, 'read' | 'scan'>
  /** The process of this name; a new one if the last one was killed. */
  process(name: string, options?: SimProcessOptions): SimProcess
  /** Loses everything on the bus between each of `left` and each of `right`, until `heal`. */
  cut(left: readonly string[], right: readonly string[]): void
  /** The same for what `left` sends to `right` only. */
  cutOneWay(left: readonly string[], right: readonly string[]): void
  /** Adds to the latency of what `left` sends to `right`, until `heal`. */
  slow(left: readonly string[], right: readonly string[], ms: number): void
  heal(): void
  /** Breaks a node's connection to the bus, with all that is under way, until `plug`. */
  unplug(node: string): void
  plug(node: string): void
  readonly storage: SimStorage
  request(url: string, request: SimRequest): Promise<HttpResponse>
  /** Lets `ms` of virtual time pass. */
  run(ms: number): Promise<void>
  /**
   * Lets virtual time pass until the promise is settled, at most `limitMs` (default ten minutes).
   */
  until<T>(promise: Promise<T>, limitMs?: number): Promise<T>
  /** Lets every promise go on that can without time passing. */
  settle(): Promise<void>
}

/** What can befall the store, and who watches it. */
export interface SimStorage {
  /** Told of every commit as it happens. */
  watch(watcher: (commit: SimCommit) => void): void
  trouble(trouble: StoreTrouble | undefined): void
  /** Lets these processes reach the store no more: what they ask is not answered. */
  cutOff(processes: readonly string[]): void
  /**
   * Kills and restarts it: nothing under way is answered, and only some of it was written.
   * @param writtenRate how probably one more was written, 0–1: of each process those that it handed
   * over first. Default 0.5.
   */
  crash(writtenRate?: number): void
}

/** Makes a world of which everything that will happen follows from `seed`. */
export function simWorld(seed: number | string, options: SimWorldOptions = {}): SimWorld {
  const core = new SimCore(String(seed), options.faults ?? {}, options.watch)
  const bus = new SimBus(core)
  const stores = new SimStores(core)
  const network = new SimNetwork(core)
  const owners = new Map<string, Owner>()
  const ownerOf = (name: string): Owner => {
    const known = owners.get(name)
    if (known && known.state !== 'dead') return known
    const owner = newOwner(name)
    owners.set(name, owner)
    return owner
  }
  const ports = (owner: Owner) => ({
    clock: core.clock(owner),
    store: (storeOptions?: SimStoreOptions) => stores.handle(owner, storeOptions),
    listener: (listenerOptions?: SimListenerOptions) => network.listener(owner, listenerOptions),
    connectClient: (url: string, clientOptions: SimClientOptions = {}) =>
      network.connect(owner, url, { address: owner.name, ...clientOptions }),
  })
  const outside = newOwner('outside')

  return {
    ...ports(outside),
    random: core.random,
    bus: bus.port(ownerOf),
    faults: core.faults,
    trace: core.trace,
    errors: core.errors,
    committed: stores.table,
    process: (name, { wallOffsetMs, clockRate } = {}) => {
      const owner = ownerOf(name)
      if (wallOffsetMs !== undefined) owner.wallOffsetMs = wallOffsetMs
      if (clockRate !== undefined) owner.clockRate = clockRate
      return {
        ...ports(owner),
        name,
        random: core.random.fork(`process ${name}`),
        pause: () => pause(core, owner),
        resume: () => resume(core, owner),
        kill: () => {
          if (owner.state === 'dead') return
          core.note('kill', owner.name, '')
          network.bury(owner)
          bus.bury(owner)
          owner.state = 'dead'
          owner.deferred.length = 0
        },
      }
    },
    cut: (left, right) => {
      bus.cut(left, right)
      bus.cut(right, left)
    },
    cutOneWay: (left, right) => bus.cut(left, right),
    slow: (left, right, ms) => bus.slow(left, right, ms),
    heal: () => bus.heal(),
    unplug: (node) => bus.unplug(node),
    plug: (node) => bus.plug(node),
    storage: {
      watch: (watcher) => stores.watchers.push(watcher),
      trouble: (trouble) => {
        stores.trouble = trouble
      },
      cutOff: (processes) => {
        stores.cutOff.clear()
        for (const name of processes) stores.cutOff.add(name)
      },
      crash: (writtenRate) => stores.crash(writtenRate),
    },
    request: (url, request) => network.request(outside, url, request),
    run: (ms) => core.run(ms),
    until: (promise, limitMs) => core.until(promise, limitMs),
    settle,
  }
}

function pause(core: SimCore, owner: Owner): void {
  if (owner.state !== 'running') return
  core.note('pause', owner.name, '')
  owner.state = 'paused'
}

function resume(core: SimCore, owner: Owner): void {
  if (owner.state !== 'paused') return
  core.note('resume', owner.name, '')
  owner.state = 'running'
  for (const event of owner.deferred.splice(0)) core.resume(event)
}
