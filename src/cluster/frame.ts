import type { Reader, Writer } from '../schema/index.ts'

/** A message, or a piece of one, with its number. */
export interface Frame {
  /** Numbers count from 1, reliable and loose ones each for themselves. */
  readonly number: number
  /** `frameMark`s. */
  readonly marks: number
  readonly bytes: Uint8Array
}

export const frameMark = { first: 1, last: 2, loose: 4 } as const

/** Type, number and length of a frame at their longest. */
const frameHeadBytes = 17

export function frameSize(bytes: Uint8Array): number {
  return frameHeadBytes + bytes.length
}

export function writeFrame(writer: Writer, { marks, number, bytes }: Frame): void {
  writer.u8(marks)
  writer.varint(number)
  writer.varint(bytes.length)
  writer.raw(bytes)
}

/** The bytes are not copied. */
export function readFrame(reader: Reader): Frame {
  const marks = reader.u8()
  const number = reader.varint()
  return { marks, number, bytes: reader.raw(reader.varint()) }
}

/** Cuts a message into pieces that travel one by one; most messages are one piece. */
export function cut(
  message: Uint8Array,
  pieceBytesMax: number,
): { marks: number; bytes: Uint8Array }[] {
  const { first, last } = frameMark
  if (message.length <= pieceBytesMax) return [{ marks: first | last, bytes: message }]
  const pieces: { marks: number; bytes: Uint8Array }[] = []
  for (let start = 0; start < message.length; start += pieceBytesMax) {
    const end = Math.min(start + pieceBytesMax, message.length)
    const marks = (start === 0 ? first : 0) | (end === message.length ? last : 0)
    pieces.push({ marks, bytes: message.subarray(start, end) })
  }
  return pieces
}

export function join(pieces: readonly Uint8Array[]): Uint8Array {
  const [only] = pieces
  if (pieces.length === 1 && only !== undefined) return only
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}
