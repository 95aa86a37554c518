/** What a client's bytes turn out to be. */
export interface FrameHandlers {
  /** A whole message, `bytes[start, end)`. They are valid only during the call. */
  message(bytes: Uint8Array, start: number, end: number, binary: boolean): void
  ping(bytes: Uint8Array): void
  pong(): void
  /** The client closes, with this code; 1005 where it gave none. Nothing is read afterwards. */
  closedBy(code: number): void
  /**
   * The client breaks the protocol: 1002, or 1009 for what is too large. Nothing is read
   * afterwards.
   */
  broken(code: 1002 | 1009): void
}

export interface FrameLimits {
  /** Bytes of one message. */
  readonly messageBytesMax: number
  /** Frames of one message. */
  readonly fragmentsMax: number
}

const opcode = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const
const controlBytesMax = 125
/** Two bytes, eight of length, four of mask. */
const headBytesMax = 14

/**
 * Reads the frames of one client (RFC 6455, section 5). Most arrive whole, several in one chunk,
 * and are unmasked where they lie: a message costs no allocation.
 * Only what arrives in pieces is gathered, in a buffer that doubles, never larger than a message
 * may be.
 */
export class FrameReader {
  readonly #handlers: FrameHandlers
  readonly #limits: FrameLimits
  /** The beginning of a frame whose rest has not come: the first `#heldBytes` count. */
  #held: Uint8Array<ArrayBufferLike> = noBytes
  #heldBytes = 0
  /** The frames of an unfinished message, unmasked. */
  #fragments: Uint8Array[] = []
  #fragmentBytes = 0
  #binary = false
  #ended = false

  constructor(handlers: FrameHandlers, limits: FrameLimits) {
    this.#handlers = handlers
    this.#limits = limits
  }

  /** Nothing is read any more. */
  end(): void {
    this.#ended = true
    this.#held = noBytes
    this.#heldBytes = 0
    this.#fragments = []
  }

  /**
   * Takes what has arrived, `chunk[0, end)`. It is changed, since frames are unmasked in place, and
   * not kept.
   */
  push(chunk: Uint8Array, end = chunk.length): void {
    if (this.#ended) return
    if (this.#heldBytes === 0) {
      const taken = this.#readAll(chunk, end)
      if (taken < end) this.#hold(chunk, taken, end)
      return
    }
    this.#hold(chunk, 0, end)
    const taken = this.#readAll(this.#held, this.#heldBytes)
    if (taken === 0) return
    this.#held.copyWithin(0, taken, this.#heldBytes)
    this.#heldBytes -= taken
    if (this.#heldBytes === 0) this.#held = noBytes
  }

  #hold(chunk: Uint8Array, from: number, end: number): void {
    if (this.#ended) return
    const bytes = this.#heldBytes + end - from
    if (bytes > this.#held.length) {
      const larger = new Uint8Array(Math.max(bytes, Math.min(this.#held.length * 2, this.#most)))
      larger.set(this.#held.subarray(0, this.#heldBytes))
      this.#held = larger
    }
    this.#held.set(chunk.subarray(from, end), this.#heldBytes)
    this.#heldBytes = bytes
  }

  get #most(): number {
    return this.#limits.messageBytesMax + headBytesMax
  }

  /** Reads the whole frames in `bytes[0, end)`. @returns where the first unfinished one begins */
  #readAll(bytes: Uint8Array, end: number): number {
    let at = 0
    while (!this.#ended) {
      const next = this.#read(bytes, at, end)
      if (next === at) break
      at = next
    }
    return this.#ended ? end : at
  }

  /** Reads the frame at `start`. @returns where the next begins; `start` where it is unfinished */
  #read(bytes: Uint8Array, start: number, end: number): number {
    if (end - start < 2) return start
    const first = bytes[start] as number
    const second = bytes[start + 1] as number
    // The reserved bits belong to extensions, of which none was agreed on; clients must mask.
    if ((first & 0x70) !== 0 || (second & 0x80) === 0) return this.#break(1002, end)
    let length = second & 0x7f
    let at = start + 2
    if (length === 126) {
      if (end - at < 2) return start
      length = ((bytes[at] as number) << 8) | (bytes[at + 1] as number)
      at += 2
    } else if (length === 127) {
      if (end - at < 8) return start
      length = uint64(bytes, at)
      at += 8
    }
    const code = first & 0x0f
    const control = code >= opcode.close
    const fin = first >= 0x80
    if (control && (length > controlBytesMax || !fin)) return this.#break(1002, end)
    // Judged by its head: nobody need wait for what is refused anyway.
    if (!control && this.#fragmentBytes + length > this.#limits.messageBytesMax) {
      return this.#break(1009, end)
    }
    if (end - at < 4 + length) return start
    const from = at + 4
    unmask(bytes, at, from, length)
    if (control) this.#control(code, bytes.subarray(from, from + length))
    else if (code === opcode.binary && fin && this.#fragments.length === 0) {
      this.#handlers.message(bytes, from, from + length, true)
    } else this.#data(code, fin, bytes.subarray(from, from + length))
    return from + length
  }

  /** What is not a whole binary message in one frame, which nearly all are. */
  #data(code: number, fin: boolean, payload: Uint8Array): void {
    const begins = code === opcode.binary || code === opcode.text
    const continues = this.#fragments.length > 0
    if (begins === continues || (!begins && code !== opcode.continuation)) {
      this.#break(1002, 0)
      return
    }
    if (begins) this.#binary = code === opcode.binary
    if (begins && fin) {
      this.#handlers.message(payload, 0, payload.length, this.#binary)
      return
    }
    this.#fragments.push(Uint8Array.from(payload))
    this.#fragmentBytes += payload.length
    if (this.#fragments.length > this.#limits.fragmentsMax) this.#break(1009, 0)
    else if (fin) {
      const whole = joined(this.#fragments, this.#fragmentBytes)
      this.#fragments = []
      this.#fragmentBytes = 0
      this.#handlers.message(whole, 0, whole.length, this.#binary)
    }
  }

  #control(code: number, payload: Uint8Array): void {
    if (code === opcode.ping) this.#handlers.ping(payload)
    else if (code === opcode.pong) this.#handlers.pong()
    else if (code === opcode.close) this.#close(payload)
    else this.#break(1002, 0)
  }

  #close(payload: Uint8Array): void {
    const code =
      payload.length === 0 ? 1005 : ((payload[0] as number) << 8) | (payload[1] as number)
    if (payload.length === 1 || (!(code === 1005 && payload.length === 0) && !mayBeSent(code))) {
      this.#break(1002, 0)
      return
    }
    this.end()
    this.#handlers.closedBy(code)
  }

  #break(code: 1002 | 1009, end: number): number {
    this.end()
    this.#handlers.broken(code)
    return end
  }
}

const noBytes = new Uint8Array(0)

/** RFC 6455, section 7.4: the codes that may stand in a close frame. */
function mayBeSent(code: number): boolean {
  if (code >= 3000) return code < 5000
  return code >= 1000 && code <= 1014 && (code < 1004 || code > 1006)
}

/** Larger than any limit where it does not fit a number. */
function uint64(bytes: Uint8Array, start: number): number {
  let value = 0
  for (let at = start; at < start + 8; at += 1) value = value * 256 + (bytes[at] as number)
  return value
}

function unmask(bytes: Uint8Array, maskAt: number, from: number, length: number): void {
  for (let index = 0; index < length; index += 1) {
    bytes[from + index] = (bytes[from + index] as number) ^ (bytes[maskAt + (index & 3)] as number)
  }
}

function joined(pieces: readonly Uint8Array[], bytes: number): Uint8Array {
  const whole = new Uint8Array(bytes)
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}
