import type { Address } from '../cluster/index.ts'
import type { RealmError } from '../errors/index.ts'
import { refusalOf } from './again.ts'
import type { HostMessage } from './behaviour.ts'
import type { Game } from './game.ts'
import type { Answer } from './passed.ts'

/** A message with whoever waits for its answer. */
export interface Entry {
  readonly message: HostMessage
  /** By whose numbers it was written. */
  readonly edition: Game
  /** Those whose handlers wait for it, outermost first. */
  readonly chain: readonly Address[]
  readonly deadlineMs: number
  /** Whether anybody waits for the answer. */
  readonly awaited: boolean
  answer(answer: Answer): void
  /** It was not taken, or came to nothing. */
  reject(error: RealmError): void
}

/** Whether somebody still wants what was held back, or has asked for it by another way. */
export interface Wanted {
  /** @throws RealmError what it then fails with */
  ask(): Promise<void>
  /** When it was known last. */
  knownMs: number
}

export interface SendingOptions {
  readonly message: HostMessage
  readonly edition: Game
  readonly chain: readonly Address[]
  readonly deadlineMs: number
  /** Counts the messages of this host: those to one address reach its mailbox in this order. */
  readonly order: number
  readonly address: Address
  /** Nodes it has passed through before this one. */
  readonly hops: number
  /** The node it came from; undefined where it began here. */
  readonly from: string | undefined
  /** Left out where nobody can have sent it by another way. */
  readonly wanted?: Wanted | undefined
}

export type Failed = (error: RealmError) => void

/** May send a message again that was given back; told whether anybody waits for the answer. */
export interface Sender {
  refused(sending: Sending, error: RealmError): void
}

/**
 * A message under way to the mailbox of its address. To `reject` it is to give it back, upon which
 * it may be sent again; to `fail` it is the end.
 */
export class Sending implements Entry {
  message: HostMessage
  readonly edition: Game
  readonly chain: readonly Address[]
  readonly deadlineMs: number
  readonly order: number
  readonly address: Address
  readonly hops: number
  readonly from: string | undefined
  readonly wanted: Wanted | undefined
  attempts = 0
  /** When it was first sent to another node. */
  sentMs: number | undefined
  readonly #sender: Sender
  /** Told where it fails; undefined where somebody waits for the outcome. */
  readonly #failed: Failed | undefined
  #state: 'open' | 'answered' | 'failed' = 'open'
  #outcome: Answer | RealmError
  #waiting: PromiseWithResolvers<Answer> | undefined

  constructor(sender: Sender, options: SendingOptions, failed: Failed | undefined) {
    this.#sender = sender
    this.#failed = failed
    this.message = options.message
    this.edition = options.edition
    this.chain = options.chain
    this.deadlineMs = options.deadlineMs
    this.order = options.order
    this.address = options.address
    this.hops = options.hops
    this.from = options.from
    this.wanted = options.wanted
  }

  get awaited(): boolean {
    return this.#failed === undefined
  }

  /** Nobody has been told what became of it. */
  get open(): boolean {
    return this.#state === 'open'
  }

  /** It is sent once more although it may have arrived. */
  repeats(): void {
    const { message, sentMs } = this
    if (message.op !== 'call' || message.firstMs !== undefined || sentMs === undefined) return
    this.message = { ...message, firstMs: sentMs }
  }

  answer(answer: Answer): void {
    if (this.#state !== 'open') return
    this.#state = 'answered'
    this.#outcome = answer
    this.#waiting?.resolve(answer)
  }

  reject(error: RealmError): void {
    this.#sender.refused(this, error)
  }

  fail(refusal: RealmError): void {
    if (this.#state !== 'open') return
    const error = refusalOf(this.message, refusal)
    this.#state = 'failed'
    this.#outcome = error
    if (this.#failed !== undefined) this.#failed(error)
    else this.#waiting?.reject(error)
  }

  /**
   * What has become of it: at once where that is known, so that a call within one process needs no
   * turn of the event loop.
   * @throws RealmError what it failed with
   */
  get outcome(): Answer | Promise<Answer> {
    if (this.#state === 'failed') throw this.#outcome
    if (this.#state === 'answered') return this.#outcome as Answer
    this.#waiting ??= Promise.withResolvers()
    return this.#waiting.promise
  }
}
