import {
  absoluteForm,
  checksum,
  checksumPartBytes,
  crossingsWord,
  droppedPartBytes,
  proofPartBytes,
  tileLayout,
  tilePart,
  tilePartBytes,
  writeWorldFrameHead,
} from '../../protocol/index.ts'
import { angle, u16, Writer } from '../../schema/index.ts'
import { world } from './demo-game.ts'

const layout = tileLayout(world)
const facingType = angle(8)

/** An entity of the demo world as a test describes it. */
export interface Placed {
  readonly slot: number
  readonly id: number
  readonly x: number
  readonly y: number
  readonly hp?: number
  /** Only players have it: without one it is a wolf. */
  readonly facing?: number
}

export interface DeltaContent {
  readonly additions?: readonly Placed[]
  readonly removals?: readonly { readonly slot: number; readonly moved?: boolean }[]
  /** Positions, and for players the facing. */
  readonly changes?: readonly Placed[]
}

function position(writer: Writer, tile: number, { x, y }: Placed): void {
  const { grid, columnStart, rowStart, precision } = layout
  writer.u16(Math.round(x / precision) - (columnStart[tile % grid.columns] as number))
  writer.u16(Math.round(y / precision) - (rowStart[Math.floor(tile / grid.columns)] as number))
}

function addition(writer: Writer, tile: number, placed: Placed): void {
  const { slot, id, hp = 100, facing } = placed
  writer.varint(slot)
  writer.varint(id)
  writer.u8(facing === undefined ? 1 : 0)
  position(writer, tile, placed)
  u16.write(writer, hp)
  if (facing !== undefined) facingType.write(writer, facingType.check(facing))
}

function content(tile: number, entities: readonly Placed[]): Uint8Array {
  const writer = new Writer()
  for (const entity of entities) addition(writer, tile, entity)
  return writer.finish()
}

/** A tile's whole content. */
export function keyframe(tile: number, entities: readonly Placed[]): Uint8Array {
  return tilePartBytes(tile, tilePart.keyframe, content(tile, entities))
}

/** What a tile's content is to be compared with. */
export function check(tile: number, entities: readonly Placed[]): Uint8Array {
  return checksumPartBytes(tile, checksum(content(tile, entities)))
}

/** The whole content for a client that has another one. */
export function proof(tile: number, entities: readonly Placed[]): Uint8Array {
  return proofPartBytes(tile, content(tile, entities))
}

export function dropped(tile: number): Uint8Array {
  return droppedPartBytes(tile)
}

export function delta(tile: number, content: DeltaContent): Uint8Array {
  const { additions = [], removals = [], changes = [] } = content
  const writer = new Writer()
  writer.varint(crossingsWord)
  writer.varint(additions.length)
  for (const entity of additions) addition(writer, tile, entity)
  writer.varint(removals.length)
  for (const { slot, moved } of removals) writer.varint(slot * 2 + (moved === true ? 1 : 0))
  for (const changed of changes) {
    writer.varint(absoluteForm + (changed.facing === undefined ? 0 : 2 * 64))
    writer.varint(changed.slot * 2)
    position(writer, tile, changed)
    if (changed.facing !== undefined) facingType.write(writer, facingType.check(changed.facing))
  }
  return tilePartBytes(tile, tilePart.delta, writer.finish())
}

/** The body of a `world` message. */
export function frame(
  head: { channel: number; tick: number; acknowledged?: number; me?: number },
  ...parts: Uint8Array[]
): Uint8Array {
  const writer = new Writer()
  writeWorldFrameHead(writer, { acknowledged: 0, me: 1, ...head })
  for (const part of parts) writer.raw(part)
  return writer.finish()
}
