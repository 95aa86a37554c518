import type { Address } from '../cluster/index.ts'
import { RealmError, toRealmError } from '../errors/index.ts'
import type { Clock, Log } from '../ports/index.ts'
import type { ActivationLink, Turn } from './activation-link.ts'
import type { Behaviour } from './behaviour.ts'
import { callIdText } from './call-id.ts'
import type { OutputCommit } from './commit.ts'
import { translate } from './editions.ts'
import type { Game } from './game.ts'
import { Mailbox } from './mailbox.ts'
import type { Answer } from './passed.ts'
import type { Entry } from './sending.ts'

export interface TurnsOptions {
  readonly address: Address
  readonly clock: Clock
  readonly log: Log
  readonly mailboxMessagesMax: number
  readonly mayAct: () => boolean
  /** A turn has ended, whichever way; `crashed` where it was the game's code that failed. */
  readonly ended: (crashed: boolean) => void
}

/** What handles the messages at present. */
export interface Handler {
  readonly behaviour: Behaviour
  readonly link: ActivationLink
  readonly outputs: OutputCommit
  /** By whose numbers it reads messages. */
  readonly edition: Game
}

const nothing: ReadonlyMap<string, Address> = new Map()

/**
 * The mailbox of an activation and its turns: in order, one at a time, the next after this one has
 * settled.
 */
export class Turns {
  readonly #options: TurnsOptions
  readonly #mailbox = new Mailbox<Entry>()
  readonly #atRest: (() => void)[] = []
  #handler: Handler | undefined
  #running: Turn | undefined
  #startedMs = 0

  constructor(options: TurnsOptions) {
    this.#options = options
  }

  get messagesWaiting(): number {
    return this.#mailbox.size
  }

  get made(): ReadonlyMap<string, Address> {
    const made = this.#running?.made
    if (made === undefined) return nothing
    return new Map([...made].map(([callId, address]) => [callIdText(callId), address]))
  }

  get running(): string | undefined {
    const callId = this.#running?.callId
    return callId && callIdText(callId)
  }

  /** Ids of calls in the mailbox that a handler elsewhere awaits. */
  *waiting(): Generator<string> {
    for (const { message, chain } of this.#mailbox) {
      if (message.op === 'call' && chain.length > 0) yield callIdText(message.callId)
    }
  }

  isWaiting(callId: string): boolean {
    for (const waiting of this.waiting()) if (waiting === callId) return true
    return false
  }

  /** Takes a call out of the mailbox, unless it has begun. */
  refuse(callId: string, error: RealmError): void {
    const taken = this.#mailbox.remove(({ message }) => {
      return message.op === 'call' && callIdText(message.callId) === callId
    })
    taken?.reject(error)
  }

  get active(): boolean {
    return this.#running !== undefined || this.#mailbox.size > 0
  }

  /** Takes a message; it is answered once its effects are durable. */
  take(entry: Entry, nowMs: number): void {
    if (!this.active && this.#handler !== undefined) {
      this.#begin(entry, this.#handler, nowMs)
      // What came while its turn was running.
      if (this.#mailbox.size > 0) this.#pump()
      return
    }
    if (this.#mailbox.size >= this.#options.mailboxMessagesMax) {
      entry.reject(new RealmError('MAILBOX_FULL'))
      return
    }
    this.#mailbox.push(entry)
    this.#pump()
  }

  /** Turns begin from now on. */
  open(handler: Handler): void {
    this.#handler = handler
    this.#pump()
  }

  /** No further turn begins; messages wait. */
  close(): void {
    this.#handler = undefined
  }

  /**
   * Runs `rested` between two turns: at once, or right after the one under way, before any other
   * begins.
   */
  atRest(rested: () => void): void {
    if (this.#running === undefined) rested()
    else this.#atRest.push(rested)
  }

  /** Fails what waits; a turn under way loses its caller and its say. */
  fail(error: RealmError): void {
    this.close()
    const running = this.#running
    this.#running = undefined
    running?.entry.reject(error)
    for (const entry of this.#mailbox.clear()) entry.reject(error)
    this.#rested()
  }

  /**
   * Tells those whose deadline has passed; their messages, if not begun, will not be.
   * @returns how long the turn under way has taken, in ms
   */
  sweep(now: number): number {
    const late = (entry: Entry): void => {
      if (entry.deadlineMs <= now) entry.reject(new RealmError('DEADLINE'))
    }
    for (const entry of this.#mailbox) late(entry)
    if (this.#running === undefined) return 0
    late(this.#running.entry)
    return now - this.#startedMs
  }

  #pump(): void {
    while (this.#handler !== undefined && this.#running === undefined) {
      const entry = this.#mailbox.shift()
      if (entry === undefined) return
      this.#begin(entry, this.#handler, this.#options.clock.now())
    }
  }

  #begin(entry: Entry, handler: Handler, now: number): void {
    if (entry.deadlineMs <= now) entry.reject(new RealmError('DEADLINE', 'It was not begun.'))
    else if (this.#options.mayAct()) this.#run(entry, handler, now)
    else entry.reject(new RealmError('LEASE_LOST'))
  }

  #run(entry: Entry, handler: Handler, now: number): void {
    let { message } = entry
    if (entry.edition !== handler.edition) {
      try {
        message = translate(message, this.#options.address, entry.edition, handler.edition)
      } catch (error) {
        entry.reject(toRealmError(error))
        return
      }
    }
    const turn = handler.link.begin(entry, message)
    this.#running = turn
    this.#startedMs = now
    let answer: Answer | Promise<Answer>
    try {
      answer = handler.behaviour.receive(message)
    } catch (error) {
      this.#failed(turn, handler, error)
      return
    }
    if (!(answer instanceof Promise)) {
      this.#finished(turn, handler, answer)
      return
    }
    void answer
      .then(
        (value) => this.#finished(turn, handler, value),
        (error) => this.#failed(turn, handler, error),
      )
      .then(() => this.#pump())
  }

  #finished(turn: Turn, handler: Handler, answer: Answer): void {
    if (this.#running !== turn) return
    const { outputs, link } = handler
    const { entry } = turn
    const { message } = entry
    if (message.op === 'join' || message.op === 'resync') link.welcome(message)
    // Where nobody waits and nothing was said or changed, there is nothing to ask the lease about.
    if ((!entry.awaited && outputs.idle) || outputs.clear) entry.answer(answer)
    else if (entry.awaited || message.op === 'call') {
      outputs.after(
        () => entry.answer(answer),
        (error) => entry.reject(error),
      )
    }
    this.#endTurn(handler, false)
  }

  #failed(turn: Turn, handler: Handler, error: unknown): void {
    if (this.#running !== turn) return
    const { entry } = turn
    if (!(error instanceof RealmError)) {
      const { address, log } = this.#options
      log.error({ error, address, op: entry.message.op }, 'A handler failed.')
    }
    const known = toRealmError(error, 'HANDLER_FAILED')
    // A refusal tells of state too, so it waits as an answer would.
    handler.outputs.after(
      () => entry.reject(known),
      (lost) => entry.reject(lost),
    )
    const { op } = entry.message
    // What clients send to rooms and worlds may fail as often as they like: it is theirs alone.
    const counts = op === 'call' || op === 'wake'
    const crashed = counts && known.code === 'HANDLER_FAILED' && known !== turn.received
    this.#endTurn(handler, crashed)
  }

  #endTurn(handler: Handler, crashed: boolean): void {
    this.#running = undefined
    handler.link.finish()
    this.#options.ended(crashed)
    this.#rested()
  }

  #rested(): void {
    while (this.#running === undefined && this.#atRest.length > 0) this.#atRest.shift()?.()
  }
}
