import type { Address, ClusterNode, Ownership } from '../cluster/index.ts'
import { RealmError } from '../errors/index.ts'
import type { Clock, Log, Write } from '../ports/index.ts'
import type {
  ActivationContext,
  CallMessage,
  Delivery,
  EventMark,
  HostMessage,
  Member,
  Recorded,
} from './behaviour.ts'
import { type CallId, callIdOf, callIdText } from './call-id.ts'
import { type OutputCommit, partKey } from './commit.ts'
import { noMark } from './delivery-message.ts'
import type { EventLog } from './event-log.ts'
import { eventsKey, writeEventTail } from './event-record.ts'
import type { Caller } from './game-scope.ts'
import type { Losses } from './losses.ts'
import { gateTiles } from './messages.ts'
import { failNotice } from './notices.ts'
import { type Answer, bytesOf, type CallInput } from './passed.ts'
import type { Entry, Errand, Failed } from './sending.ts'

/** Sends messages on behalf of somebody further up the chain. */
export interface Outward {
  send(address: Address, message: HostMessage, errand: Errand): Answer | Promise<Answer>
  postLater(address: Address, message: HostMessage, nowMs: number, failed: Failed): void
}

/** One message being handled. */
export interface Turn {
  /** The message with whoever waits for it: what it asks of others ends no later. */
  readonly entry: Entry
  /** Those who wait for it and itself: none of them can be called from here. */
  readonly chain: readonly Address[]
  /**
   * Calls made by this turn derive their ids from it, so a repeated turn repeats its calls under
   * the same ids.
   */
  callId: CallId | undefined
  /** What those calls are named by. */
  series: string | undefined
  callsMade: number
  /** Calls it has made and awaits: id → address. */
  made: Map<CallId, Address> | undefined
  /** What the last call it made failed with: passed on, it is not this activation that crashed. */
  received: unknown
}

export interface LinkOptions {
  readonly address: Address
  readonly ownership: Ownership
  readonly outputs: OutputCommit
  readonly events: EventLog
  readonly losses: Losses
  readonly node: ClusterNode
  readonly log: Log
  readonly callDepthMax: number
  readonly messageTimeoutMs: number
  readonly outward: Outward
  readonly mayAct: () => boolean
  readonly end: () => void
}

const noBytes = new Uint8Array(0)

/**
 * Ties one behaviour to its activation. Once cut, whatever the behaviour still does has no effect.
 */
export class ActivationLink implements Caller {
  readonly context: ActivationContext
  readonly #options: LinkOptions
  readonly #ownChain: readonly Address[]
  #cut = false
  /** Whether events were recorded that no commit has been given yet. */
  #unkept = false
  /** Whose code is running: undefined in timers. */
  #turn: Turn | undefined

  constructor(options: LinkOptions) {
    this.#options = options
    const { address, ownership, node, log } = options
    this.#ownChain = [address]
    this.context = {
      address,
      key: address.slice(address.lastIndexOf('/') + 1),
      epoch: ownership.epoch,
      clock: this.#clock(node.clock),
      random: node.random,
      log,
      deliver: (delivery) => this.#deliver(delivery),
      publish: (gate, batch) => {
        if (!this.#cut && options.mayAct()) {
          this.#guard(() =>
            node.post(gate, gateTiles, { address, epoch: options.ownership.epoch, batch }),
          )
        }
      },
      commit: async (blob, parts, more) => {
        this.#assertTied()
        await options.outputs.commit(blob, parts, {
          ...more,
          writes: this.#withEvents(more?.writes),
        })
      },
      transfer: async (transfers) => {
        this.#assertTied()
        await options.outputs.transfer(transfers)
      },
      stage: (blob, writes) => {
        if (!this.#cut) options.outputs.stage(blob, this.#withEvents(writes))
      },
      record: (events) => this.#record(events),
      skip: () => this.#skip(),
      ledger: node.store.ledger,
      parts: () => this.#parts(),
      call: async (target, method, input) =>
        bytesOf(await this.call(target, method, input)) ?? noBytes,
      end: () => {
        if (!this.#cut) options.end()
      },
    }
  }

  /** @param message that of the entry, as this edition of the game reads it */
  begin(entry: Entry, message: HostMessage): Turn {
    const { chain } = entry
    const turn: Turn = {
      entry,
      chain: chain.length === 0 ? this.#ownChain : [...chain, this.#options.address],
      callId: causeOf(message),
      series: undefined,
      callsMade: 0,
      made: undefined,
      received: undefined,
    }
    this.#turn = turn
    return turn
  }

  finish(): void {
    this.#turn = undefined
  }

  cut(): void {
    this.#cut = true
  }

  #assertTied(): void {
    if (this.#cut) throw new RealmError('FENCED', 'It was stopped.')
  }

  /**
   * Whoever comes learns which event was the last; whoever was here before, which it has not seen.
   * To be called when the turn has succeeded, before it is answered.
   */
  welcome(message: HostMessage): void {
    const { events } = this.#options
    if (message.op === 'resync' && message.since !== undefined) {
      this.#tellAgain(message.since.member, message.since.seen)
    } else if (message.op === 'join' && message.seen !== undefined) {
      this.#tellAgain(message.member, message.seen)
    } else if (message.op === 'join') {
      this.#mark('resumed', message.member, events.give())
    }
  }

  #tellAgain(member: Member, seen: EventMark): void {
    const to = [member]
    const { events, complete } = this.#options.events.since(member.player.id, seen)
    this.#mark('resumed', member, seen)
    if (!complete) this.#say(failNotice(to, 'EVENTS_LOST'), noMark)
    for (const { event, payload, mark } of events) {
      this.#say({ kind: 'event', to, event, payload }, mark)
    }
    // What was not for it, or is lost, need not be told or mourned again.
    this.#mark('caughtUp', member, this.#options.events.give())
  }

  #mark(kind: 'resumed' | 'caughtUp', member: Member, mark: EventMark): void {
    this.#say({ kind, to: [member], event: 0, payload: noBytes }, mark)
  }

  #deliver(delivery: Delivery): void {
    if (this.#cut || delivery.to.length === 0) return
    const mark = delivery.kind === 'event' ? this.#options.events.add(delivery) : noMark
    this.#say(delivery, mark)
  }

  #record(deliveries: readonly Delivery[]): Recorded {
    const { events } = this.#options
    const marks = deliveries.map((delivery) => events.add(delivery))
    this.#unkept = true
    return {
      tell: () => {
        if (this.#cut) return
        for (const [index, mark] of marks.entries()) this.#say(deliveries[index] as Delivery, mark)
      },
      undo: () => events.undo(marks.length),
    }
  }

  #skip(): Recorded | undefined {
    const undo = this.#options.events.skip()
    if (undo === undefined) return undefined
    this.#unkept = true
    return { tell: () => {}, undo }
  }

  /** What a commit writes beside the state. */
  #withEvents(writes: readonly Write[] = []): readonly Write[] {
    if (!this.#unkept) return writes
    this.#unkept = false
    const { address, events } = this.#options
    return [...writes, { key: eventsKey(address), value: writeEventTail(events.latest()) }]
  }

  #say(delivery: Delivery, mark: EventMark): void {
    this.#options.outputs.after(
      () => this.#guard(() => this.#deliverTo(delivery, mark)),
      () => {},
    )
  }

  /** Sends a delivery to the gates of its members, each gate getting its own. */
  #deliverTo(delivery: Delivery, mark: EventMark): void {
    const { address, losses } = this.#options
    const { epoch } = this.context
    const [first] = delivery.to
    if (first === undefined) return
    if (delivery.to.every(({ gate }) => gate === first.gate)) {
      losses.post(first.gate, { address, epoch, mark, delivery })
      return
    }
    for (const [gate, to] of Map.groupBy(delivery.to, (member) => member.gate)) {
      losses.post(gate, { address, epoch, mark, delivery: { ...delivery, to } })
    }
  }

  /**
   * What cannot be encoded is lost to its receivers, who ask for the full state; everything else
   * goes on.
   */
  #guard(post: () => void): void {
    try {
      post()
    } catch (error) {
      this.#options.log.error({ error, address: this.#options.address }, 'A delivery failed.')
    }
  }

  call(target: Address, method: number, input: CallInput): Answer | Promise<Answer> {
    this.#assertTied()
    const { outputs, callDepthMax } = this.#options
    const turn = this.#turn
    const chain = turn === undefined ? this.#ownChain : turn.chain
    assertNoCycle(chain, target, callDepthMax)
    const callId = this.#nextCallId(turn)
    const message: CallMessage = { op: 'call', method, input, caller: undefined, callId }
    // What an earlier turn did may yet be refused: nobody must hear of it before.
    if (!outputs.pending && !outputs.waiting) return this.#sendCall(turn, chain, target, message)
    return outputs.settled().then(() => this.#sendCall(turn, chain, target, message))
  }

  send(target: Address, method: number, input: CallInput, nowMs: number): void {
    this.#assertTied()
    const { outputs } = this.#options
    const callId = this.#nextCallId(this.#turn)
    const message: CallMessage = { op: 'call', method, input, caller: undefined, callId }
    const { outward, node } = this.#options
    if (outputs.clear) outward.postLater(target, message, nowMs, this.#unsent)
    else {
      outputs.after(() => {
        outward.postLater(target, message, node.clock.now(), this.#unsent)
      }, this.#unsent)
    }
  }

  readonly #unsent = (error: RealmError): void => {
    const { log, address } = this.#options
    log.warn({ error, address }, 'What was sent to an actor came to nothing.')
  }

  #sendCall(
    turn: Turn | undefined,
    chain: readonly Address[],
    target: Address,
    message: CallMessage,
  ): Answer | Promise<Answer> {
    let answer: Answer | Promise<Answer>
    try {
      const nowMs = this.#options.node.clock.now()
      const errand = { chain, nowMs, deadlineMs: this.#deadlineMs(turn, nowMs) }
      answer = this.#options.outward.send(target, message, errand)
    } catch (error) {
      if (turn !== undefined) turn.received = error
      throw error
    }
    if (turn === undefined || !(answer instanceof Promise)) return answer
    const { callId } = message
    turn.made ??= new Map()
    turn.made.set(callId, target)
    return answer.then(
      (value) => {
        turn.made?.delete(callId)
        return value
      },
      (error) => {
        turn.made?.delete(callId)
        turn.received = error
        throw error
      },
    )
  }

  /** @throws RealmError `DEADLINE` where nobody waits for the turn any more. */
  #deadlineMs(turn: Turn | undefined, nowMs: number): number {
    const latestMs = nowMs + this.#options.messageTimeoutMs
    if (turn === undefined) return latestMs
    const { deadlineMs } = turn.entry
    if (deadlineMs <= nowMs) throw new RealmError('DEADLINE', 'The caller waits no longer.')
    return Math.min(deadlineMs, latestMs)
  }

  #nextCallId(turn: Turn | undefined): CallId {
    if (turn === undefined) return { series: this.#options.node.random.id(), number: -1 }
    turn.callId ??= { series: this.#options.node.random.id(), number: -1 }
    turn.series ??= callIdText(turn.callId)
    turn.callsMade += 1
    return { series: turn.series, number: turn.callsMade }
  }

  async #parts(): Promise<{ name: string; bytes: Uint8Array }[]> {
    const { node, address } = this.#options
    const prefix = partKey(address, '')
    const parts: { name: string; bytes: Uint8Array }[] = []
    const pageRecords = 1000
    for (let after: string | undefined; ; ) {
      const options = after === undefined ? {} : { after }
      const page = await node.store.scan(prefix, { ...options, limit: pageRecords })
      for (const { key, value } of page) {
        parts.push({ name: key.slice(prefix.length), bytes: value })
      }
      after = page.at(-1)?.key
      if (page.length < pageRecords) return parts
    }
  }

  /** Timers run outside of any turn, end with the link, and what they throw is logged. */
  #clock(clock: Clock): Clock {
    const guarded = (run: () => void) => (): void => {
      if (this.#cut) return
      const turn = this.#turn
      this.#turn = undefined
      try {
        run()
      } catch (error) {
        this.#options.log.error({ error, address: this.#options.address }, 'A timer failed.')
      } finally {
        this.#turn = turn
      }
    }
    return {
      now: () => clock.now(),
      wallMs: () => clock.wallMs(),
      after: (delayMs, run) => clock.after(delayMs, guarded(run)),
      every: (periodMs, run) => clock.every(periodMs, guarded(run)),
    }
  }
}

/** A turn that may be repeated, after a crash, asks the same of others under the same ids again. */
function causeOf(message: HostMessage): CallId | undefined {
  if (message.op === 'call') return message.callId
  return message.op === 'wake' && message.reminder !== '' ? callIdOf(message.reminder) : undefined
}

/**
 * A call to one of those who wait for it would wait for itself.
 * @throws RealmError `CALL_CYCLE` naming the cycle, `CALL_DEPTH`
 */
export function assertNoCycle(
  chain: readonly Address[],
  target: Address,
  callDepthMax: number,
): void {
  const from = chain.indexOf(target)
  if (from >= 0) {
    throw new RealmError('CALL_CYCLE', `${[...chain.slice(from), target].join(' → ')}.`)
  }
  if (chain.length >= callDepthMax) throw new RealmError('CALL_DEPTH', `${chain.join(' → ')}.`)
}
