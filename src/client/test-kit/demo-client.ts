import type { RealmError } from '../../errors/index.ts'
import { type ConnectOptions, connect } from '../connect.ts'
import type { StorageLike } from '../host.ts'
import type { Realm } from '../types.ts'
import type { DemoGame } from './demo-game.ts'
import { FakeServer } from './fake-server.ts'
import { VirtualClock, within } from './virtual-clock.ts'

/** A client of the demo game, connected to a fake server under a virtual clock. */
export interface Demo {
  readonly clock: VirtualClock
  readonly server: FakeServer
  readonly realm: Realm<DemoGame>
  readonly errors: RealmError[]
  readonly statuses: string[]
  wait<T>(promise: Promise<T>, limitMs?: number): Promise<T>
}

export function memoryStorage(): StorageLike & { readonly items: Map<string, string> } {
  const items = new Map<string, string>()
  return {
    items,
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => void items.set(key, value),
    removeItem: (key) => void items.delete(key),
  }
}

export interface DemoOptions extends ConnectOptions {
  readonly latency?: () => number
  readonly server?: FakeServer
}

/** The options with which a client reaches a fake server. */
export function demoOptions(server: FakeServer, options: ConnectOptions = {}): ConnectOptions {
  const { clock, WebSocket, fetch } = server
  return { guest: 'Ada', clock, WebSocket, fetch, storage: null, random: () => 0.5, ...options }
}

export async function demo(options: DemoOptions = {}): Promise<Demo> {
  const { latency, server: given, ...rest } = options
  const server = given ?? new FakeServer(new VirtualClock(), latency)
  const { clock } = server
  const connecting = connect<DemoGame>('http://demo.test', demoOptions(server, rest))
  const realm = await within(clock, connecting)
  const errors: RealmError[] = []
  const statuses: string[] = []
  realm.onError((error) => errors.push(error))
  realm.onStatus((status) => statuses.push(status))
  const wait = <T>(promise: Promise<T>, limitMs?: number) => within(clock, promise, limitMs)
  return { clock, server, realm, errors, statuses, wait }
}
