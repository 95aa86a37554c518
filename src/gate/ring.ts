import { assert } from './assert.ts'

/**
 * The numbered messages a session has sent and its client has not acknowledged yet: what a resume
 * sends again. Bounded by count and bytes; the oldest go first, and a client that still needed them
 * starts over with full states.
 */
export class DownlinkRing {
  readonly #messagesMax: number
  readonly #bytesMax: number
  #kept: Uint8Array[] = []
  /** Index in `#kept` of the oldest message; those before it are gone. */
  #start = 0
  #last = 0
  #bytes = 0

  constructor(messagesMax: number, bytesMax: number) {
    this.#messagesMax = messagesMax
    this.#bytesMax = bytesMax
  }

  /** Number of the last message sent; they count from 1. */
  get last(): number {
    return this.#last
  }

  get messages(): number {
    return this.#kept.length - this.#start
  }

  get bytes(): number {
    return this.#bytes
  }

  push(message: Uint8Array): void {
    this.#kept.push(message)
    this.#last += 1
    this.#bytes += message.length
    while (this.messages > this.#messagesMax || this.#bytes > this.#bytesMax) this.#dropOldest()
  }

  /** The client has everything up to `count`. @returns false where that cannot be */
  acknowledge(count: number): boolean {
    if (count > this.#last) return false
    while (this.messages > 0 && this.#last - this.messages < count) this.#dropOldest()
    return true
  }

  /**
   * What a client that has `count` messages lacks, in order, and how many of it are gone for good.
   * @param count at most `last`
   */
  after(count: number): { missed: number; messages: Uint8Array[] } {
    assert(count <= this.#last, 'a client cannot have more than was sent')
    const before = this.#last - this.messages
    const missed = Math.max(0, before - count)
    return { missed, messages: this.#kept.slice(this.#start + Math.max(0, count - before)) }
  }

  #dropOldest(): void {
    this.#bytes -= (this.#kept[this.#start] as Uint8Array).length
    this.#kept[this.#start] = empty
    this.#start += 1
    // Compacting when half is gone costs each message one move at most.
    if (this.#start > 32 && this.#start * 2 > this.#kept.length) {
      this.#kept = this.#kept.slice(this.#start)
      this.#start = 0
    }
  }
}

const empty = new Uint8Array(0)
