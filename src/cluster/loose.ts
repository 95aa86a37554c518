import type { Writer } from '../schema/index.ts'
import { cut, type Frame, frameMark, frameSize, join, writeFrame } from './frame.ts'
import type { StreamLimits } from './stream-limits.ts'

/** What was sent and not seen for so long is counted as lost. */
const looseLostMs = 1000

/**
 * Sends messages that may be lost: each once, and none while the other side is too far behind, so
 * that a slow receiver costs bounded memory.
 */
export class LooseOutbox {
  readonly #limits: StreamLimits
  #waiting: Frame[] = []
  #flying: { number: number; bytes: number }[] = []
  #bytes = 0
  #lastNumber = 0
  #lastSentMs = 0
  #acknowledged = 0

  constructor(limits: StreamLimits) {
    this.#limits = limits
  }

  /** @returns false where it was dropped */
  push(message: Uint8Array): boolean {
    if (this.#bytes + message.length > this.#limits.looseBytesMax) return false
    for (const { marks, bytes } of cut(message, this.#limits.pieceBytesMax)) {
      this.#lastNumber += 1
      this.#waiting.push({ number: this.#lastNumber, marks: marks | frameMark.loose, bytes })
    }
    this.#bytes += message.length
    return true
  }

  /** Not seen yet, as far as is known. */
  get bytes(): number {
    return this.#bytes
  }

  /** The highest number that was seen. */
  get acknowledged(): number {
    return this.#acknowledged
  }

  /** Whether everything was sent and seen. */
  get empty(): boolean {
    return this.#waiting.length === 0 && this.#flying.length === 0
  }

  get sendable(): boolean {
    return this.#waiting.length > 0
  }

  write(writer: Writer, nowMs: number): void {
    let sent = 0
    for (const frame of this.#waiting) {
      const full = writer.length + frameSize(frame.bytes) > this.#limits.packetBytesMax
      if (full && writer.length > 64) break
      writeFrame(writer, frame)
      this.#flying.push({ number: frame.number, bytes: frame.bytes.length })
      sent += 1
    }
    if (sent === 0) return
    this.#lastSentMs = nowMs
    this.#waiting = this.#waiting.slice(sent)
  }

  /** `number` has been seen: what was sent before it has been seen or is lost. */
  acknowledge(number: number): void {
    this.#acknowledged = Math.max(this.#acknowledged, number)
    this.#settle(number)
  }

  #settle(number: number): void {
    let seen = 0
    for (const flying of this.#flying) {
      if (flying.number > number) break
      this.#bytes -= flying.bytes
      seen += 1
    }
    if (seen > 0) this.#flying = this.#flying.slice(seen)
  }

  tick(nowMs: number): void {
    if (nowMs < this.#lastSentMs + looseLostMs) return
    this.#settle(Number.POSITIVE_INFINITY)
  }
}

/** Hands over loose messages at most once and in order; what comes late or in parts is dropped. */
export class LooseInbox {
  readonly #messageBytesMax: number
  #last = 0
  #pieces: Uint8Array[] = []
  #piecesBytes = 0

  constructor({ messageBytesMax }: StreamLimits) {
    this.#messageBytesMax = messageBytesMax
  }

  /** The highest number seen. */
  get last(): number {
    return this.#last
  }

  take({ number, marks, bytes }: Frame, deliver: (message: Uint8Array) => void): void {
    if (number <= this.#last) return
    const follows = number === this.#last + 1 && this.#pieces.length > 0
    this.#last = number
    const begins = (marks & frameMark.first) !== 0
    if (begins || !follows) this.#forget()
    if (!begins && !follows) return
    this.#piecesBytes += bytes.length
    if (this.#piecesBytes > this.#messageBytesMax) {
      this.#forget()
      return
    }
    this.#pieces.push(bytes)
    if ((marks & frameMark.last) === 0) return
    const whole = join(this.#pieces)
    this.#forget()
    deliver(whole)
  }

  #forget(): void {
    this.#pieces = []
    this.#piecesBytes = 0
  }
}
