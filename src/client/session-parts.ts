import type { RealmError } from '../errors/index.ts'
import type { MessageOf, serverMessages } from '../protocol/index.ts'
import type { ClientHost } from './host.ts'
import type { Login } from './login.ts'
import type { TrafficMeter } from './traffic.ts'
import type { Kept } from './uplink.ts'

export type ServerMessage = MessageOf<typeof serverMessages.table>
export type Welcome = Extract<ServerMessage, { type: 'welcome' }>['body']
export type Status = 'connected' | 'reconnecting' | 'closed'

/** What the rest of the client does for its session. */
export interface SessionEvents {
  /** Hash of the manifest that is known, '' for none. */
  manifestHash(): string
  /** Takes a manifest in. @throws RealmError where it is not one */
  manifest(hash: string, bytes: Uint8Array): void
  /**
   * A session is there, over a new socket. `kept` is what the server had not acknowledged: sent
   * again where the session is the same, dropped where it is a new one.
   */
  welcome(welcome: Welcome, resumed: boolean, kept: readonly Kept[]): void
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
  readonly url: string
  readonly login: Login
  readonly handshakeTimeoutMs: number
  readonly traffic: TrafficMeter
  readonly events: SessionEvents
}
