import type { MessagePort } from 'node:worker_threads'
import { RealmError } from '../errors/index.ts'
import type { BusPort, Clock, Log, Timer } from '../ports/index.ts'
import type { BusCounters } from './counters.ts'
import { eachMessage, packBatch } from './frame.ts'
import { Inlet } from './inlet.ts'
import { type Lane, Outbox } from './outbox.ts'
import type { BetweenThreads, FromHub, ToHub } from './threads-wire.ts'

export interface ThreadLimits {
  /** Messages that wait to be sent; what comes on top is lost. Default 262,144. */
  readonly outboxMessagesMax: number
  /** Their bytes. Default 64 MiB. */
  readonly outboxBytesMax: number
  /** What is sent to a thread before it has worked off what came before. Default 8 MiB. */
  readonly windowBytesMax: number
  /** How long the hub may take to answer a join. Default 5,000. */
  readonly joinTimeoutMs: number
}

export interface ThreadOptions {
  readonly clock: Clock
  readonly log: Log
  readonly counters: BusCounters
  readonly limits: ThreadLimits
}

type Receive = (from: string, bytes: Uint8Array) => void

/** A node of this thread. */
interface Member {
  readonly name: string
  readonly life: number
  readonly inlet: Inlet
  /** What it sends, by the name of whom it is for. */
  readonly lanes: Map<string, ThreadLane>
}

interface ThreadLane extends Lane {
  readonly from: Member
  readonly to: string
}

/** Where a name is, as the hub said. */
interface Place {
  readonly life: number
  readonly thread: number
}

/** The port to another thread. */
interface PairLink {
  readonly port: MessagePort
  /** Sent and not yet worked off over there. */
  unconfirmedBytes: number
  /** Worked off here and not yet told. */
  untoldBytes: number
  readonly stalled: Set<ThreadLane>
}

interface Joining {
  readonly name: string
  readonly receive: Receive
  readonly timer: Timer
  readonly resolve: (port: BusPort) => void
  readonly reject: (error: RealmError) => void
}

/** A thread tells another what it has worked off each time it is this much. */
const confirmBytes = 65_536
const noHead = new Uint8Array(0)

/** One thread's side of the bus: its nodes, and ports to the threads they talk to. */
export class Thread {
  readonly #control: MessagePort
  readonly #options: ThreadOptions
  readonly #outbox: Outbox<ThreadLane>
  readonly #members = new Map<number, Member>()
  readonly #joining = new Map<number, Joining>()
  readonly #leaving = new Map<number, () => void>()
  readonly #places = new Map<string, Place>()
  readonly #finding = new Map<string, Set<ThreadLane>>()
  readonly #links = new Map<number, PairLink>()
  #requests = 0
  #ended = false

  constructor(control: MessagePort, options: ThreadOptions) {
    const { limits, counters } = options
    this.#control = control
    this.#options = options
    const waiting = { messagesMax: limits.outboxMessagesMax, bytesMax: limits.outboxBytesMax }
    this.#outbox = new Outbox(waiting, counters, (lane) => this.#flush(lane))
    control.on('message', (message: FromHub) => this.#told(message))
    control.on('close', () => this.#end())
    this.#holdThread()
  }

  join(name: string, receive: Receive): Promise<BusPort> {
    const { clock, limits } = this.#options
    return new Promise((resolve, reject) => {
      if (this.#ended) {
        reject(new RealmError('BUS_UNAVAILABLE', 'The hub of the threads is closed.'))
        return
      }
      this.#requests += 1
      const request = this.#requests
      const timer = clock.after(limits.joinTimeoutMs, () => {
        this.#joining.delete(request)
        this.#holdThread()
        reject(new RealmError('BUS_UNAVAILABLE', 'The main thread has not adopted this worker.'))
      })
      this.#joining.set(request, { name, receive, timer, resolve, reject })
      this.#holdThread()
      this.#tell({ kind: 'join', request, name })
    })
  }

  #tell(message: ToHub): void {
    this.#control.postMessage(message)
  }

  /** Nodes keep their thread alive; a bus without any does not. */
  #holdThread(): void {
    const busy = this.#members.size + this.#joining.size + this.#leaving.size > 0
    if (busy && !this.#ended) this.#control.ref()
    else this.#control.unref()
  }

  #told(message: FromHub): void {
    switch (message.kind) {
      case 'joined':
        this.#joined(message.request, message.life)
        return
      case 'refused': {
        const joining = this.#takeJoining(message.request)
        joining?.reject(new RealmError('NODE_DUPLICATE', `Node: ${joining.name}.`))
        return
      }
      case 'left':
        this.#leaving.get(message.life)?.()
        return
      case 'found':
        this.#found(message.name, message)
        return
      case 'open':
        this.#open(message.thread, message.port)
        return
      case 'gone':
        if (this.#places.get(message.name)?.life === message.life) this.#lose(message.name)
        return
      case 'ended':
        this.#links.get(message.thread)?.port.close()
        this.#links.delete(message.thread)
    }
  }

  #takeJoining(request: number): Joining | undefined {
    const joining = this.#joining.get(request)
    this.#joining.delete(request)
    joining?.timer.cancel()
    this.#holdThread()
    return joining
  }

  #joined(request: number, life: number): void {
    const joining = this.#takeJoining(request)
    if (joining === undefined) {
      // The caller has given up waiting.
      this.#tell({ kind: 'leave', life })
      return
    }
    const { name, receive, resolve } = joining
    const inlet = new Inlet({ ...this.#options, name, receive })
    const member: Member = { name, life, inlet, lanes: new Map() }
    this.#members.set(life, member)
    this.#holdThread()
    inlet.openNextTurn()
    resolve({
      send: (to, bytes) => this.#send(member, to, bytes),
      close: () => this.#leave(member),
    })
  }

  async #leave(member: Member): Promise<void> {
    if (this.#members.get(member.life) !== member) return
    this.#outbox.flush()
    member.inlet.close()
    this.#members.delete(member.life)
    for (const lane of member.lanes.values()) this.#drop(lane)
    if (this.#ended) return
    await new Promise<void>((done) => {
      this.#leaving.set(member.life, done)
      this.#holdThread()
      this.#tell({ kind: 'leave', life: member.life })
    })
    this.#leaving.delete(member.life)
    this.#holdThread()
  }

  #send(from: Member, to: string, bytes: Uint8Array): void {
    if (this.#members.get(from.life) !== from || this.#ended) return
    let lane = from.lanes.get(to)
    if (lane === undefined) {
      lane = { from, to, waiting: [], waitingBytes: 0 }
      from.lanes.set(to, lane)
    }
    this.#outbox.put(lane, bytes)
  }

  #flush(lane: ThreadLane): void {
    const { from, to } = lane
    const place = this.#places.get(to)
    if (place === undefined) {
      this.#find(lane)
      return
    }
    const { counters, limits } = this.#options
    const link = this.#links.get(place.thread)
    const here = this.#members.get(place.life)
    if (here !== undefined) {
      for (const bytes of this.#outbox.take(lane)) here.inlet.deliver(from.name, bytes)
    } else if (link === undefined) this.#drop(lane)
    else if (link.unconfirmedBytes >= Math.max(limits.windowBytesMax, confirmBytes))
      link.stalled.add(lane)
    else {
      const messages = this.#outbox.take(lane)
      const { buffer } = packBatch(noHead, messages, 0, messages.length)
      counters.messagesSent += messages.length
      counters.framesSent += 1
      link.unconfirmedBytes += buffer.byteLength
      const message: BetweenThreads = { to: place.life, from: from.name, frame: buffer }
      link.port.postMessage(message, [buffer])
    }
  }

  #find(lane: ThreadLane): void {
    const waiting = this.#finding.get(lane.to)
    if (waiting !== undefined) {
      waiting.add(lane)
      return
    }
    this.#finding.set(lane.to, new Set([lane]))
    this.#tell({ kind: 'find', name: lane.to })
  }

  #found(name: string, { life, thread }: Place): void {
    const waiting = this.#finding.get(name) ?? []
    this.#finding.delete(name)
    if (life !== 0) this.#places.set(name, { life, thread })
    for (const lane of waiting) {
      if (life === 0) this.#drop(lane)
      else this.#outbox.touch(lane)
    }
  }

  /** Nobody has the name any more. */
  #lose(name: string): void {
    this.#places.delete(name)
    for (const { lanes } of this.#members.values()) {
      const lane = lanes.get(name)
      if (lane !== undefined) this.#drop(lane)
    }
  }

  #drop(lane: ThreadLane): void {
    this.#outbox.drop(lane)
    lane.from.lanes.delete(lane.to)
    for (const { stalled } of this.#links.values()) stalled.delete(lane)
  }

  #open(thread: number, port: MessagePort): void {
    const link: PairLink = { port, unconfirmedBytes: 0, untoldBytes: 0, stalled: new Set() }
    this.#links.set(thread, link)
    port.on('message', (message: BetweenThreads) => {
      if (typeof message === 'number') this.#confirmed(link, message)
      else this.#receive(link, message.to, message.from, message.frame)
    })
    port.unref()
  }

  #receive(link: PairLink, to: number, from: string, frame: ArrayBuffer): void {
    const inlet = this.#members.get(to)?.inlet
    if (inlet === undefined) this.#options.counters.framesStale += 1
    else if (!eachMessage(new Uint8Array(frame), (bytes) => inlet.deliver(from, bytes))) {
      this.#options.counters.framesMalformed += 1
    }
    link.untoldBytes += frame.byteLength
    if (link.untoldBytes < confirmBytes) return
    const told: BetweenThreads = link.untoldBytes
    link.untoldBytes = 0
    link.port.postMessage(told)
  }

  #confirmed(link: PairLink, bytes: number): void {
    link.unconfirmedBytes -= bytes
    for (const lane of link.stalled) this.#outbox.touch(lane)
    link.stalled.clear()
  }

  /** The hub is gone: nobody can be found any more. */
  #end(): void {
    if (this.#ended) return
    this.#ended = true
    for (const request of [...this.#joining.keys()]) {
      const error = new RealmError('BUS_UNAVAILABLE', 'The hub of the threads is closed.')
      this.#takeJoining(request)?.reject(error)
    }
    for (const { inlet } of this.#members.values()) inlet.close()
    for (const { port } of this.#links.values()) port.close()
    this.#links.clear()
    for (const done of this.#leaving.values()) done()
    this.#holdThread()
  }
}
