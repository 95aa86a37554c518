import type { OwnPart } from './handshake.ts'
import type { Seal } from './identity.ts'
import type { Hello } from './packet.ts'
import type { Stream } from './stream.ts'

/**
 * How far a node has come with another one.
 *
 * - `accepted`: one of them has said hello; nothing is believed yet.
 * - `verified`: the other side has proved to be the incarnation that the directory lists.
 * - `synced`: both have heard from each other over the link.
 * - `active`: messages have passed.
 *
 * What fails or takes too long is recycled: it is forgotten, and whoever waited for it is told.
 */
export type PeerState = 'accepted' | 'verified' | 'synced' | 'active'

export interface PeerStatus {
  readonly node: string
  /** Empty while it is not known. */
  readonly incarnation: string
  readonly state: PeerState
  /** By the clock of this node. */
  readonly sinceMs: number
}

/** Milliseconds that a state may last; what takes longer is recycled. */
export interface PeerLimits {
  /** From hello to proof, for the side that was greeted. Default 3,000. */
  readonly acceptedMs: number
  /** From the first hello to a link, for the side with something to say. Default 10,000. */
  readonly openingMs: number
  /** From proof to the first word over the link. Default 3,000. */
  readonly verifiedMs: number
  /** Without an acknowledgement of what was sent, for a link in use. Default 10,000. */
  readonly silentMs: number
}

export const defaultPeerLimits: PeerLimits = {
  acceptedMs: 3000,
  openingMs: 10_000,
  verifiedMs: 3000,
  silentMs: 10_000,
}

/** Another node as this one deals with it. */
export interface Peer {
  readonly node: string
  /** Of the session, or of the one to come. */
  stream: Stream
  session: Session | undefined
  opening: Opening | undefined
  accepting: Accepting | undefined
}

/** A finished handshake. */
export interface Session {
  readonly incarnation: string
  readonly ownCookie: Uint8Array
  readonly theirCookie: Uint8Array
  readonly seal: Seal | undefined
  /** Repeated until the other side is heard. */
  readonly proof: Uint8Array | undefined
  state: PeerState
  sinceMs: number
  /** When the last step is repeated if nothing was heard. */
  repeatMs: number
}

/** What a handshake gives. */
export type MadeSession = Omit<Session, 'state' | 'sinceMs' | 'repeatMs'>

/** This node has said hello. */
export interface Opening {
  readonly own: OwnPart
  readonly hello: Uint8Array
  readonly startedMs: number
  waitMs: number
  repeatMs: number
}

/** The other node has said hello. */
export interface Accepting {
  readonly own: OwnPart
  readonly hello: Hello
  readonly welcome: Uint8Array
  readonly startedMs: number
}

export function statusOf({ node, session, opening, accepting }: Peer): PeerStatus | undefined {
  if (session !== undefined) {
    const { incarnation, state, sinceMs } = session
    return { node, incarnation, state, sinceMs }
  }
  const begun = accepting ?? opening
  if (begun === undefined) return undefined
  const incarnation = accepting?.hello.incarnation ?? ''
  return { node, incarnation, state: 'accepted', sinceMs: begun.startedMs }
}

/** Whether no time need pass for it. */
export function atRest({ stream, session, opening, accepting }: Peer): boolean {
  return stream.idle && !opening && !accepting && session?.state !== 'verified'
}
