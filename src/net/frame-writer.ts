import type { Duplex } from 'node:stream'
import { headroomBytes } from '../ports/index.ts'
import { DirectSocket } from './direct-socket.ts'

/** A frame up to this size is copied behind its header; a larger one costs less as two pieces. */
const copyBytesMax = 8 * 1024
/** RFC 6455, section 5.5: a control frame holds 125 bytes, two of them the code. */
const reasonBytesMax = 123
/** FIN and opcode 2 of RFC 6455, section 5.2: a whole binary message in one frame. */
const binaryFrame = 0x82
const controlFrames = { close: 0x88, ping: 0x89, pong: 0x8a } as const

/**
 * One buffer for all sockets of the process: nearly every frame is taken by the kernel inside
 * `write`, so the next frame may use the buffer again, and sending costs no allocation. Measured
 * for 200 B: 2.6 µs instead of the 3.8 µs of `ws`, which writes header and payload as two chunks.
 */
let scratch = Buffer.allocUnsafeSlow(headroomBytes + copyBytesMax)

/** Writes `bytes` as one unmasked binary frame, with a single write to the kernel. */
export function writeFrame(socket: Duplex, bytes: Uint8Array): void {
  const { length } = bytes
  if (length > copyBytesMax) {
    writeLargeFrame(socket, bytes)
    return
  }
  // A socket that still waits for the kernel keeps the chunk, so it gets one of its own.
  const target = socket.writableLength > 0 ? Buffer.allocUnsafe(headroomBytes + length) : scratch
  const start = writeHeader(target, length, 0)
  target.set(bytes, start)
  socket.write(target.subarray(0, start + length))
  if (target === scratch && socket.writableLength > 0) {
    scratch = Buffer.allocUnsafeSlow(headroomBytes + copyBytesMax)
  }
}

/**
 * As `writeFrame`, but from where the payload lies, its header being put before it. Nothing else
 * may wait for the kernel.
 * @returns whether the buffer may be written over
 */
export function writeFrameWithin(
  socket: Duplex,
  buffer: Uint8Array,
  start: number,
  end: number,
): boolean {
  let from = start - headerBytes(end - start)
  writeHeader(buffer, end - start, from)
  if (socket instanceof DirectSocket) {
    from += socket.writeNow(buffer, from, end)
    if (from === end) return true
  }
  socket.write(Buffer.from(buffer.buffer, buffer.byteOffset + from, end - from))
  return socket.writableLength === 0
}

/** Writes a control frame of at most 125 bytes; nothing happens on a socket that has ended. */
export function writeControlFrame(
  socket: Duplex,
  kind: keyof typeof controlFrames,
  payload: Uint8Array,
): void {
  if (!socket.writable) return
  const frame = Buffer.allocUnsafe(2 + payload.length)
  frame[0] = controlFrames[kind]
  frame[1] = payload.length
  frame.set(payload, 2)
  socket.write(frame)
}

function writeLargeFrame(socket: Duplex, bytes: Uint8Array): void {
  const header = Buffer.allocUnsafe(headroomBytes)
  const start = writeHeader(header, bytes.length, 0)
  socket.cork()
  socket.write(header.subarray(0, start))
  socket.write(bytes)
  socket.uncork()
}

function headerBytes(length: number): number {
  return length < 126 ? 2 : length < 65_536 ? 4 : headroomBytes
}

/** Returns where the header ends. */
function writeHeader(target: Uint8Array, length: number, start: number): number {
  const lengthBytes = headerBytes(length) - 2
  target[start] = binaryFrame
  target[start + 1] = lengthBytes === 0 ? length : lengthBytes === 2 ? 126 : 127
  let rest = length
  for (let at = start + 1 + lengthBytes; at > start + 1; at -= 1) {
    target[at] = rest % 256
    rest = Math.floor(rest / 256)
  }
  return start + 2 + lengthBytes
}

/** As much of `reason` as a close frame holds, without cutting a character in two. */
export function shortened(reason: string): string {
  let bytes = 0
  let short = ''
  for (const character of reason) {
    bytes += Buffer.byteLength(character)
    if (bytes > reasonBytesMax) break
    short += character
  }
  return short
}
