import type { NetworkEmulation } from './emulate.ts'

/** A timer that has been set. */
export interface ClientTimer {
  cancel(): void
}

/**
 * Time as the client needs it; the `Clock` port of the server has the same shape, so a simulation
 * can pass its own.
 */
export interface ClientClock {
  /** Milliseconds, monotonic; the default counts like `requestAnimationFrame`'s time stamps. */
  now(): number
  /** Calls `run` once after `delayMs` (≥ 0). */
  after(delayMs: number, run: () => void): ClientTimer
}

/** What the client uses of a `WebSocket`. */
export interface SocketLike {
  binaryType: string
  readonly bufferedAmount: number
  onopen: ((event: never) => void) | null
  onmessage: ((event: never) => void) | null
  onclose: ((event: never) => void) | null
  onerror: ((event: never) => void) | null
  send(bytes: Uint8Array<ArrayBuffer>): void
  close(code?: number, reason?: string): void
}

/** `WebSocket`, or what a mini-game host has in its place, wrapped to look like it. */
export type SocketConstructor = new (url: string) => SocketLike

/** What the client uses of `fetch`. */
export type FetchLike = (
  url: string,
  init: { method: string; headers: Record<string, string>; body: string },
) => Promise<{ readonly ok: boolean; readonly status: number; json(): Promise<unknown> }>

/** What the client uses of `localStorage`. */
export interface StorageLike {
  getItem(key: string): string | null
  setItem(key: string, value: string): void
  removeItem(key: string): void
}

/** The outside of the client. Everything in it can be replaced through the options of `connect`. */
export interface ClientHost {
  readonly clock: ClientClock
  /** A uniform number, 0 ≤ x < 1; only spreads reconnections. */
  readonly random: () => number
  readonly WebSocket: SocketConstructor
  readonly fetch: FetchLike
  readonly storage: StorageLike
}

/** The parts of the host that a program may replace. */
export interface HostOptions {
  /** Default: the host's monotonic clock and timers. */
  readonly clock?: ClientClock
  readonly random?: () => number
  readonly WebSocket?: SocketConstructor
  readonly fetch?: FetchLike
  /** A bad network to try the game with, see `emulate`. Default: the network as it is. */
  readonly network?: NetworkEmulation
  /**
   * Where the guest's secret and the manifest are kept; `null` keeps nothing. Default:
   * `localStorage`, if present.
   */
  readonly storage?: StorageLike | null
}

/** The host's own means, replaced where the options say so. */
export function clientHost(options: HostOptions): ClientHost {
  const clock = options.clock ?? hostClock()
  const sockets = options.WebSocket ?? missing<SocketConstructor>('WebSocket')
  return {
    clock,
    random: options.random ?? Math.random,
    WebSocket: options.network?.(sockets, clock) ?? sockets,
    fetch: options.fetch ?? ((url, init) => missing<FetchLike>('fetch')(url, init)),
    storage: safeStorage(options.storage === undefined ? hostStorage() : options.storage),
  }
}

function missing<T>(name: 'WebSocket' | 'fetch'): T {
  const found: unknown = globalThis[name]
  if (found === undefined) {
    throw new TypeError(`This host has no ${name}: pass one in the options of connect().`)
  }
  return found as T
}

function hostClock(): ClientClock {
  const origin = globalThis.performance
  return {
    now: origin === undefined ? () => Date.now() : () => origin.now(),
    after: (delayMs, run) => {
      const handle = setTimeout(run, delayMs)
      return { cancel: () => clearTimeout(handle) }
    },
  }
}

function hostStorage(): StorageLike | null {
  // Node.js warns when it is only looked at, and a browser may throw where storage is forbidden.
  if (typeof window === 'undefined') return null
  try {
    return window.localStorage
  } catch {
    return null
  }
}

/**
 * Storage never decides whether the game runs: full, forbidden or broken, it is as if it were
 * empty.
 */
function safeStorage(storage: StorageLike | null): StorageLike {
  const attempt = <T>(run: () => T, otherwise: T): T => {
    try {
      return run()
    } catch {
      return otherwise
    }
  }
  return {
    getItem: (key) => attempt(() => storage?.getItem(key) ?? null, null),
    setItem: (key, value) => attempt(() => storage?.setItem(key, value), undefined),
    removeItem: (key) => attempt(() => storage?.removeItem(key), undefined),
  }
}
