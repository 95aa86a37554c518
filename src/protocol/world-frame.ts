import { type Reader, Writer } from '../schema/index.ts'
import { serverMessages } from './messages.ts'

/**
 * The body of a `world` message, one per client and flush:
 *
 *     channel varint · tick varint · acknowledged varint · me varint · part…
 *     part: tile varint · kind u8 · length varint · bytes
 *
 * `acknowledged` is the sequence of the last command of this client that the world had applied at
 * this tick; `me` is the client's entity (0 = none). Tile bytes are encoded once by the world and
 * copied as they are.
 */
export interface WorldFrameHead {
  channel: number
  tick: number
  acknowledged: number
  me: number
}

/**
 * What follows for a tile: changes since the previous tick, its whole content, or that it left the
 * view.
 */
export const tilePart = { delta: 0, keyframe: 1, dropped: 2 } as const
export type TilePart = (typeof tilePart)[keyof typeof tilePart]

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

/**
 * A tile's part with its header, as it stands in frames: built once per tile and tick, shared by
 * all clients.
 */
export function tilePartBytes(tile: number, kind: TilePart, body: Uint8Array): Uint8Array {
  const writer = new Writer(body.length + 8)
  writer.varint(tile)
  writer.u8(kind)
  writer.bytes(body)
  return writer.finish()
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
export function varintBytes(value: number): number {
  let bytes = 1
  for (let rest = value; rest > 127; rest = Math.floor(rest / 128)) bytes += 1
  return bytes
}

function writeVarint(target: Uint8Array, start: number, value: number): number {
  let at = start
  let rest = value
  while (rest > 127) {
    target[at++] = (rest % 128) | 128
    rest = Math.floor(rest / 128)
  }
  target[at++] = rest
  return at
}
