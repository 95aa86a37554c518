import { RealmError } from '../errors/index.ts'
import type { BusPort, Clock, Log, Timer } from '../ports/index.ts'
import type { BusCounters } from './counters.ts'
import {
  eachMessage,
  frameHead,
  frameKind,
  type OpenedFrame,
  openChunk,
  openFrame,
  packFrames,
} from './frame.ts'
import { Inlet } from './inlet.ts'
import type { NatsLimits } from './nats-limits.ts'
import type { Link, LinkHandlers } from './nats-link.ts'
import { Lookup } from './nats-lookup.ts'
import { arrived, left, newPeer, type Peer, Peers } from './nats-peers.ts'
import { Presence } from './nats-presence.ts'
import { type ParsedSubject, placeOf, type Subjects } from './nats-subjects.ts'
import { Window } from './nats-window.ts'
import { Outbox } from './outbox.ts'
import { Reassembly } from './reassembly.ts'

export interface MemberOptions {
  readonly name: string
  readonly incarnation: string
  readonly subjects: Subjects
  readonly clock: Clock
  readonly log: Log
  readonly counters: BusCounters
  readonly limits: NatsLimits
  readonly receive: (from: string, bytes: Uint8Array) => void
}

/** How often a stream of frames asks the server to tell if nobody hears it. */
const checkMs = 1000
const subjectsCachedMax = 4096
const leaveTimeoutMs = 1000
/** A server that takes less is of no use. */
const frameBytesMin = 1024

/** One node on NATS: its inbox, and what it sends to others. */
export class Member {
  readonly handlers: LinkHandlers
  readonly presence: Presence
  readonly #options: MemberOptions
  readonly #place: string
  readonly #heads: { readonly batch: Uint8Array; readonly chunk: Uint8Array }
  readonly #peers = new Peers((peer) => this.#forget(peer))
  readonly #self: Peer
  readonly #inlet: Inlet
  readonly #outbox: Outbox<Peer>
  readonly #reassembly: Reassembly<Peer>
  readonly #parsed = new Map<string, ParsedSubject | undefined>()
  readonly #lookup: Lookup
  readonly #window: Window
  readonly #stalled = new Set<Peer>()
  #link: Link | undefined
  #transfers = 0
  #closed = false

  constructor(options: MemberOptions) {
    const { name, incarnation, limits, counters, clock } = options
    this.#options = options
    this.#place = placeOf(name)
    this.#self = newPeer(name)
    this.#inlet = new Inlet(options)
    this.#window = new Window(limits.windowBytesMax, () => this.#resume())
    this.#lookup = new Lookup({
      clock,
      ask: (peer) => this.#ask(peer),
      giveUp: (peer) => this.#giveUp(peer),
      present: () => this.presence.present,
    })
    this.#heads = {
      batch: frameHead(frameKind.batch, incarnation),
      chunk: frameHead(frameKind.chunk, incarnation),
    }
    const waiting = { messagesMax: limits.outboxMessagesMax, bytesMax: limits.outboxBytesMax }
    this.#outbox = new Outbox(waiting, counters, (peer) => this.#flush(peer))
    this.#reassembly = new Reassembly(limits.messageBytesMax, limits.reassemblyBytesMax)
    const present = (): void => this.#resume()
    const { answerTimeoutMs } = limits
    this.presence = new Presence(
      { ...options, place: this.#place, answerTimeoutMs, present },
      () => this.#link,
    )
    this.handlers = {
      message: (subject, bytes, nobody) => this.#message(subject, bytes, nobody),
      up: () => this.#up(),
      down: () => this.#down(),
    }
  }

  /** What the link must hear. */
  get subjects(): readonly string[] {
    return this.#options.subjects.heardBy(this.#place, this.#options.incarnation)
  }

  attach(link: Link): void {
    this.#link = link
  }

  /** The port for whoever joined; what has arrived meanwhile follows after that caller's turn. */
  port(): BusPort {
    this.#inlet.openNextTurn()
    return { send: (to, bytes) => this.#send(to, bytes), close: () => this.close() }
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#outbox.flush()
    this.#closed = true
    this.#inlet.close()
    this.#lookup.close()
    const link = this.#link as Link
    this.presence.leave()
    if (link.connected) {
      let timer: Timer | undefined
      const late = new Promise<void>((done) => {
        timer = this.#options.clock.after(leaveTimeoutMs, done)
      })
      await Promise.race([link.flush().catch(() => {}), late])
      timer?.cancel()
    }
    await link.close()
  }

  #send(to: string, bytes: Uint8Array): void {
    const { counters, limits, log, name } = this.#options
    if (this.#closed) return
    if (this.presence.replaced) {
      counters.messagesLost += 1
      return
    }
    if (bytes.length > limits.messageBytesMax) {
      counters.messagesLost += 1
      const error = new RealmError('BUS_MESSAGE_LARGE', `${bytes.length} bytes for ${to}.`)
      log.error({ error }, 'A message is lost.')
      return
    }
    try {
      this.#outbox.put(to === name ? this.#self : this.#peers.of(to), bytes)
    } catch {
      // Nobody can have that name: it is as lost as a message to any other that nobody has.
      counters.messagesLost += 1
    }
  }

  #flush(peer: Peer): void {
    const { counters } = this.#options
    if (peer === this.#self) {
      for (const bytes of this.#outbox.take(peer)) this.#inlet.deliver(peer.name, bytes)
      return
    }
    const link = this.#link as Link
    if (this.presence.replaced) this.#outbox.drop(peer)
    else if (!this.presence.present || !link.connected || this.#window.full) this.#stalled.add(peer)
    else if (peer.confirmed && peer.incarnation !== undefined) {
      const messages = this.#outbox.take(peer)
      counters.messagesSent += messages.length
      this.#write(link, peer, peer.incarnation, messages)
    } else this.#find(peer)
  }

  #write(link: Link, peer: Peer, incarnation: string, messages: readonly Uint8Array[]): void {
    const { subjects, limits, clock, counters } = this.#options
    const bytesMax = Math.max(frameBytesMin, Math.min(limits.frameBytesMax, link.payloadBytesMax))
    const inbox = subjects.inbox(peer.place, incarnation, this.#place)
    const frames = packFrames(messages, this.#heads, bytesMax, () => {
      this.#transfers = (this.#transfers + 1) >>> 0
      return this.#transfers
    })
    counters.framesSent += frames.length
    const nowMs = clock.now()
    let reply: string | undefined
    if (nowMs - peer.checkedMs >= checkMs) {
      peer.checkedMs = nowMs
      reply = this.#replyFrom(peer)
    }
    for (const frame of frames) {
      link.publish(inbox, frame, reply)
      this.#window.sent(link, frame.length)
    }
  }

  #resume(): void {
    if (this.#closed) return
    for (const peer of this.#stalled) this.#outbox.touch(peer)
    this.#stalled.clear()
  }

  #up(): void {
    this.#lookup.connected()
    this.#peers.doubt()
    this.presence.up()
  }

  #down(): void {
    this.#window.reset()
    this.presence.down()
  }

  #message(subject: string, bytes: Uint8Array, nobody: boolean): void {
    if (this.#closed) return
    const { name, counters } = this.#options
    const parsed = this.#parse(subject)
    const frame = nobody ? undefined : openFrame(bytes)
    if (parsed === undefined || (frame === undefined && !nobody)) {
      counters.framesMalformed += 1
      return
    }
    if (parsed.sender === name) {
      if (frame === undefined) this.presence.nobody()
      else if (parsed.topic === 'in') this.presence.answered(frame)
      else if (parsed.topic === 'who') this.presence.disputed(frame)
      else this.presence.heard(frame)
      return
    }
    const peer = this.#peers.of(parsed.sender)
    if (frame === undefined) this.#nobody(peer)
    else if (parsed.topic === 'in') this.#arrived(peer, frame)
    else if (parsed.topic === 'who') this.presence.asked(peer.place, frame.incarnation)
    else this.#heard(peer, frame)
  }

  #parse(subject: string): ParsedSubject | undefined {
    let parsed = this.#parsed.get(subject)
    if (parsed === undefined) {
      parsed = this.#options.subjects.parse(subject)
      if (this.#parsed.size >= subjectsCachedMax) this.#parsed.clear()
      this.#parsed.set(subject, parsed)
    }
    return parsed
  }

  /** A node says to all that it came or left. */
  #heard(peer: Peer, { kind, incarnation }: OpenedFrame): void {
    if (kind === frameKind.here) this.#isHere(peer, incarnation)
    else if (kind === frameKind.left && peer.incarnation === incarnation) this.#ended(peer)
  }

  /** Something for this node alone. */
  #arrived(peer: Peer, frame: OpenedFrame): void {
    const { incarnation, kind } = frame
    const former = peer.former.includes(incarnation)
    if (kind === frameKind.here) {
      // What nobody waits for any more is late, from a life that may not know that it was replaced.
      if (!former && this.#lookup.has(peer)) this.#isHere(peer, incarnation)
      return
    }
    if (this.presence.replaced) return
    if (!former && peer.incarnation === undefined) this.#isHere(peer, incarnation)
    if (peer.incarnation !== incarnation) {
      this.#options.counters.framesStale += 1
      // Neither known as former nor as the present one: its announcement may have been lost.
      if (!former) this.#find(peer)
      return
    }
    if (!peer.confirmed) this.#isHere(peer, incarnation)
    this.#read(peer, frame)
  }

  #read(peer: Peer, { kind, body }: OpenedFrame): void {
    const { counters } = this.#options
    if (kind === frameKind.batch) {
      if (!eachMessage(body, (bytes) => this.#inlet.deliver(peer.name, bytes))) {
        counters.framesMalformed += 1
      }
      return
    }
    const chunk = kind === frameKind.chunk ? openChunk(body) : undefined
    if (chunk === undefined) {
      counters.framesMalformed += 1
      return
    }
    const message = this.#reassembly.add(peer, chunk)
    if (message !== undefined) this.#inlet.deliver(peer.name, message)
  }

  #isHere(peer: Peer, incarnation: string): void {
    if (peer.incarnation !== incarnation) this.#ended(peer)
    arrived(peer, incarnation)
    this.#lookup.end(peer)
    if (peer.waiting.length > 0) this.#outbox.touch(peer)
  }

  #ended(peer: Peer): void {
    left(peer)
    this.#reassembly.forget(peer)
  }

  #forget(peer: Peer): void {
    this.#outbox.drop(peer)
    this.#reassembly.forget(peer)
    this.#lookup.end(peer)
    this.#stalled.delete(peer)
  }

  /** Finds out which life of the peer is here; its lane is flushed when it answers. */
  #find(peer: Peer): void {
    peer.confirmed = false
    this.#lookup.begin(peer)
  }

  #ask(peer: Peer): void {
    const { subjects, incarnation } = this.#options
    const subject = subjects.who(peer.place, this.#place)
    this.#link?.publish(subject, frameHead(frameKind.ask, incarnation), this.#replyFrom(peer))
  }

  /** Where the server answers in the name of a peer that nobody is. */
  #replyFrom(peer: Peer): string {
    const { subjects, incarnation } = this.#options
    return subjects.inbox(this.#place, incarnation, peer.place)
  }

  /** The server says that nobody hears what was sent to the peer. */
  #nobody(peer: Peer): void {
    if (this.#lookup.has(peer)) this.#lookup.nobody(peer)
    else peer.confirmed = false
  }

  #giveUp(peer: Peer): void {
    this.#outbox.drop(peer)
    if (peer.incarnation === undefined && peer.former.length === 0) this.#peers.remove(peer)
  }
}
