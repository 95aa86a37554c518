import type { Game, GameBlock, Player } from '../actor/index.ts'
import type { Address } from '../cluster/index.ts'
import type { Connection, Timer } from '../ports/index.ts'
import type { DownlinkRing } from './ring.ts'
import type { Told } from './told.ts'

/** What a client has joined: a room, a world, or a watched actor. */
export interface Channel {
  /** Chosen by the client, unique in its session. */
  readonly number: number
  /**
   * Names this stay to the activation, and to no other: who leaves and joins again is somebody
   * else, so what is said late of the former stay is of nobody.
   */
  readonly stay: string
  /** Of the game that runs now. */
  block: GameBlock
  /** Empty while the matchmaker is asked for a room. */
  address: Address
  readonly told: Told
}

/** A client's place at this gate. It outlives its sockets by the resume window. */
export interface Session {
  readonly id: string
  /** Counts the gates that have had the session, from 1. */
  readonly epoch: number
  readonly player: Player
  readonly channels: Map<number, Channel>
  /** The channel of the last command, while it is one of them: see `channelOf`. */
  commanded: Channel | undefined
  readonly byAddress: Map<Address, Channel>
  /** Counts them for ever. */
  stays: number
  readonly ring: DownlinkRing
  /** The socket, once it was welcomed; undefined while the client is away. */
  connection: Connection | undefined
  /** When the client last sent anything, in whole milliseconds. */
  heardMs: number
  /** Messages for the next flush. */
  readonly outbox: Uint8Array[]
  /** Numbered messages that came from the client. */
  received: number
  /** Requests that await an answer. */
  pending: number
  /**
   * Hashes of the resume tokens that are valid: the newest, and until that has proved to have
   * arrived, the one before.
   */
  tokens: readonly Uint8Array[]
  /**
   * The client's attempt that has it: it has given up all earlier ones, which may yet be under way.
   */
  attempt: number
  /** Hash of the token with which it was taken up; undefined where it began here. */
  readonly takenWith: Uint8Array | undefined
  /** When the record in the store ends, by the wall clock. */
  recordExpires: number
  /** Of the record as this gate has last written it; another one tells that another gate has it. */
  recordVersion: number
  /** Settles when the writes of the record begun so far have ended. */
  saved: Promise<void>
  /**
   * The game whose numbers the client uses. Lags behind while a `manifest` message is under way.
   */
  game: Game
  /**
   * Games that replaced it, each with the number of the `manifest` message that tells the client.
   */
  readonly manifests: { readonly number: number; readonly game: Game }[]
  /** Runs out when the client did not come back. */
  expiry: Timer | undefined
  /** How long and with how many unsent bytes the connection has been over the hard limit. */
  stalledSinceMs: number | undefined
  stalledBytes: number
  ended: boolean
}

/** The channel of this number: mostly that of the command before, which is at hand. */
export function channelOf(session: Session, number: number): Channel | undefined {
  if (session.commanded?.number !== number) session.commanded = session.channels.get(number)
  return session.commanded
}

/** Forgets a channel that has ended. */
export function forgetChannel(session: Session, channel: Channel): void {
  if (session.channels.get(channel.number) !== channel) return
  session.channels.delete(channel.number)
  session.commanded = undefined
}

/** The client has the numbered messages up to `count`. @returns false where that cannot be */
export function acknowledge(session: Session, count: number): boolean {
  if (!session.ring.acknowledge(count)) return false
  let next = session.manifests[0]
  while (next !== undefined && next.number <= count) {
    session.game = next.game
    session.manifests.shift()
    next = session.manifests[0]
  }
  return true
}
