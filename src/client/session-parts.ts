import type { RealmError } from '../errors/index.ts'
import type { clientMessages, MessageOf, serverMessages } from '../protocol/index.ts'
import type { Gates } from './gates.ts'
import type { ClientHost } from './host.ts'
import type { Login, QueuePlace } from './login.ts'
import type { TrafficMeter } from './traffic.ts'
import type { Kept } from './uplink.ts'

export type ServerMessage = MessageOf<typeof serverMessages.table>
export type Welcome = Extract<ServerMessage, { type: 'welcome' }>['body']
/**
 * What a welcome means for what was joined and asked for: `resumed` nothing is lost; `takenUp` the
 * same session, at a gate that knows only whose it is; `new` another session.
 */
export type Arrival = 'resumed' | 'takenUp' | 'new'
export type Status = 'connected' | 'reconnecting' | 'closed'

/** What the rest of the client does for its session. */
export interface SessionEvents {
  /** Hash of the manifest that is known, '' for none. */
  manifestHash(): string
  /** Takes a manifest in. @throws RealmError where it is not one */
  manifest(hash: string, bytes: Uint8Array): void
  /**
   * A session is there, over a new socket. `kept` is what the server had not acknowledged: sent
   * again where it is resumed, dropped otherwise.
   */
  welcome(welcome: Welcome, arrival: Arrival, kept: readonly Kept[]): void
  /** Whether answers are awaited. */
  waiting(): boolean
  /** Others are before this player. */
  queued(place: QueuePlace): void
  /**
   * A message other than `welcome`, `pong`, `bye`, `manifest`. What it throws costs the session.
   */
  message(message: ServerMessage): void
  status(status: Status): void
  /** The session is over for good. */
  ended(error: RealmError): void
  error(error: RealmError): void
}

/** What a session is made of. */
export interface SessionParts {
  readonly host: ClientHost
  readonly gates: Gates
  readonly login: Login
  readonly handshakeTimeoutMs: number
  readonly traffic: TrafficMeter
  readonly events: SessionEvents
}

export type Hello = Parameters<typeof clientMessages.encode<'hello'>>[1]

/** The promise of the first connection. */
export interface Opening {
  resolve(): void
  reject(error: RealmError): void
}
