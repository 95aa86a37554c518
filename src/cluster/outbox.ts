import { RealmError } from '../errors/index.ts'
import type { Writer } from '../schema/index.ts'
import { cut, type Frame, frameSize, writeFrame } from './frame.ts'
import type { StreamLimits } from './stream-limits.ts'

/** Nothing acknowledged for this long: everything on its way is sent again, slowly at first. */
const resendMs = 200
const resendMsMax = 1600
/** After a gap was reported, the missing message is sent again at most this often. */
const gapResendMs = 40
/** What is on its way after a timeout, doubled with each acknowledgement. */
const windowBytesMin = 64 * 1024
/** Frames done with before they are cut off the list. */
const doneMax = 1024

/**
 * The sending half of a reliable link: keeps every message until it is acknowledged, sends again
 * what seems lost (go-back-N with slow start; the receiver keeps what came early, so little is sent
 * in vain).
 */
export class Outbox {
  readonly #limits: StreamLimits
  #frames: Frame[] = []
  /** Index of the oldest frame not acknowledged. */
  #head = 0
  /** Index of the next frame to send; between head and it all are on their way. */
  #next = 0
  #lastNumber = 0
  #lastSent = 0
  #acknowledged = 0
  #bytes = 0
  #flyingBytes = 0
  #windowBytes: number
  #resendMs = resendMs
  #dueMs = Number.POSITIVE_INFINITY
  #gapDueMs = Number.NEGATIVE_INFINITY
  #fillGap = false
  #waitingSinceMs: number | undefined
  #hurried = false

  constructor(limits: StreamLimits) {
    this.#limits = limits
    this.#windowBytes = limits.windowBytesMax
  }

  /** @throws RealmError `BUS_BUSY` where the other side is too far behind */
  push(message: Uint8Array): void {
    const { outboxMessagesMax, outboxBytesMax, pieceBytesMax } = this.#limits
    const pieces = cut(message, pieceBytesMax)
    if (
      this.messages + pieces.length > outboxMessagesMax ||
      this.#bytes + message.length > outboxBytesMax
    ) {
      throw new RealmError('BUS_BUSY')
    }
    for (const { marks, bytes } of pieces) {
      this.#lastNumber += 1
      this.#frames.push({ number: this.#lastNumber, marks, bytes })
      this.#bytes += bytes.length
    }
  }

  /** Number up to which everything has been taken. */
  get acknowledged(): number {
    return this.#acknowledged
  }

  /** Not acknowledged. */
  get messages(): number {
    return this.#frames.length - this.#head
  }

  /** Of these. */
  get bytes(): number {
    return this.#bytes
  }

  /** Whether everything was acknowledged. */
  get empty(): boolean {
    return this.#head === this.#frames.length
  }

  /** Whether `write` would write something. */
  get sendable(): boolean {
    return this.#fillGap || this.#fits(this.#frames[this.#next])
  }

  /** There is not much time left: what is lost is sent again as soon as the first time. */
  hurry(): void {
    this.#hurried = true
  }

  /** How long the other side has acknowledged nothing of what was sent to it. */
  silentMs(nowMs: number): number {
    return this.#waitingSinceMs === undefined ? 0 : nowMs - this.#waitingSinceMs
  }

  /** Writes what may go now, up to the limit of a packet. */
  write(writer: Writer, nowMs: number): void {
    const missing = this.#frames[this.#head]
    if (this.#fillGap && missing !== undefined && this.#next > this.#head) {
      writeFrame(writer, missing)
    }
    this.#fillGap = false
    for (;;) {
      const frame = this.#frames[this.#next]
      if (frame === undefined || !this.#fits(frame)) break
      if (
        writer.length > 64 &&
        writer.length + frameSize(frame.bytes) > this.#limits.packetBytesMax
      ) {
        break
      }
      writeFrame(writer, frame)
      this.#next += 1
      this.#flyingBytes += frame.bytes.length
      this.#lastSent = Math.max(this.#lastSent, frame.number)
    }
    if (this.#next === this.#head) return
    if (this.#dueMs === Number.POSITIVE_INFINITY) this.#dueMs = nowMs + this.#resendMs
    this.#waitingSinceMs ??= nowMs
  }

  /**
   * Everything up to `number` has arrived; `gap` where later ones have arrived as well.
   * @throws RealmError `SCHEMA_MALFORMED` for what was never sent
   */
  acknowledge(number: number, gap: boolean, nowMs: number): void {
    if (number > this.#lastSent) {
      throw new RealmError('SCHEMA_MALFORMED', 'What was never sent was acknowledged.')
    }
    this.#acknowledged = Math.max(this.#acknowledged, number)
    const before = this.#head
    for (;;) {
      const frame = this.#frames[this.#head]
      if (frame === undefined || frame.number > number) break
      this.#bytes -= frame.bytes.length
      if (this.#head < this.#next) this.#flyingBytes -= frame.bytes.length
      this.#head += 1
    }
    this.#next = Math.max(this.#next, this.#head)
    if (this.#head > before) this.#advanced(nowMs)
    if (gap && this.#next > this.#head && nowMs >= this.#gapDueMs) {
      this.#gapDueMs = nowMs + gapResendMs
      this.#fillGap = true
    }
  }

  /** Time has passed: counts everything on its way as lost where nothing was heard for too long. */
  tick(nowMs: number): void {
    if (this.empty || nowMs < this.#dueMs) return
    this.#next = this.#head
    this.#flyingBytes = 0
    this.#windowBytes = Math.min(windowBytesMin, this.#limits.windowBytesMax)
    this.#resendMs = this.#hurried ? resendMs : Math.min(this.#resendMs * 2, resendMsMax)
    this.#dueMs = Number.POSITIVE_INFINITY
  }

  #advanced(nowMs: number): void {
    const { windowBytesMax } = this.#limits
    this.#windowBytes = Math.min(this.#windowBytes * 2, windowBytesMax)
    this.#resendMs = resendMs
    this.#fillGap = false
    this.#dueMs = this.#next > this.#head ? nowMs + resendMs : Number.POSITIVE_INFINITY
    this.#waitingSinceMs = this.empty ? undefined : nowMs
    if (this.#head < doneMax && !this.empty) return
    this.#frames = this.#frames.slice(this.#head)
    this.#next -= this.#head
    this.#head = 0
  }

  #fits(frame: Frame | undefined): boolean {
    if (frame === undefined) return false
    if (this.#next === this.#head) return true
    return (
      this.#next - this.#head < this.#limits.windowMessagesMax &&
      this.#flyingBytes + frame.bytes.length <= this.#windowBytes
    )
  }
}
