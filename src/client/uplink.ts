/** Numbered messages kept until the server has them. */
const uplinkMessagesMax = 512
const uplinkBytesMax = 4 * 1024 * 1024

/** What a kept message is about: decides what becomes of it when its session is lost. */
export interface Kept {
  readonly kind: 'call' | 'list' | 'join' | 'leave' | 'command' | 'note'
  /** Of calls, lists and joins; 0 otherwise. */
  readonly id: number
  /** Of joins, leaves, commands and notes; 0 otherwise. */
  readonly channel: number
  readonly bytes: Uint8Array
  /** Whether any socket has had it: if not, the server cannot have acted on it. */
  sent: boolean
  /**
   * Where its numbers are of a manifest that was replaced since: the server's numbered message that
   * brought the next one.
   */
  until?: number
}

/**
 * The numbered messages of one session, client to server. Both sides count them from 1; whatever
 * the server has not acknowledged is kept, and goes out again after a resume.
 */
export class Uplink {
  #kept: Kept[] = []
  #bytes = 0
  /** Number of messages the server has for sure; the first kept one is the next. */
  #acknowledged = 0

  get messages(): number {
    return this.#kept.length
  }

  /** Whether `bytes` more fit. */
  hasRoom(bytes: number): boolean {
    return this.#kept.length < uplinkMessagesMax && this.#bytes + bytes <= uplinkBytesMax
  }

  keep(message: Kept): void {
    this.#kept.push(message)
    this.#bytes += message.bytes.length
  }

  /**
   * The server has `count` numbered messages of this session.
   * @returns false where that cannot be: more than were sent, or fewer than it had
   */
  acknowledge(count: number): boolean {
    const done = count - this.#acknowledged
    if (done < 0 || (done > 0 && this.#kept[done - 1]?.sent !== true)) return false
    for (const message of this.#kept.splice(0, done)) this.#bytes -= message.bytes.length
    this.#acknowledged = count
    return true
  }

  /** The server's numbered message `number` has brought another manifest. */
  outdate(number: number): void {
    for (const message of this.#kept) message.until ??= number
  }

  /** All that is to be sent (again), in order. */
  pending(): readonly Kept[] {
    return [...this.#kept]
  }

  /**
   * Sends all of it, and tells between the messages of two manifests that the later one is there,
   * as it was told at first: what was sent may not have arrived.
   */
  sendAgain(post: (message: Kept) => void, tell: (received: number) => void): void {
    let until: number | undefined
    for (const message of this.pending()) {
      if (until !== undefined && message.until !== until) tell(until)
      until = message.until
      post(message)
    }
  }

  /** Begins a new session: counts start over. Returns what was never acknowledged, in order. */
  renew(): Kept[] {
    const left = this.#kept
    this.#kept = []
    this.#bytes = 0
    this.#acknowledged = 0
    return left
  }
}
