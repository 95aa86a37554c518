import type { StreamParts } from '../actor/index.ts'
import { tilePart, tilePartHeadBytes, writeTilePartHead, writeVarint } from '../protocol/index.ts'

/** Below this a loop is faster than the call into the engine. */
const loopBytesMax = 24

/**
 * One tick's deltas as a run of all tiles would have them, each behind its length, 0 where nothing
 * has changed: so that what neighbouring tiles tell is copied into a frame at once. Made once per
 * tick, read once per client; its memory is kept from tick to tick.
 */
export class TickDeltas {
  /** Tiles `a … b−1` lie at `offsets[a] … offsets[b]`. */
  readonly #offsets: Uint32Array
  #bytes: Buffer<ArrayBufferLike> = Buffer.alloc(0)

  constructor(tiles: number) {
    this.#offsets = new Uint32Array(tiles + 1)
  }

  /** Takes in the deltas of a tick; those of streams beyond the tiles are left out. */
  load({ streams, starts, ends, bytes }: StreamParts): void {
    const offsets = this.#offsets
    const tiles = offsets.length - 1
    // A length has at most five bytes.
    const most = tiles + bytes.length + streams.length * 4
    if (this.#bytes.length < most) this.#bytes = Buffer.allocUnsafeSlow(most * 2)
    const target = this.#bytes
    let to = 0
    let next = 0
    for (let index = 0; index < streams.length; index += 1) {
      const tile = streams[index] as number
      if (tile >= tiles) break
      for (; next < tile; next += 1) {
        offsets[next] = to
        target[to++] = 0
      }
      offsets[next++] = to
      const start = starts[index] as number
      const end = ends[index] as number
      to = writeVarint(target, to, end - start)
      to = copyBytes(bytes, start, end, target, to)
    }
    for (; next < tiles; next += 1) {
      offsets[next] = to
      target[to++] = 0
    }
    offsets[tiles] = to
  }

  /** Bytes of the parts that tell of the runs; those in which nothing has changed are left out. */
  bytesOf(runs: readonly number[]): number {
    let bytes = 0
    for (let index = 0; index < runs.length; index += 2) {
      const first = runs[index] as number
      const count = (runs[index + 1] as number) - first
      const length = this.#lengthOf(first, count)
      if (length > count) bytes += tilePartHeadBytes(first, count) + length
    }
    return bytes
  }

  /** Writes these parts to `target` from `start` on. @returns where they end */
  copy(runs: readonly number[], target: Uint8Array, start: number): number {
    let to = start
    for (let index = 0; index < runs.length; index += 2) {
      const first = runs[index] as number
      const count = (runs[index + 1] as number) - first
      const length = this.#lengthOf(first, count)
      if (length === count) continue
      to = writeTilePartHead(target, to, first, tilePart.run, count)
      const from = this.#offsets[first] as number
      to = copyBytes(this.#bytes, from, from + length, target, to)
    }
    return to
  }

  /** Each tile takes a byte at least: where it is one for each, none has changed. */
  #lengthOf(first: number, count: number): number {
    return (this.#offsets[first + count] as number) - (this.#offsets[first] as number)
  }
}

function copyBytes(
  from: Uint8Array,
  start: number,
  end: number,
  target: Uint8Array,
  targetStart: number,
): number {
  const length = end - start
  if (length > loopBytesMax) {
    target.set(from.subarray(start, end), targetStart)
  } else {
    for (let index = 0; index < length; index += 1) {
      target[targetStart + index] = from[start + index] as number
    }
  }
  return targetStart + length
}
