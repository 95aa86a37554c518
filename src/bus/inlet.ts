import type { Log } from '../ports/index.ts'
import type { BusCounters } from './counters.ts'

export interface InletOptions {
  readonly name: string
  readonly log: Log
  readonly counters: BusCounters
  readonly receive: (from: string, bytes: Uint8Array) => void
}

/** Messages that may arrive before `join` has told its caller; what comes on top is lost. */
const heldMessagesMax = 65_536

/**
 * The way of messages to the receiver of a node: closed until whoever joined had its turn, then
 * open, then closed for good. What a receiver throws is logged.
 */
export class Inlet {
  readonly #options: InletOptions
  #held: Array<readonly [string, Uint8Array]> | undefined = []
  #closed = false

  constructor(options: InletOptions) {
    this.#options = options
  }

  /** Called just before `join` resolves: messages are received from the next turn on. */
  openNextTurn(): void {
    setImmediate(() => {
      const held = this.#held ?? []
      this.#held = undefined
      for (const [from, bytes] of held) this.deliver(from, bytes)
    })
  }

  close(): void {
    this.#closed = true
    this.#held = undefined
  }

  deliver(from: string, bytes: Uint8Array): void {
    if (this.#closed) return
    const { name, log, counters, receive } = this.#options
    if (this.#held !== undefined) {
      if (this.#held.length < heldMessagesMax) this.#held.push([from, bytes])
      else counters.messagesLost += 1
      return
    }
    counters.messagesReceived += 1
    try {
      receive(from, bytes)
    } catch (error) {
      log.error({ error, to: name, from }, 'A receiver of the bus threw; its message is lost.')
    }
  }
}
