import type { MessagePort } from 'node:worker_threads'
import { RealmError } from '../errors/index.ts'
import type { BusPort, Clock, Log, Timer } from '../ports/index.ts'
import type { BusCounters } from './counters.ts'
import { eachMessage, packBatch } from './frame.ts'
import { Inlet } from './inlet.ts'
import { type Lane, Outbox } from './outbox.ts'
import { ThreadLink } from './threads-link.ts'
import type { FromHub, ToHub } from './threads-wire.ts'

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

interface Joining {
  readonly name: string
  readonly receive: Receive
  readonly timer: Timer
  readonly resolve: (port: BusPort) => void
  readonly reject: (error: RealmError) => void
}

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
  readonly #links = new Map<number, ThreadLink>()
  readonly #stalled = new Set<ThreadLane>()
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
        this.#links.get(message.thread)?.close()
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
    const link = this.#links.get(place.thread)
    const here = this.#members.get(place.life)
    if (here !== undefined) {
      for (const bytes of this.#outbox.take(lane)) here.inlet.deliver(from.name, bytes)
    } else if (link === undefined) this.#drop(lane)
    else if (link.full) this.#stalled.add(lane)
    else {
      const { counters } = this.#options
      const messages = this.#outbox.take(lane)
      counters.messagesSent += messages.length
      counters.framesSent += 1
      link.send(place.life, from.name, packBatch(noHead, messages, 0, messages.length).buffer)
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
    this.#stalled.delete(lane)
  }

  #open(thread: number, port: MessagePort): void {
    const { windowBytesMax } = this.#options.limits
    const link = new ThreadLink(port, windowBytesMax, {
      frame: (to, from, frame) => this.#receive(to, from, frame),
      opened: () => this.#resume(),
    })
    this.#links.set(thread, link)
  }

  #receive(to: number, from: string, frame: ArrayBuffer): void {
    const inlet = this.#members.get(to)?.inlet
    if (inlet === undefined) this.#options.counters.framesStale += 1
    else if (!eachMessage(new Uint8Array(frame), (bytes) => inlet.deliver(from, bytes))) {
      this.#options.counters.framesMalformed += 1
    }
  }

  #resume(): void {
    for (const lane of this.#stalled) this.#outbox.touch(lane)
    this.#stalled.clear()
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
    for (const link of this.#links.values()) link.close()
    this.#links.clear()
    for (const done of this.#leaving.values()) done()
    this.#holdThread()
  }
}
