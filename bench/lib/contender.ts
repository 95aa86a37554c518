/** What a contender of a bench has to provide: `contenders/<name>/server.ts` and `client.ts`. */

export interface ServerAddress {
  readonly host: string
  readonly port: number
}

/** What the bench tells a contender's server process, as JSON in its only argument. */
export interface ServerOptions {
  readonly visible: number
  readonly clients: number
  readonly seed: number
  /** Payload sizes to send, each equally often, in bytes: for the floor only. */
  readonly frameBytes: readonly number[]
}

/** Totals since the server process started. */
export interface ServerTotals {
  readonly cpuUserUs: number
  readonly cpuSystemUs: number
  /** Frames handed to sockets for joined clients: one for each client and tick. */
  readonly clientTicks: number
  readonly ticks: number
  /** Commands received, decoded and applied. */
  readonly commands: number
  /** This process's monotonic clock. */
  readonly atMs: number
  readonly residentBytes: number
}

/** What one client could see after one frame. The arrays run in parallel. */
export interface VisibleSet {
  readonly tick: number
  /** Avatar numbers, the client's own included. */
  readonly avatars: readonly number[]
  /** Quanta of the scene. */
  readonly x: readonly number[]
  readonly y: readonly number[]
  /** 1/256 of a turn. */
  readonly facing: readonly number[]
}

/** One of the many clients that only count what they get, over a bare socket. */
export interface LoadSeat {
  /** Path and query of the WebSocket request. */
  readonly path: string
  /** Subprotocol to ask for, if any. */
  readonly protocol?: string
  /** Messages to send as soon as the socket is open. */
  opened(): Uint8Array[]
  /** Called with every message until it says `joined`; messages after that are only counted. */
  received(message: Uint8Array): { readonly send: Uint8Array[]; readonly joined: boolean }
  /** The next command as a whole WebSocket message of {@link COMMAND_BYTES} bytes. */
  command(sequence: number, turn: number): Uint8Array
  /** Messages of fewer bytes are no frames: their bytes count, they do not. Default 0. */
  readonly frameBytesMin?: number
  /** What the contender's client sends all the time besides commands. */
  readonly periodic?: { readonly everyMs: number; message(): Uint8Array }
}

/** One of the few clients that decode everything, with the contender's own client library. */
export interface SampledClient {
  /** Calls back after every frame while `wanted` says so. */
  observe(wanted: () => boolean, seen: (view: VisibleSet) => void): void
  command(sequence: number, turn: number): void
}

/** What `contenders/<name>/client.ts` exports as `contender`. */
export interface ContenderClient {
  /** By how many quanta a decoded position may differ from the scene's. */
  readonly toleranceQuanta: number
  seat(address: ServerAddress, avatar: number): LoadSeat | Promise<LoadSeat>
  /** Absent if the contender carries no state that could be decoded. */
  sample?(address: ServerAddress, avatar: number): Promise<SampledClient>
}

/** Size of a command on the wire as one WebSocket message, the contender's own header included. */
export const COMMAND_BYTES = 20
