import type { Fill } from '../ports/index.ts'
import type { Reader, Writer } from '../schema/index.ts'
import { frameMark, readFrame } from './frame.ts'
import { Inbox } from './inbox.ts'
import { LooseInbox, LooseOutbox } from './loose.ts'
import { Outbox } from './outbox.ts'
import type { StreamLimits } from './stream-limits.ts'

/**
 * One reliable, ordered link between two incarnations of nodes, both directions. Invariants:
 *
 * 1. A reliable message is handed over **exactly once and in order**, or the link is broken: its
 *    stream is thrown away as a whole, and whoever holds it (`Links`) tells what waited for it.
 * 2. A stream belongs to one handshake. Nothing of an earlier or later one enters it: cookies keep
 *    them apart. So a message is never handed over by a link other than the one it was given to.
 * 3. What is not acknowledged is kept, and what is kept is bounded (`BUS_BUSY` beyond).
 *    Acknowledged means handed over to the receiver's code, not merely arrived.
 * 4. A loose message is handed over at most once, in order among loose ones, with no promise
 *    between loose and reliable ones.
 *
 * Nothing here knows of time or the bus: both are given. Layout of a packet's body:
 *
 *     acknowledged varint · loose seen varint · flags u8 · frames
 */
export class Stream {
  readonly #limits: StreamLimits
  readonly #outbox: Outbox
  readonly #inbox: Inbox
  readonly #looseOutbox: LooseOutbox
  readonly #looseInbox: LooseInbox
  /** Frames and bytes that came since the last acknowledgement. */
  #owedFrames = 0
  #owedBytes = 0
  #answerNow = false
  /** Until something has come from the other side, it is asked to answer. */
  #unsure = true
  #broken = false

  constructor(limits: StreamLimits) {
    this.#limits = limits
    this.#outbox = new Outbox(limits)
    this.#inbox = new Inbox(limits)
    this.#looseOutbox = new LooseOutbox(limits)
    this.#looseInbox = new LooseInbox(limits)
  }

  /** @throws RealmError `BUS_BUSY` */
  push(message: Uint8Array): void {
    this.#outbox.push(message)
  }

  /** @returns false where it was dropped */
  pushLoose(message: Uint8Array): boolean {
    return this.#looseOutbox.push(message)
  }

  /** @param of the other node */
  fills(of: string): Fill[] {
    const { outboxMessagesMax, outboxBytesMax, looseBytesMax, windowMessagesMax } = this.#limits
    const outbox = this.#outbox
    return [
      { limit: 'outboxMessagesMax', of, size: outbox.messages, max: outboxMessagesMax },
      { limit: 'outboxBytesMax', of, size: outbox.bytes, max: outboxBytesMax },
      { limit: 'looseBytesMax', of, size: this.#looseOutbox.bytes, max: looseBytesMax },
      { limit: 'windowMessagesMax', of, size: this.#inbox.early, max: windowMessagesMax },
    ]
  }

  /** Nothing waits, nothing is owed: no time need pass for it. */
  get idle(): boolean {
    return this.#outbox.empty && this.#looseOutbox.empty && this.#owedFrames === 0
  }

  /** Whether all that was said has been taken, but for what may be lost. */
  get taken(): boolean {
    return this.#outbox.empty
  }

  /** What is not taken is sent again often from now on, since this side is to end. */
  hurry(): void {
    this.#outbox.hurry()
  }

  /** Whether a packet should go out now. */
  get sendable(): boolean {
    return this.#answerNow || this.#outbox.sendable || this.#looseOutbox.sendable
  }

  /** Whether the other side has taken anything. */
  get heeded(): boolean {
    return this.#outbox.acknowledged > 0 || this.#looseOutbox.acknowledged > 0
  }

  get broken(): boolean {
    return this.#broken
  }

  /** Hands over nothing more, not even what has come already. */
  break(): void {
    this.#broken = true
  }

  /** Sends an acknowledgement with the next flush, whatever else there is. */
  answerNow(): void {
    this.#answerNow = true
  }

  silentMs(nowMs: number): number {
    return this.#outbox.silentMs(nowMs)
  }

  write(writer: Writer, nowMs: number): void {
    writer.varint(this.#inbox.last)
    writer.varint(this.#looseInbox.last)
    writer.u8((this.#inbox.gap ? flag.gap : 0) | (this.#unsure ? flag.unsure : 0))
    this.#owedFrames = 0
    this.#owedBytes = 0
    this.#answerNow = false
    this.#outbox.write(writer, nowMs)
    this.#looseOutbox.write(writer, nowMs)
  }

  /**
   * @param deliver may throw nothing
   * @throws RealmError `SCHEMA_*` for bytes that no stream wrote
   */
  read(reader: Reader, nowMs: number, deliver: (message: Uint8Array) => void): void {
    const acknowledged = reader.varint()
    const looseSeen = reader.varint()
    const flags = reader.u8()
    this.#unsure = false
    if ((flags & flag.unsure) !== 0) this.#answerNow = true
    this.#outbox.acknowledge(acknowledged, (flags & flag.gap) !== 0, nowMs)
    this.#looseOutbox.acknowledge(looseSeen)
    const whole = (message: Uint8Array): void => {
      if (!this.#broken) deliver(message)
    }
    while (reader.remaining > 0 && !this.#broken) {
      const frame = readFrame(reader)
      this.#owedFrames += 1
      this.#owedBytes += frame.bytes.length
      if ((frame.marks & frameMark.loose) !== 0) this.#looseInbox.take(frame, whole)
      else if (!this.#inbox.take(frame, whole)) this.#answerNow = true
    }
    if (this.#owedFrames >= owedFramesMax || this.#owedBytes >= owedBytesMax) this.#answerNow = true
  }

  /** Some time has passed: acknowledges what is owed and sends again what seems lost. */
  tick(nowMs: number): void {
    if (this.#owedFrames > 0) this.#answerNow = true
    this.#outbox.tick(nowMs)
    this.#looseOutbox.tick(nowMs)
  }
}

const flag = { gap: 1, unsure: 2 } as const
/** An acknowledgement waits for company until so much is owed, or the next tick. */
const owedFramesMax = 64
const owedBytesMax = 256 * 1024
