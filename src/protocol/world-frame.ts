import { type Reader, Writer } from '../schema/index.ts'

/**
 * The body of a `world` message, one per client and flush:
 *
 *     channel varint · tick varint · acknowledged varint · me varint · { tile varint · kind u8 · length varint · bytes }…
 *
 * `acknowledged` is the sequence of the last command of this client that the world had applied at this tick;
 * `me` is the client's entity (0 = none). Tile bytes are encoded once by the world and copied as they are.
 */
export interface WorldFrameHead {
  channel: number
  tick: number
  acknowledged: number
  me: number
}

/** What follows for a tile: changes since the previous tick, its whole content, or that it left the view. */
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

/** A tile's part with its header, as it stands in frames: built once per tile and tick, shared by all clients. */
export function tilePartBytes(tile: number, kind: TilePart, body: Uint8Array): Uint8Array {
  const writer = new Writer(body.length + 8)
  writer.varint(tile)
  writer.u8(kind)
  writer.bytes(body)
  return writer.finish()
}
