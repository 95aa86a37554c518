import type { BusPort, Clock, Fill, Log, Random, Timer } from '../ports/index.ts'
import { type Reader, Writer } from '../schema/index.ts'
import { Greeter, type Listing } from './greeter.ts'
import { type Credentials, Handshakes } from './handshake.ts'
import {
  beginPacket,
  openPacket,
  openSealed,
  packetType,
  readCookie,
  readHello,
  readProof,
  readWelcome,
  sameBytes,
} from './packet.ts'
import {
  atRest,
  defaultPeerLimits,
  type MadeSession,
  type Peer,
  type PeerLimits,
  type PeerStatus,
  type Session,
  statusOf,
} from './peer.ts'
import { Stream } from './stream.ts'
import { defaultStreamLimits, type StreamLimits } from './stream-limits.ts'

/** A link to one incarnation of a node; answers go back by the one the question came by. */
export type Link = Stream

export interface LinksOptions {
  readonly id: string
  readonly incarnation: string
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly listing: Listing
  readonly credentials?: Credentials | undefined
  readonly streams?: Partial<StreamLimits> | undefined
  readonly peers?: Partial<PeerLimits> | undefined
  /** A message has come. Must not throw. */
  readonly receive: (from: string, message: Uint8Array, link: Link) => void
  /** Nothing more comes or goes by this link; what waits for an answer waits in vain. */
  readonly broken: (node: string, link: Link) => void
  /** Somebody says that the leases have changed. */
  readonly hinted: () => void
}

/** Acknowledgements wait at most this long, and lost messages are noticed at this pace. */
const tickMs = 20
const helloRepeatMsMax = 1600
const stepRepeatMs = 200
const peersMax = 4096

/**
 * This node's links to all others: opens them by handshake when there is something to say,
 * gathers what is said in one turn of the loop into one message of the bus for each node, and
 * breaks them, telling both sides, when the other has restarted, is gone, or stays silent.
 */
export class Links {
  readonly #options: LinksOptions
  readonly #limits: PeerLimits
  readonly #streamLimits: StreamLimits
  readonly #greeter: Greeter
  readonly #peers = new Map<string, Peer>()
  readonly #unflushed = new Set<Peer>()
  readonly #writer = new Writer(4096)
  #port: BusPort | undefined
  #timer: Timer | undefined
  #flushing = false
  #closed = false

  constructor(options: LinksOptions) {
    this.#options = options
    this.#limits = { ...defaultPeerLimits, ...options.peers }
    this.#streamLimits = { ...defaultStreamLimits, ...options.streams }
    const { id, incarnation, listing, log, random, credentials } = options
    this.#greeter = new Greeter({
      ...{ id, incarnation, listing, log },
      handshakes: new Handshakes(random, credentials),
      now: () => this.#now(),
      send: (node, bytes) => this.#put(node, bytes),
      known: (node) => (this.#closed ? undefined : this.#peers.get(node)),
      peer: (node) => (this.#closed ? undefined : this.#peer(node)),
      begin: (peer, made) => this.#begin(peer, made),
      proved: (peer) => {
        peer.stream.answerNow()
        this.#soon(peer)
      },
      reset: (node, cookie) => this.#sendReset(node, cookie),
      giveUp: (peer) => this.#giveUp(peer),
      begun: () => this.#arm(),
    })
  }

  attach(port: BusPort): void {
    this.#port = port
  }

  /** @returns by what it goes; @throws RealmError `BUS_BUSY` */
  send(node: string, message: Uint8Array): Link {
    const peer = this.#peer(node)
    peer.stream.push(message)
    this.#soon(peer)
    return peer.stream
  }

  /** Sends what may be lost. @returns false where it was dropped at once */
  sendLoose(node: string, message: Uint8Array): boolean {
    const peer = this.#peer(node)
    const kept = peer.stream.pushLoose(message)
    this.#soon(peer)
    return kept
  }

  /** Sends by this link or not at all. @throws RealmError `BUS_BUSY` */
  answer(node: string, link: Link, message: Uint8Array): void {
    const peer = this.#peers.get(node)
    if (peer?.stream !== link || link.broken) return
    link.push(message)
    this.#soon(peer)
  }

  /** Hints at a change of the leases. Anybody can: it makes nobody believe anything. */
  hint(node: string): void {
    beginPacket(this.#writer, packetType.look)
    this.#put(node, this.#writer.finish())
  }

  /** Breaks the link to that incarnation, or to any, for it is gone. */
  drop(node: string, incarnation?: string): void {
    const peer = this.#peers.get(node)
    if (peer === undefined) return
    if (incarnation !== undefined && peer.session?.incarnation !== incarnation) return
    peer.opening = undefined
    peer.accepting = undefined
    this.#break(peer)
  }

  peers(): PeerStatus[] {
    return [...this.#peers.values()].flatMap((peer) => statusOf(peer) ?? [])
  }

  fills(): Fill[] {
    return [...this.#peers.values()].flatMap(({ node, stream }) => stream.fills(node))
  }

  /** One message from the bus. Whatever it holds, nothing is thrown. */
  receive(from: string, bytes: Uint8Array): void {
    if (this.#closed) return
    try {
      const { type, reader } = openPacket(bytes)
      if (type === packetType.data) this.#data(from, bytes, reader)
      else if (type === packetType.hello) this.#greeter.greeted(from, readHello(reader))
      else if (type === packetType.welcome) this.#greeter.welcomed(from, readWelcome(reader))
      else if (type === packetType.proof) this.#greeter.proved(from, readProof(reader))
      else if (type === packetType.reset) this.#reset(from, readCookie(reader))
      else if (type === packetType.look) this.#options.hinted()
    } catch (error) {
      this.#options.log.warn({ error, from }, 'A message of another node could not be read.')
    }
  }

  /** Whether those nodes have taken all that this one has said to them. */
  areTaken(nodes: readonly string[]): boolean {
    return nodes.every((node) => this.#peers.get(node)?.stream.taken ?? true)
  }

  /** This node is to end soon. */
  hurry(): void {
    for (const { stream } of this.#peers.values()) stream.hurry()
  }

  close(): void {
    this.#flush()
    this.#closed = true
    this.#timer?.cancel()
    for (const { stream } of this.#peers.values()) stream.break()
    this.#peers.clear()
  }

  // ── data ────────────────────────────────────────────────────────────────────────────────

  #data(from: string, bytes: Uint8Array, opened: Reader): void {
    const cookie = readCookie(opened)
    const peer = this.#peers.get(from)
    const session = peer?.session
    if (peer === undefined || session === undefined || !sameBytes(session.ownCookie, cookie)) {
      // Before its proof nothing of the other side is taken; it will send it again.
      if (peer?.accepting && sameBytes(peer.accepting.own.cookie, cookie)) return
      this.#sendReset(from, cookie)
      return
    }
    const reader = openSealed(bytes, session.seal)
    if (reader === undefined) {
      this.#options.log.debug({ from }, 'A message with a wrong seal was dropped.')
      return
    }
    const { stream } = peer
    if (session.state === 'verified') this.#step(session, 'synced')
    try {
      stream.read(reader, this.#now(), (message) => {
        if (session.state !== 'active') this.#step(session, 'active')
        this.#options.receive(from, message, stream)
      })
    } catch (error) {
      this.#options.log.error({ error, from }, 'A link is out of order and was broken.')
      this.#break(peer)
      return
    }
    if (session.state === 'synced' && stream.heeded) this.#step(session, 'active')
    if (!stream.broken && stream.sendable) this.#soon(peer)
    else if (!stream.idle) this.#arm()
  }

  #soon(peer: Peer): void {
    this.#unflushed.add(peer)
    if (this.#flushing || this.#closed) return
    this.#flushing = true
    queueMicrotask(() => this.#flush())
  }

  #flush(): void {
    this.#flushing = false
    if (this.#closed) return
    const peers = [...this.#unflushed]
    this.#unflushed.clear()
    for (const peer of peers) {
      if (peer.session !== undefined) this.#write(peer, peer.session)
      else if (!peer.opening && !peer.accepting && !peer.stream.idle) this.#greeter.open(peer)
    }
    this.#arm()
  }

  #write({ node, stream }: Peer, { theirCookie, seal }: Session): void {
    const writer = this.#writer
    while (stream.sendable) {
      beginPacket(writer, packetType.data)
      writer.raw(theirCookie)
      stream.write(writer, this.#now())
      if (seal !== undefined) writer.raw(seal(writer.view()))
      this.#put(node, writer.finish())
    }
  }

  // ── beginning and end ───────────────────────────────────────────────────────────────────

  #begin(peer: Peer, made: MadeSession): void {
    // The other side has no link any more, or it would not have shaken hands again.
    if (peer.session !== undefined) this.#break(peer)
    const now = this.#now()
    peer.session = { ...made, state: 'verified', sinceMs: now, repeatMs: now + stepRepeatMs }
    peer.opening = undefined
    peer.accepting = undefined
    this.#peers.set(peer.node, peer)
    peer.stream.answerNow()
    this.#soon(peer)
  }

  /**
   * The other side knows nothing of a cookie, or somebody says so. A link is not given up for
   * it: a new handshake tells.
   */
  #reset(from: string, cookie: Uint8Array): void {
    const peer = this.#peers.get(from)
    if (peer === undefined) return
    if (peer.accepting !== undefined && sameBytes(peer.accepting.own.cookie, cookie)) {
      this.#stopAccepting(peer)
    } else if (peer.session !== undefined && sameBytes(peer.session.theirCookie, cookie)) {
      // Who has never answered refuses us, and would again: time ends that.
      if (peer.session.state === 'verified') return
      if (!peer.opening && !peer.accepting) this.#greeter.open(peer)
    }
  }

  /** No proof will come: goes on with what this side has to say. */
  #stopAccepting(peer: Peer): void {
    peer.accepting = undefined
    if (peer.session !== undefined || peer.opening !== undefined) return
    if (peer.stream.idle) this.#peers.delete(peer.node)
    else this.#greeter.open(peer)
  }

  // ── watch ───────────────────────────────────────────────────────────────────────────────

  #arm(): void {
    if (this.#timer !== undefined || this.#closed) return
    for (const peer of this.#peers.values()) {
      if (!atRest(peer)) {
        this.#timer = this.#options.clock.after(tickMs, () => this.#tick())
        return
      }
    }
  }

  #tick(): void {
    this.#timer = undefined
    const now = this.#now()
    for (const peer of [...this.#peers.values()]) {
      this.#tickOpening(peer, now)
      const { accepting, session } = peer
      if (accepting && now >= accepting.startedMs + this.#limits.acceptedMs) {
        this.#greeter.refuse(peer.node, accepting.hello.incarnation, 'it proved nothing in time')
        this.#stopAccepting(peer)
      }
      if (session !== undefined) this.#tickSession(peer, session, now)
    }
    this.#arm()
  }

  #tickOpening(peer: Peer, now: number): void {
    const { opening } = peer
    if (opening === undefined) return
    if (now >= opening.startedMs + this.#limits.openingMs) {
      this.#giveUp(peer)
    } else if (now >= opening.repeatMs) {
      opening.waitMs = Math.min(opening.waitMs * 2, helloRepeatMsMax)
      opening.repeatMs = now + opening.waitMs
      this.#put(peer.node, opening.hello)
    }
  }

  #tickSession(peer: Peer, session: Session, now: number): void {
    const { stream } = peer
    const { verifiedMs, silentMs } = this.#limits
    const unheard = session.state === 'verified' && now >= session.sinceMs + verifiedMs
    if (unheard || stream.silentMs(now) >= silentMs) {
      this.#options.log.warn({ node: peer.node }, 'A node was silent for too long.')
      this.#break(peer)
      return
    }
    if (session.state === 'verified' && now >= session.repeatMs) {
      session.repeatMs = now + stepRepeatMs
      if (session.proof !== undefined) this.#put(peer.node, session.proof)
      stream.answerNow()
    }
    stream.tick(now)
    if (stream.sendable) this.#soon(peer)
  }

  /** No handshake came about. A link that still stands is left alone. */
  #giveUp(peer: Peer): void {
    peer.opening = undefined
    if (peer.session === undefined) this.#break(peer)
  }

  /** Throws the link away as a whole, and tells both those who wait here and the other side. */
  #break(peer: Peer): void {
    const { node, stream, session } = peer
    stream.break()
    peer.stream = new Stream(this.#streamLimits)
    peer.session = undefined
    if (!peer.opening && !peer.accepting) this.#peers.delete(node)
    if (session !== undefined) this.#sendReset(node, session.ownCookie)
    this.#options.broken(node, stream)
  }

  // ── small parts ─────────────────────────────────────────────────────────────────────────

  #peer(node: string): Peer {
    const known = this.#peers.get(node)
    if (known !== undefined) return known
    if (this.#peers.size >= peersMax) this.#forgetOne()
    const stream = new Stream(this.#streamLimits)
    const none = undefined
    const peer: Peer = { node, stream, session: none, opening: none, accepting: none }
    this.#peers.set(node, peer)
    return peer
  }

  #forgetOne(): void {
    for (const peer of this.#peers.values()) {
      this.#break(peer)
      this.#peers.delete(peer.node)
      return
    }
  }

  /** A bus that refuses a message has lost it, and that is all. */
  #put(node: string, bytes: Uint8Array): void {
    try {
      this.#port?.send(node, bytes)
    } catch (error) {
      this.#options.log.error({ error, node }, 'The bus did not take a message.')
    }
  }

  #sendReset(node: string, cookie: Uint8Array): void {
    beginPacket(this.#writer, packetType.reset)
    this.#writer.raw(cookie)
    this.#put(node, this.#writer.finish())
  }

  #step(session: Session, state: 'synced' | 'active'): void {
    session.state = state
    session.sinceMs = this.#now()
  }

  #now(): number {
    return this.#options.clock.now()
  }
}
