import { placeOf } from './nats-subjects.ts'
import type { Lane } from './outbox.ts'

/** What a node knows of another one. */
export interface Peer extends Lane {
  readonly name: string
  readonly place: string
  /** Its life, as far as is known. */
  incarnation: string | undefined
  /** Lives that ended, newest first: what still comes from them is void. */
  former: readonly string[]
  /** Whether `incarnation` was heard of since this node's connection was last made. */
  confirmed: boolean
  /** When a frame last asked the server to tell if nobody hears it. */
  checkedMs: number
}

/** Nodes come and go over months; those met first are forgotten. */
const peersMax = 4096
const formerMax = 8

/** A peer of which nothing is known but its name. @throws RealmError `KEY_INVALID` */
export function newPeer(name: string): Peer {
  return {
    name,
    place: placeOf(name),
    incarnation: undefined,
    former: [],
    confirmed: false,
    checkedMs: Number.NEGATIVE_INFINITY,
    waiting: [],
    waitingBytes: 0,
  }
}

/** The other nodes this one has heard of or sends to. */
export class Peers {
  readonly #peers = new Map<string, Peer>()
  readonly #forget: (peer: Peer) => void

  /** `forget` is told of each peer that leaves the table. */
  constructor(forget: (peer: Peer) => void) {
    this.#forget = forget
  }

  /** @throws RealmError `KEY_INVALID` where no node can have that name. */
  of(name: string): Peer {
    const known = this.#peers.get(name)
    if (known !== undefined) return known
    const peer = newPeer(name)
    if (this.#peers.size >= peersMax) {
      for (const first of this.#peers.values()) {
        this.remove(first)
        break
      }
    }
    this.#peers.set(name, peer)
    return peer
  }

  remove(peer: Peer): void {
    this.#peers.delete(peer.name)
    this.#forget(peer)
  }

  /** The connection was lost: who came and left meanwhile was not heard. */
  doubt(): void {
    for (const peer of this.#peers.values()) peer.confirmed = false
  }
}

/** The peer says that this is its life now. */
export function arrived(peer: Peer, incarnation: string): void {
  if (peer.incarnation !== undefined && peer.incarnation !== incarnation) left(peer)
  peer.former = peer.former.filter((former) => former !== incarnation)
  peer.incarnation = incarnation
  peer.confirmed = true
}

/** The life of the peer that was known has ended. */
export function left(peer: Peer): void {
  if (peer.incarnation === undefined) return
  peer.former = [peer.incarnation, ...peer.former].slice(0, formerMax)
  peer.incarnation = undefined
  peer.confirmed = false
}
