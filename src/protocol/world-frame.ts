import { type Reader, Writer } from '../schema/index.ts'
import { serverMessages } from './messages.ts'

/**
 * The body of a `world` message, one per client and flush:
 *
 *     channel varint · tick varint · acknowledged varint · me varint · part…
 *     part: (stream · 4 + kind) varint, and by kind
 *       delta     length varint · bytes
 *       keyframe  length varint · bytes
 *       control   sub u8, then by sub: nothing, a checksum u32, or length varint · keyframe
 *       run       count varint · count × (length varint · bytes)
 *
 * `acknowledged` is the sequence of the last command of this client that the world had applied at
 * this tick; `me` is the client's entity (0 = none). The bytes were encoded once by the world and
 * are copied as they are.
 */
export interface WorldFrameHead {
  channel: number
  tick: number
  acknowledged: number
  me: number
}

/**
 * What a part tells of a stream: changes since the previous tick; its whole content; something
 * about it (`tileControl`); or changes of `count` neighbouring streams from it on, where length 0
 * is a stream in which nothing has changed.
 */
export const tilePart = { delta: 0, keyframe: 1, control: 2, run: 3 } as const
export type TilePart = (typeof tilePart)[keyof typeof tilePart]

/**
 * What a control part tells: that the stream left the view; what the `checksum` of its keyframe
 * would be, so that the client can compare (without the tile, where that would begin with it); or
 * that keyframe itself, for a client that asked since its own was another. Both are about the
 * stream as it is after this frame's delta.
 */
export const tileControl = { dropped: 0, checksum: 1, proof: 2 } as const

export function writeWorldFrameHead(writer: Writer, head: WorldFrameHead): void {
  writer.varint(head.channel)
  writer.varint(head.tick)
  writer.varint(head.acknowledged)
  writer.varint(head.me)
}

export function readWorldFrameHead(reader: Reader): WorldFrameHead {
  return {
    channel: reader.varint(),
    tick: reader.varint(),
    acknowledged: reader.varint(),
    me: reader.varint(),
  }
}

/** A delta or keyframe with its head, as it stands in frames. */
export function tilePartBytes(stream: number, kind: 0 | 1, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(tilePartHeadBytes(stream, body.length) + body.length)
  bytes.set(body, writeTilePartHead(bytes, 0, stream, kind, body.length))
  return bytes
}

/** A part with the whole content of a stream, for a client whose checksum was another. */
export function proofPartBytes(stream: number, keyframe: Uint8Array): Uint8Array {
  const writer = new Writer(keyframe.length + 16)
  writer.varint(stream * 4 + tilePart.control)
  writer.u8(tileControl.proof)
  writer.bytes(keyframe)
  return writer.finish()
}

/** A part with the checksum of a stream. */
export function checksumPartBytes(stream: number, sum: number): Uint8Array {
  const writer = new Writer(16)
  writer.varint(stream * 4 + tilePart.control)
  writer.u8(tileControl.checksum)
  writer.u32(sum)
  return writer.finish()
}

/** A part that tells that the stream left the view. */
export function droppedPartBytes(stream: number): Uint8Array {
  const writer = new Writer(16)
  writer.varint(stream * 4 + tilePart.control)
  writer.u8(tileControl.dropped)
  return writer.finish()
}

/**
 * Bytes of the head of a delta, keyframe or run.
 * @param length of the body; for a run how many streams it tells of
 */
export function tilePartHeadBytes(stream: number, length: number): number {
  return varintBytes(stream * 4) + varintBytes(length)
}

/** Writes such a head. @returns the offset at which the body follows */
export function writeTilePartHead(
  target: Uint8Array,
  start: number,
  stream: number,
  kind: TilePart,
  length: number,
): number {
  return writeVarint(target, writeVarint(target, start, stream * 4 + kind), length)
}

/** Bytes of the body that `writeWorldMessageHead` announces. */
export function worldFrameBytes(head: WorldFrameHead, partsBytes: number): number {
  const { channel, tick, acknowledged, me } = head
  return (
    varintBytes(channel) +
    varintBytes(tick) +
    varintBytes(acknowledged) +
    varintBytes(me) +
    partsBytes
  )
}

/** Bytes of a whole `world` message, code and length included. */
export function worldMessageBytes(frameBytes: number): number {
  return 1 + varintBytes(frameBytes) + frameBytes
}

/**
 * Writes a `world` message up to where its parts begin, straight into a buffer made to measure:
 * gates send this many times a second to everyone, so it allocates nothing.
 * @param frameBytes as computed by `worldFrameBytes`
 * @param start where in `target` the message begins
 * @returns the offset at which the parts follow
 */
export function writeWorldMessageHead(
  target: Uint8Array,
  head: WorldFrameHead,
  frameBytes: number,
  start = 0,
): number {
  target[start] = serverMessages.table.world.code
  let at = writeVarint(target, start + 1, frameBytes)
  at = writeVarint(target, at, head.channel)
  at = writeVarint(target, at, head.tick)
  at = writeVarint(target, at, head.acknowledged)
  return writeVarint(target, at, head.me)
}

/** Bytes a whole number takes as a varint: seven bits each. */
function varintBytes(value: number): number {
  // Most are short, and divisions would be what writing them costs.
  if (value < 128) return 1
  if (value < 16_384) return 2
  let bytes = 1
  for (let rest = value; rest > 127; rest = Math.floor(rest / 128)) bytes += 1
  return bytes
}

/** Writes a whole number as a varint. @returns where it ends */
export function writeVarint(target: Uint8Array, start: number, value: number): number {
  let at = start
  if (value < 128) {
    target[at] = value
    return at + 1
  }
  if (value < 16_384) {
    target[at] = (value & 127) | 128
    target[at + 1] = value >> 7
    return at + 2
  }
  let rest = value
  while (rest > 127) {
    target[at++] = (rest % 128) | 128
    rest = Math.floor(rest / 128)
  }
  target[at++] = rest
  return at
}
