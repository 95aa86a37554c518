import type { TilePartOf } from '../actor/index.ts'
import {
  absoluteForm,
  crossingsWord,
  positionBits,
  selectionForm,
  type TilePart,
  tilePart,
  varintBytes,
} from '../protocol/index.ts'
import { Writer } from '../schema/index.ts'
import { ChangeGroups } from './change-groups.ts'
import type { KindTable } from './kinds.ts'
import { enteredFlag, type Population } from './population.ts'
import { none } from './tiles.ts'

/** What was encoded, for `stats`. */
export interface EncoderCounts {
  deltas: number
  keyframes: number
  bytes: number
}

/**
 * Writes tiles as they stand in frames (`protocol/tile-delta.ts`): each once per tick, however
 * many gates and clients see it. All parts of a tick share one buffer, which is never written again
 * once it was handed out.
 */
export class TileEncoder {
  readonly counts: EncoderCounts = { deltas: 0, keyframes: 0, bytes: 0 }
  readonly #population: Population
  readonly #writer = new Writer(64 * 1024)
  readonly #groups = new ChangeGroups()
  /** Tile, part kind, end of the body in the writer: three numbers for each of the bodies. */
  readonly #bodies: number[] = []
  #bodyCount = 0

  constructor(population: Population) {
    this.#population = population
  }

  /** The deltas of all dirty tiles for which `wanted` holds a positive number. After `collect`. */
  deltas(wanted: Int32Array): TilePartOf[] {
    const { tiles } = this.#population
    // Gates lay parts out by ascending tile: sorted here they are sorted once, not by every gate.
    tiles.dirty.subarray(0, tiles.dirtyCount).sort()
    for (let index = 0; index < tiles.dirtyCount; index += 1) {
      const tile = tiles.dirty[index] as number
      if ((wanted[tile] as number) === 0) continue
      this.#delta(tile)
      this.#endBody(tile, tilePart.delta)
      this.counts.deltas += 1
    }
    return this.#finish()
  }

  /** The whole content of each of the tiles. After `collect`. */
  keyframes(wanted: Iterable<number>): TilePartOf[] {
    for (const tile of wanted) {
      this.#keyframe(tile)
      this.#endBody(tile, tilePart.keyframe)
      this.counts.keyframes += 1
    }
    return this.#finish()
  }

  /** Written over from tick to tick: a list that is emptied loses the memory it has. */
  #endBody(tile: number, kind: TilePart): void {
    const at = this.#bodyCount * 3
    this.#bodies[at] = tile
    this.#bodies[at + 1] = kind
    this.#bodies[at + 2] = this.#writer.length
    this.#bodyCount += 1
  }

  #delta(tile: number): void {
    const { tiles } = this.#population
    if (tiles.additions[tile] !== 0 || tiles.removals[tile] !== 0) this.#crossings(tile)
    this.#groups.collect(this.#population, tile)
    for (let group = 0; group < this.#groups.count; group += 1) this.#group(tile, group)
  }

  #crossings(tile: number): void {
    const { tiles, flags, nextChanged } = this.#population
    const writer = this.#writer
    writer.varint(crossingsWord)
    writer.varint(tiles.additions[tile] as number)
    let at = tiles.changedHead[tile] as number
    for (; at !== none; at = nextChanged[at] as number) {
      if (((flags[at] as number) & enteredFlag) !== 0) this.#addition(tile, at)
    }
    writer.varint(tiles.removals[tile] as number)
    at = tiles.removalHead[tile] as number
    for (; at !== none; at = tiles.nextRemoval[at] as number) {
      writer.varint(tiles.removal[at] as number)
    }
  }

  #keyframe(tile: number): void {
    const { tiles } = this.#population
    const slots = tiles.slots(tile)
    const used = tiles.used(tile)
    for (let slot = 0; slot < used; slot += 1) {
      const at = slots[slot] as number
      if (at >= 0) this.#addition(tile, at)
    }
  }

  #addition(tile: number, at: number): void {
    const population = this.#population
    const writer = this.#writer
    const kind = population.kinds[population.kind[at] as number] as KindTable
    writer.varint(population.slot[at] as number)
    writer.varint(population.id[at] as number)
    writer.u8(kind.number)
    this.#absolute(tile, at)
    const row = population.row[at] as number
    for (const column of kind.visible) column.put(writer, row)
  }

  #group(tile: number, group: number): void {
    const { fields, form, first, next } = this.#groups
    const slots = this.#population.tiles.slots(tile)
    this.#writer.varint((fields[group] as number) * 8 + (form[group] as number))
    this.#selection(group)
    if (form[group] === absoluteForm) {
      for (let slot = first[group] as number; slot !== none; slot = next[slot] as number) {
        this.#absolute(tile, slots[slot] as number)
      }
    } else if (form[group] !== 0) this.#relative(group, slots)
    if (fields[group] === 0) return
    for (let slot = first[group] as number; slot !== none; slot = next[slot] as number) {
      this.#fields(slots[slot] as number, fields[group] as number)
    }
  }

  /** Names the slots of a group in the way that takes fewer bytes. */
  #selection(group: number): void {
    const { first, last, size, next } = this.#groups
    const writer = this.#writer
    const count = size[group] as number
    let slot = first[group] as number
    if (count === 1) {
      writer.varint(slot * 2)
      return
    }
    const bitmapBytes = ((last[group] as number) >> 3) + 1
    if (bitmapBytes > count) {
      writer.varint(count * 4 + selectionForm.gaps)
      for (let former = -1; slot !== none; former = slot, slot = next[slot] as number) {
        writer.varint(slot - former - 1)
      }
      return
    }
    writer.varint(bitmapBytes * 4 + selectionForm.bitmap)
    for (let end = 8; end <= bitmapBytes * 8; end += 8) {
      let bits = 0
      for (; slot !== none && slot < end; slot = next[slot] as number) bits |= 1 << (slot & 7)
      writer.u8(bits)
    }
  }

  #relative(group: number, slots: Int32Array): void {
    const { stepX, stepY, formerX, formerY } = this.#population
    const { form, first, next } = this.#groups
    const writer = this.#writer
    const bits = positionBits[form[group] as number] as number
    const half = 1 << (bits - 1)
    let held = 0
    let heldBits = 0
    for (let slot = first[group] as number; slot !== none; slot = next[slot] as number) {
      const at = slots[slot] as number
      const dx = (stepX[at] as number) - (formerX[at] as number) + half
      const dy = (stepY[at] as number) - (formerY[at] as number) + half
      held |= (dx | (dy << bits)) << heldBits
      heldBits += bits * 2
      for (; heldBits >= 8; heldBits -= 8, held >>= 8) writer.u8(held & 255)
    }
    if (heldBits > 0) writer.u8(held)
  }

  #fields(at: number, mask: number): void {
    const population = this.#population
    const { visible } = population.kinds[population.kind[at] as number] as KindTable
    const row = population.row[at] as number
    for (let index = 0, rest = mask; rest > 0; index += 1, rest >>>= 1) {
      if ((rest & 1) === 1) visible[index]?.put(this.#writer, row)
    }
  }

  #absolute(tile: number, at: number): void {
    const { stepX, stepY, layout } = this.#population
    const { columns } = layout.grid
    const column = tile % columns
    const tileRow = (tile - column) / columns
    this.#writer.u16((stepX[at] as number) - (layout.columnStart[column] as number))
    this.#writer.u16((stepY[at] as number) - (layout.rowStart[tileRow] as number))
  }

  /** Copies what was written into a buffer of its own, each body behind its head. */
  #finish(): TilePartOf[] {
    const bodies = this.#bodies
    const end = this.#bodyCount * 3
    if (end === 0) return []
    const written = this.#writer.view()
    let total = written.length
    for (let index = 0, start = 0; index < end; index += 3) {
      const bodyEnd = bodies[index + 2] as number
      total += varintBytes(bodies[index] as number) + 1 + varintBytes(bodyEnd - start)
      start = bodyEnd
    }
    const buffer = new Uint8Array(total)
    const parts: TilePartOf[] = []
    let at = 0
    for (let index = 0, start = 0; index < end; index += 3) {
      const tile = bodies[index] as number
      const bodyEnd = bodies[index + 2] as number
      const from = at
      at = putHead(buffer, at, tile, bodies[index + 1] as TilePart, bodyEnd - start)
      at = copy(written, start, bodyEnd, buffer, at)
      parts.push({ tile, bytes: buffer.subarray(from, at) })
      start = bodyEnd
    }
    this.counts.bytes += total
    this.#bodyCount = 0
    this.#writer.reset()
    return parts
  }
}

function putHead(
  target: Uint8Array,
  start: number,
  tile: number,
  kind: TilePart,
  length: number,
): number {
  let at = putVarint(target, start, tile)
  target[at++] = kind
  at = putVarint(target, at, length)
  return at
}

function putVarint(target: Uint8Array, start: number, value: number): number {
  let at = start
  let rest = value
  for (; rest > 127; rest >>>= 7) target[at++] = (rest & 127) | 128
  target[at++] = rest
  return at
}

/** For the few bytes of most tiles a loop is faster than a call into the engine. */
function copy(
  from: Uint8Array,
  start: number,
  end: number,
  target: Uint8Array,
  targetStart: number,
): number {
  const count = end - start
  if (count > 96) target.set(from.subarray(start, end), targetStart)
  else
    for (let index = 0; index < count; index += 1)
      target[targetStart + index] = from[start + index] as number
  return targetStart + count
}
