import type { Log } from '../ports/index.ts'
import { Writer } from '../schema/index.ts'
import type { Handshakes, Party } from './handshake.ts'
import {
  type Hello,
  type Proof,
  sameBytes,
  type Welcome,
  writeHello,
  writeProof,
  writeWelcome,
} from './packet.ts'
import type { MadeSession, Peer } from './peer.ts'

/** Who may be spoken to: what is known of the directory in the store. */
export interface Listing {
  /**
   * The living incarnation of that node, or that one of it where one is named; undefined where the
   * directory lists none.
   */
  find(node: string, incarnation?: string): Listed | undefined
  /** Looks into the store, unless that was done within `freshMs` (by itself 0). */
  look(freshMs?: number): Promise<void>
}

export interface Listed {
  readonly incarnation: string
  readonly publicKey: Uint8Array
}

export interface GreeterParts {
  readonly id: string
  readonly incarnation: string
  readonly listing: Listing
  readonly log: Log
  readonly handshakes: Handshakes
  now(): number
  send(node: string, bytes: Uint8Array): void
  /** What is known of a node; undefined also where this node has left. */
  known(node: string): Peer | undefined
  /** The same; made where nothing is known. */
  peer(node: string): Peer | undefined
  /** A handshake has succeeded. */
  begin(peer: Peer, made: MadeSession): void
  /** The proof has come once more: the other side waits for an answer. */
  proved(peer: Peer): void
  /** Tells the other side that nothing is known of this cookie. */
  reset(node: string, cookie: Uint8Array): void
  /** No handshake will come about. */
  giveUp(peer: Peer): void
  /** Something has begun whose time is limited. */
  begun(): void
}

/**
 * Whoever has something to say to a node that is not listed has most likely not yet heard that it
 * is gone, and may have much to say: the store is not asked each time.
 */
const listingFreshMs = 250
/** Who was looked for so recently is looked for again at that pace. */
const soughtMs = 1000
const soughtMax = 1024
/** The first hello is repeated after this, the next after twice as long … */
const helloRepeatMs = 100

/**
 * Opens links: hello, welcome, proof, the last two signed. Nothing is believed of a node before
 * it has proved to be the incarnation that the directory lists.
 */
export class Greeter {
  readonly #parts: GreeterParts
  readonly #writer = new Writer()
  /** When nodes that were not listed were last looked for. */
  readonly #soughtMs = new Map<string, number>()

  constructor(parts: GreeterParts) {
    this.#parts = parts
  }

  open(peer: Peer): void {
    const own = this.#parts.handshakes.begin()
    writeHello(this.#writer, this.#introduction(own.cookie, this.#parts.handshakes.publicPart(own)))
    const now = this.#parts.now()
    peer.opening = {
      own,
      hello: this.#writer.finish(),
      startedMs: now,
      waitMs: helloRepeatMs,
      repeatMs: now + helloRepeatMs,
    }
    this.#parts.begun()
    if (this.#parts.listing.find(peer.node) !== undefined) {
      this.#parts.send(peer.node, peer.opening.hello)
      return
    }
    void this.#openOnceListed(peer)
  }

  /** Nobody waits long for a node that does not exist. */
  async #openOnceListed(peer: Peer): Promise<void> {
    const { listing } = this.#parts
    const { opening } = peer
    const looked = await listing.look(this.#freshMs(peer.node)).then(
      () => true,
      () => false,
    )
    if (opening === undefined || this.#parts.known(peer.node)?.opening !== opening) return
    if (looked && listing.find(peer.node) === undefined) this.#parts.giveUp(peer)
    else this.#parts.send(peer.node, opening.hello)
  }

  #freshMs(node: string): number {
    const now = this.#parts.now()
    const again = now < (this.#soughtMs.get(node) ?? Number.NEGATIVE_INFINITY) + soughtMs
    if (this.#soughtMs.size >= soughtMax) this.#soughtMs.clear()
    this.#soughtMs.set(node, now)
    return again ? listingFreshMs : 0
  }

  greeted(from: string, hello: Hello): void {
    const session = this.#parts.known(from)?.session
    if (session && sameBytes(session.theirCookie, hello.cookie)) return
    this.#whenListed(from, hello.incarnation, () => {
      const peer = this.#parts.peer(from)
      // Of two that greet each other at once, the one whose name comes first goes on.
      if (peer === undefined || (peer.opening && this.#parts.id < from)) return
      if (peer.accepting && sameBytes(peer.accepting.hello.cookie, hello.cookie)) {
        this.#parts.send(from, peer.accepting.welcome)
      } else {
        this.#welcome(peer, hello)
      }
    })
  }

  #welcome(peer: Peer, hello: Hello): void {
    const own = this.#parts.handshakes.begin()
    const introduction = this.#introduction(own.cookie, this.#parts.handshakes.publicPart(own))
    const signature = this.#parts.handshakes.sign(
      'welcome',
      { node: peer.node, ...hello },
      { node: this.#parts.id, ...introduction },
    )
    writeWelcome(this.#writer, { ...introduction, echo: hello.cookie, signature })
    const welcome = this.#writer.finish()
    peer.accepting = { own, hello, welcome, startedMs: this.#parts.now() }
    // Two handshakes at once could end in two links of which each side keeps another one.
    peer.opening = undefined
    this.#parts.send(peer.node, welcome)
    this.#parts.begun()
  }

  welcomed(from: string, welcome: Welcome): void {
    const { opening, session } = this.#parts.known(from) ?? {}
    if (session && sameBytes(session.theirCookie, welcome.cookie)) return
    if (opening === undefined || !sameBytes(opening.own.cookie, welcome.echo)) {
      // It answers a hello that nobody stands by any more, and must not wait for the proof.
      this.#parts.reset(from, welcome.cookie)
      return
    }
    this.#whenListed(from, welcome.incarnation, ({ publicKey }) => {
      const peer = this.#parts.known(from)
      if (peer?.opening !== opening) return
      const { own } = opening
      const parties = [this.#ownParty(own), { node: from, ...welcome }] as const
      if (!this.#parts.handshakes.verify('welcome', parties, publicKey, welcome.signature)) {
        this.refuse(from, welcome.incarnation, 'its signature is wrong')
        return
      }
      const seal = this.#parts.handshakes.agree(own, ...parties)
      const signature = this.#parts.handshakes.sign('proof', ...parties)
      writeProof(this.#writer, { echo: welcome.cookie, signature })
      const proof = this.#writer.finish()
      this.#parts.send(from, proof)
      const cookies = { ownCookie: own.cookie, theirCookie: welcome.cookie }
      this.#parts.begin(peer, { incarnation: welcome.incarnation, ...cookies, seal, proof })
    })
  }

  proved(from: string, proof: Proof): void {
    const peer = this.#parts.known(from)
    if (peer?.session && sameBytes(peer.session.ownCookie, proof.echo)) {
      this.#parts.proved(peer)
      return
    }
    const accepting = peer?.accepting
    if (!peer || !accepting || !sameBytes(accepting.own.cookie, proof.echo)) return
    const { own, hello } = accepting
    const listed = this.#parts.listing.find(from, hello.incarnation)
    const parties = [{ node: from, ...hello }, this.#ownParty(own)] as const
    const { signature } = proof
    if (!listed || !this.#parts.handshakes.verify('proof', parties, listed.publicKey, signature)) {
      peer.accepting = undefined
      this.refuse(from, hello.incarnation, 'its signature is wrong')
      return
    }
    const seal = this.#parts.handshakes.agree(own, ...parties)
    const cookies = { ownCookie: own.cookie, theirCookie: hello.cookie }
    this.#parts.begin(peer, { incarnation: hello.incarnation, ...cookies, seal, proof: undefined })
  }

  #whenListed(node: string, incarnation: string, go: (listed: Listed) => void): void {
    const { listing } = this.#parts
    const listed = listing.find(node, incarnation)
    if (listed !== undefined) {
      go(listed)
      return
    }
    const again = (): void => {
      const found = listing.find(node, incarnation)
      if (found === undefined) this.refuse(node, incarnation, 'it is not listed')
      else go(found)
    }
    listing
      .look()
      .then(again)
      .catch((error) => this.#parts.log.debug({ error, node }, 'Who it is could not be seen.'))
  }

  refuse(node: string, incarnation: string, because: string): void {
    this.#parts.log.warn({ node, incarnation, because }, 'A node was refused.')
  }

  #introduction(cookie: Uint8Array, exchange: Uint8Array): Hello {
    return { incarnation: this.#parts.incarnation, cookie, exchange }
  }

  #ownParty(own: Parameters<Handshakes['publicPart']>[0]): Party {
    const { id } = this.#parts
    return { node: id, ...this.#introduction(own.cookie, this.#parts.handshakes.publicPart(own)) }
  }
}
