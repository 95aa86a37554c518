import type { RealmError } from '../errors/index.ts'
import type { BlockKind } from '../protocol/index.ts'
import type { BlockTypes } from './catalogue.ts'
import type { Channel } from './channel.ts'
import type { ClientHost } from './host.ts'
import type { Requests } from './requests.ts'
import type { Kept } from './uplink.ts'

/** What channels and calls need of the connection they share. */
export interface Hub {
  readonly host: ClientHost
  readonly requests: Requests
  /** How long calls and joins wait for an answer, ms. */
  readonly requestTimeoutMs: number
  /** Whether there is a live socket at this moment. */
  readonly connected: boolean
  /** Round trip, ms; 0 while unknown. */
  readonly rttMs: number
  /** Id of the player. */
  readonly playerId: string
  /** @throws RealmError `UNKNOWN_BLOCK` */
  block(kind: BlockKind, name: string): BlockTypes
  send(message: Kept): boolean
  sendLoose(bytes: Uint8Array): boolean
  /** Gives the channel a number that this session has not used. */
  enlist(channel: Channel): number
  /** Nothing more is wanted of this number. */
  dismiss(number: number): void
  /** Tells the program of an error that no promise carries. */
  report(error: RealmError): void
  /** A listener of the game threw. */
  fault(thrown: unknown): void
  /** What the server sent does not fit what we hold: only a new session mends that. */
  outOfStep(thrown: unknown): void
}
