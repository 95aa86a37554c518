import { emptyParts, noParts, noSums, type StreamParts, type StreamSums } from '../actor/index.ts'
import {
  absoluteForm,
  checksum,
  crossingsWord,
  positionBits,
  selectionForm,
  selectionOfAll,
  type TileLayout,
  turnBits,
  turnTooFar,
} from '../protocol/index.ts'
import { Writer } from '../schema/index.ts'
import { ChangeGroups } from './change-groups.ts'
import { enteredFlag } from './flags.ts'
import type { KindTable } from './kinds.ts'
import type { Population } from './population.ts'
import { isFlushTick, slowRates } from './since.ts'
import type { Streams } from './streams.ts'
import { none } from './tiles.ts'

/** What was encoded, for `stats`. */
export interface EncoderCounts {
  deltas: number
  keyframes: number
  bytes: number
}

/**
 * Writes what changed in tiles, and whole tiles (`protocol/tile-delta.ts`): each once per tick,
 * however many gates and clients see it. All bodies of a kind share one buffer, which is never
 * written again once it was handed out.
 */
export class TileEncoder {
  readonly counts: EncoderCounts = { deltas: 0, keyframes: 0, bytes: 0 }
  readonly #population: Population
  readonly #writer = new Writer(64 * 1024)
  readonly #groups = new ChangeGroups()
  /** Stream, and end of the body in the writer: two numbers for each of the bodies. */
  readonly #bodies: number[] = []
  #bodyCount = 0
  /** Of the stream that is being written. */
  #startX = 0
  #startY = 0
  #wide = false
  #row = 0

  constructor(population: Population) {
    this.#population = population
  }

  /**
   * The deltas of all dirty streams on tiles for which `wanted` holds a positive number. After
   * `collect`.
   */
  deltas(wanted: Int32Array): StreamParts {
    const { tiles, streams } = this.#population
    tiles.dirty.subarray(0, tiles.dirtyCount).sort()
    for (let index = 0; index < tiles.dirtyCount; index += 1) {
      const stream = tiles.dirty[index] as number
      const tile = streams.tileOf(stream)
      // What was opened in this tick is told by keyframes.
      if (wanted[tile] === 0 || streams.isFresh(stream)) continue
      this.#settleOn(tile)
      this.#delta(stream)
      this.#endBody(stream)
      this.counts.deltas += 1
    }
    return this.#finish()
  }

  /** The whole content of each of the streams, which ascend. After `collect`. */
  keyframes(wanted: Iterable<number>): StreamParts {
    const { streams } = this.#population
    for (const stream of wanted) {
      const tile = streams.tileOf(stream)
      this.#settleOn(tile)
      if (stream > streams.everywhere) this.#writer.varint(tile)
      this.#keyframe(stream)
      this.#endBody(stream)
      this.counts.keyframes += 1
    }
    return this.#finish()
  }

  /**
   * What is told at a slower rate: who came and left, and of streams whose time it is, all changes
   * since they were told last. After `deltas`.
   * @param rate which of `slowRates`
   */
  slow(tick: number, rate: number, wanted: Int32Array): StreamParts {
    const { tiles, streams, since } = this.#population
    if (since === undefined) return noParts
    const due = this.#dueFor(tick, slowRates[rate] as number, wanted)
    for (let index = 0; index < due.length; index += 1) {
      const stream = due[index] as number
      // Named twice where somebody crossed at the time of its flush.
      if (stream === due[index + 1] || streams.isFresh(stream)) continue
      const tile = streams.tileOf(stream)
      const before = this.#writer.length
      this.#settleOn(tile)
      if (tiles.additions[stream] !== 0 || tiles.removals[stream] !== 0) this.#crossings(stream)
      if (isFlushTick(tick, slowRates[rate] as number, this.#row)) {
        this.#groups.collectSince(this.#population, stream, since.masks[rate] as Uint32Array)
        for (let group = 0; group < this.#groups.count; group += 1) this.#group(stream, group)
        since.flushed(rate, tiles.slots(stream), tiles.used(stream))
      }
      if (this.#writer.length > before) this.#endBody(stream)
    }
    return this.#finish()
  }

  /**
   * What clients can check their streams by: those of every row once in so many ticks, a multiple
   * of all rates, when every rate has told all there is. After `collect`.
   */
  checksums(tick: number, periodTicks: number, wanted: Int32Array): StreamSums {
    const { layout, streams } = this.#population
    const due: number[] = []
    addRows(due, { tick, period: periodTicks, wanted, layout, streams })
    if (due.length === 0) return noSums
    const numbers = Uint32Array.from(due).sort()
    const sums = numbers.map((stream) => {
      this.#settleOn(streams.tileOf(stream))
      this.#keyframe(stream)
      const sum = checksum(this.#writer.view())
      this.#writer.reset()
      return sum
    })
    return { streams: numbers, sums }
  }

  /** Streams with crossings, and those whose time it is: ascending, some of them twice. */
  #dueFor(tick: number, rate: number, wanted: Int32Array): Int32Array {
    const { tiles, streams, layout } = this.#population
    const due: number[] = []
    for (let index = 0; index < tiles.dirtyCount; index += 1) {
      const stream = tiles.dirty[index] as number
      const crossed = tiles.additions[stream] !== 0 || tiles.removals[stream] !== 0
      if (crossed && wanted[streams.tileOf(stream)] !== 0) due.push(stream)
    }
    addRows(due, { tick, period: rate, wanted, layout, streams })
    return Int32Array.from(due).sort()
  }

  /** Places count from the tile's corner; those of streams of everywhere from that of the world. */
  #settleOn(tile: number): void {
    const { layout, streams } = this.#population
    const { columns } = layout.grid
    const column = tile % columns
    this.#row = tile === streams.everywhere ? 0 : (tile - column) / columns
    this.#wide = tile === streams.everywhere
    this.#startX = this.#wide ? 0 : (layout.columnStart[column] as number)
    this.#startY = this.#wide ? 0 : (layout.rowStart[this.#row] as number)
  }

  /** Written over from tick to tick: a list that is emptied loses the memory it has. */
  #endBody(stream: number): void {
    const at = this.#bodyCount * 2
    this.#bodies[at] = stream
    this.#bodies[at + 1] = this.#writer.length
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
      if (((flags[at] as number) & enteredFlag) !== 0) this.#addition(at)
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
      if (at >= 0) this.#addition(at)
    }
  }

  #addition(at: number): void {
    const population = this.#population
    const writer = this.#writer
    const kind = population.kinds[population.kind[at] as number] as KindTable
    writer.varint(population.slot[at] as number)
    writer.varint(population.id[at] as number)
    writer.u8(kind.number)
    this.#absolute(at)
    const row = population.row[at] as number
    for (const column of kind.visible) column.put(writer, row)
  }

  #group(tile: number, group: number): void {
    const { fields, form, turn, first, next } = this.#groups
    const slots = this.#population.tiles.slots(tile)
    const mask = fields[group] as number
    const its = form[group] as number
    const turned = turn[group] === turnTooFar ? 0 : (turn[group] as number)
    this.#writer.varint(mask * 64 + turned * 8 + its)
    this.#selection(group)
    if (its === absoluteForm) {
      for (let slot = first[group] as number; slot !== none; slot = next[slot] as number) {
        this.#absolute(slots[slot] as number)
      }
    }
    const width = its === absoluteForm ? 0 : (positionBits[its] as number)
    if (width > 0 || turned > 0) this.#relative(group, slots, width, turned)
    if (mask === 0) return
    for (let slot = first[group] as number; slot !== none; slot = next[slot] as number) {
      this.#fields(slots[slot] as number, mask, turned > 0)
    }
  }

  /** Names the slots of a group in the way that takes fewer bytes. */
  #selection(group: number): void {
    const { first, last, size, next } = this.#groups
    const writer = this.#writer
    const count = size[group] as number
    let slot = first[group] as number
    if (count === 1 || count === this.#groups.staying) {
      writer.varint(count === 1 ? slot * 2 : selectionOfAll)
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

  /** Bit by bit: steps of `width` bits, then angles. */
  #relative(group: number, slots: Int32Array, width: number, turn: number): void {
    const { movedX, movedY, changed, kind, kinds, row } = this.#population
    const { fields, first, next } = this.#groups
    const writer = this.#writer
    const half = width === 0 ? 0 : 1 << (width - 1)
    const turnWidth = turnBits[turn] as number
    const turnHalf = 1 << (turnWidth - 1)
    const mask = fields[group] as number
    let held = 0
    let heldBits = 0
    for (let slot = first[group] as number; slot !== none; slot = next[slot] as number) {
      const at = slots[slot] as number
      if (width > 0) {
        const dx = (movedX[at] as number) + half
        const dy = (movedY[at] as number) + half
        held |= (dx | (dy << width)) << heldBits
        heldBits += width * 2
        for (; heldBits >= 8; heldBits -= 8, held >>= 8) writer.u8(held & 255)
      }
      if (turn === 0) continue
      const { angles } = kinds[kind[at] as number] as KindTable
      for (let index = 0; index < angles.length; index += 1) {
        const angle = angles[index] as KindTable['angles'][number]
        if ((angle.bit & mask) === 0) continue
        // Who has not turned in this tick is told of so too.
        const has = ((changed[at] as number) & angle.bit) !== 0
        const turned = has ? (angle.turned[row[at] as number] as number) : 0
        held |= (turned + turnHalf) << heldBits
        heldBits += turnWidth
        for (; heldBits >= 8; heldBits -= 8, held >>= 8) writer.u8(held & 255)
      }
    }
    if (heldBits > 0) writer.u8(held)
  }

  /** @param turned whether angles were told by their differences */
  #fields(at: number, mask: number, turned: boolean): void {
    const population = this.#population
    const { visible, angleMask } = population.kinds[population.kind[at] as number] as KindTable
    const row = population.row[at] as number
    let rest = turned ? mask & ~angleMask : mask
    for (let index = 0; rest > 0; index += 1, rest >>>= 1) {
      if ((rest & 1) === 1) visible[index]?.put(this.#writer, row)
    }
  }

  #absolute(at: number): void {
    const { stepX, stepY } = this.#population
    const writer = this.#writer
    const x = (stepX[at] as number) - this.#startX
    const y = (stepY[at] as number) - this.#startY
    if (this.#wide) {
      writer.varint(x)
      writer.varint(y)
    } else {
      writer.u16(x)
      writer.u16(y)
    }
  }

  /** Copies what was written into a buffer of its own. */
  #finish(): StreamParts {
    const count = this.#bodyCount
    if (count === 0) return noParts
    const parts = emptyParts(count, this.#writer.finish())
    for (let index = 0, start = 0; index < count; index += 1) {
      const end = this.#bodies[index * 2 + 1] as number
      parts.streams[index] = this.#bodies[index * 2] as number
      parts.starts[index] = start
      parts.ends[index] = end
      start = end
    }
    this.counts.bytes += parts.bytes.length
    this.#bodyCount = 0
    this.#writer.reset()
    return parts
  }
}

/** Adds the streams on wanted tiles of those rows whose turn it is in this tick. */
function addRows(
  due: number[],
  of: {
    readonly tick: number
    readonly period: number
    readonly wanted: Int32Array
    readonly layout: TileLayout
    readonly streams: Streams
  },
): void {
  const { tick, period, wanted, layout, streams } = of
  const { columns, rows } = layout.grid
  for (let row = tick % period; row < rows; row += period) {
    for (let tile = row * columns; tile < (row + 1) * columns; tile += 1) {
      if (wanted[tile] === 0) continue
      due.push(tile)
      for (const { stream } of streams.on(tile)) due.push(stream)
    }
  }
  if (!isFlushTick(tick, period, 0) || wanted[streams.everywhere] === 0) return
  for (const { stream } of streams.on(streams.everywhere)) due.push(stream)
}
