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

/** How a message is sent. */
export interface Errand {
  /** Those who wait for it, outermost first. */
  readonly chain: readonly Address[]
  readonly nowMs: number
  readonly deadlineMs: number
  /** Left out where it begins here. */
  readonly came?: { readonly from: string; readonly hops: number }
  /** Left out where nobody can have sent it by another way. */
  readonly wanted?: Wanted
}

export interface SendingOptions {
  readonly address: Address
  readonly message: HostMessage
  readonly errand: Errand
  readonly edition: Game
  /** Counts the messages of this host: those to one address reach its mailbox in this order. */
  readonly order: number
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
  readonly address: Address
  readonly edition: Game
  readonly order: number
  readonly #errand: Errand
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
    this.address = options.address
    this.message = options.message
    this.#errand = options.errand
    this.edition = options.edition
    this.order = options.order
  }

  get chain(): readonly Address[] {
    return this.#errand.chain
  }

  get deadlineMs(): number {
    return this.#errand.deadlineMs
  }

  /** Nodes it has passed through before this one. */
  get hops(): number {
    return this.#errand.came?.hops ?? 0
  }

  /** The node it came from; undefined where it began here. */
  get from(): string | undefined {
    return this.#errand.came?.from
  }

  get wanted(): Wanted | undefined {
    return this.#errand.wanted
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
