import { RealmError } from '../errors/index.ts'
import { type Frame, frameMark, join } from './frame.ts'
import type { StreamLimits } from './stream-limits.ts'

/**
 * The receiving half of a reliable link: hands over each message once and in order, keeps what
 * came too early within bounds, drops what came before.
 */
export class Inbox {
  readonly #limits: StreamLimits
  readonly #early = new Map<number, Frame>()
  #earlyBytes = 0
  #last = 0
  #pieces: Uint8Array[] = []
  #piecesBytes = 0

  constructor(limits: StreamLimits) {
    this.#limits = limits
  }

  /** Number up to which everything has arrived. */
  get last(): number {
    return this.#last
  }

  /** Messages that arrived while one before them is missing. */
  get early(): number {
    return this.#early.size
  }

  /** Whether something arrived while something before it is missing. */
  get gap(): boolean {
    return this.#early.size > 0
  }

  /**
   * @returns whether it was the next one
   * @throws RealmError `SCHEMA_*` where the pieces make no message
   */
  take(frame: Frame, deliver: (message: Uint8Array) => void): boolean {
    const { number } = frame
    if (number !== this.#last + 1) {
      if (number > this.#last) this.#keep(frame)
      return false
    }
    this.#last = number
    this.#put(frame, deliver)
    for (;;) {
      const next = this.#early.get(this.#last + 1)
      if (next === undefined) return true
      this.#early.delete(next.number)
      this.#earlyBytes -= next.bytes.length
      this.#last = next.number
      this.#put(next, deliver)
    }
  }

  /** What does not fit is dropped as if it had been lost: it will be sent again. */
  #keep(frame: Frame): void {
    const { windowMessagesMax, windowBytesMax, pieceBytesMax } = this.#limits
    if (this.#early.has(frame.number) || frame.number > this.#last + windowMessagesMax) return
    if (this.#earlyBytes + frame.bytes.length > windowBytesMax + pieceBytesMax) return
    this.#early.set(frame.number, { ...frame, bytes: frame.bytes.slice() })
    this.#earlyBytes += frame.bytes.length
  }

  #put({ marks, bytes }: Frame, deliver: (message: Uint8Array) => void): void {
    const begins = (marks & frameMark.first) !== 0
    const ends = (marks & frameMark.last) !== 0
    if (begins !== (this.#pieces.length === 0)) {
      throw new RealmError('SCHEMA_MALFORMED', 'The pieces of a message do not fit together.')
    }
    if (begins && ends) {
      deliver(bytes)
      return
    }
    this.#piecesBytes += bytes.length
    if (this.#piecesBytes > this.#limits.messageBytesMax) {
      throw new RealmError('SCHEMA_LIMIT', `A message has more than ${this.#piecesBytes} bytes.`)
    }
    this.#pieces.push(bytes)
    if (!ends) return
    const whole = join(this.#pieces)
    this.#pieces = []
    this.#piecesBytes = 0
    deliver(whole)
  }
}
