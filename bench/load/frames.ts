/** The client's half of the WebSocket protocol, as far as a load generator needs it (RFC 6455). */

const OPCODE_BINARY = 2
const OPCODE_CLOSE = 8
const OPCODE_PING = 9
const OPCODE_PONG = 10

/** What a {@link FrameReader} reports. */
export interface FrameHandlers {
  /** A data message of that many payload bytes; `payload` only while {@link FrameReader.keeps}. */
  message(payloadBytes: number, payload: Uint8Array | undefined): void
  ping(payload: Uint8Array): void
  closed(): void
}

/**
 * Takes a byte stream apart into frames. It looks at headers only and skips over the payload,
 * except for control frames and while {@link keeps} is set: a thousand of these share one core.
 */
export class FrameReader {
  /** Whether payloads of data messages are collected. */
  keeps = true
  private readonly handlers: FrameHandlers
  private readonly header = new Uint8Array(10)
  private headerHas = 0
  private left = 0
  private payloadBytes = 0
  private opcode = 0
  private payload: Uint8Array | undefined

  constructor(handlers: FrameHandlers) {
    this.handlers = handlers
  }

  /** Takes the bytes `from` … `to` of `bytes`, which need not stay as they are afterwards. */
  feed(bytes: Uint8Array, from: number, to: number): void {
    let at = from
    while (at < to) {
      if (this.left > 0) {
        const taken = Math.min(this.left, to - at)
        this.payload?.set(bytes.subarray(at, at + taken), this.payloadBytes - this.left)
        this.left -= taken
        at += taken
        if (this.left === 0) this.finish()
      } else {
        this.header[this.headerHas++] = bytes[at++] ?? 0
        if (this.headerHas >= 2 && this.headerHas === this.headerWants()) this.begin()
      }
    }
  }

  private headerWants(): number {
    const short = (this.header[1] ?? 0) & 127
    return short < 126 ? 2 : short === 126 ? 4 : 10
  }

  private begin(): void {
    const view = new DataView(this.header.buffer)
    const wants = this.headerWants()
    const short = (this.header[1] ?? 0) & 127
    this.payloadBytes = wants === 2 ? short : wants === 4 ? view.getUint16(2) : view.getUint32(6)
    this.opcode = (this.header[0] ?? 0) & 15
    this.headerHas = 0
    this.left = this.payloadBytes
    const keep = this.keeps || this.opcode >= OPCODE_CLOSE
    this.payload = keep ? new Uint8Array(this.payloadBytes) : undefined
    if (this.left === 0) this.finish()
  }

  private finish(): void {
    const payload = this.payload
    this.payload = undefined
    if (this.opcode === OPCODE_PING) this.handlers.ping(payload ?? new Uint8Array())
    else if (this.opcode === OPCODE_CLOSE) this.handlers.closed()
    else if (this.opcode !== OPCODE_PONG) this.handlers.message(this.payloadBytes, payload)
  }
}

function frame(opcode: number, payload: Uint8Array, mask: number): Buffer {
  if (payload.length > 125) throw new RangeError('the load generator sends short messages only')
  const bytes = Buffer.allocUnsafe(6 + payload.length)
  bytes[0] = 0x80 | opcode
  bytes[1] = 0x80 | payload.length
  bytes.writeUInt32BE(mask >>> 0, 2)
  for (let index = 0; index < payload.length; index++) {
    bytes[6 + index] = (payload[index] ?? 0) ^ (bytes[2 + (index & 3)] ?? 0)
  }
  return bytes
}

/** One masked binary message of at most 125 bytes, ready for the socket. */
export function binaryFrame(payload: Uint8Array, mask: number): Buffer {
  return frame(OPCODE_BINARY, payload, mask)
}

export function pongFrame(payload: Uint8Array, mask: number): Buffer {
  return frame(OPCODE_PONG, payload, mask)
}
