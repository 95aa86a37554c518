import type { StreamParts } from '../actor/index.ts'
import { tilePart, tilePartHeadBytes, writeTilePartHead, writeVarint } from '../protocol/index.ts'

/** Below this a loop is faster than the call into the engine. */
const loopBytesMax = 24

/**
 * One tick's changes, made ready to be copied into the frames of many clients. Those of the tiles
 * lie end to end as a run of all tiles would have them, each behind its length, 0 where nothing has
 * changed: so that what neighbouring tiles tell is copied at once. Made once per tick, read once
 * per client; its memory is kept from tick to tick.
 */
export class TickDeltas {
  /** Tiles `a … b−1` lie at `offsets[a] … offsets[b]`. */
  readonly #offsets: Uint32Array
  #bytes: Buffer<ArrayBufferLike> = Buffer.alloc(0)
  /** Bytes of each of the runs that were measured last. */
  #lengths = new Int32Array(64)
  /** Streams beyond the tiles: where their bodies lie in `#bytes`. */
  readonly #extras = new Map<number, { readonly start: number; readonly end: number }>()

  constructor(tiles: number) {
    this.#offsets = new Uint32Array(tiles + 1)
  }

  load({ streams, starts, ends, bytes }: StreamParts): void {
    const offsets = this.#offsets
    const tiles = offsets.length - 1
    // A length has at most five bytes.
    const most = tiles + bytes.length + streams.length * 4
    if (this.#bytes.length < most) this.#bytes = Buffer.allocUnsafeSlow(most * 2)
    if (this.#extras.size > 0) this.#extras.clear()
    const target = this.#bytes
    let to = 0
    let next = 0
    let index = 0
    for (; index < streams.length; index += 1) {
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
    for (; index < streams.length; index += 1) {
      const start = to
      to = copyBytes(bytes, starts[index] as number, ends[index] as number, target, to)
      this.#extras.set(streams[index] as number, { start, end: to })
    }
  }

  /**
   * Bytes of the parts that tell of the runs; those in which nothing has changed, with one byte for
   * each tile, are left out.
   */
  bytesOf(runs: readonly number[]): number {
    const offsets = this.#offsets
    if (this.#lengths.length < runs.length) this.#lengths = new Int32Array(runs.length * 2)
    let bytes = 0
    for (let index = 0; index < runs.length; index += 2) {
      const first = runs[index] as number
      const afterLast = runs[index + 1] as number
      const length = (offsets[afterLast] as number) - (offsets[first] as number)
      this.#lengths[index] = length
      const count = afterLast - first
      if (length > count) bytes += tilePartHeadBytes(first, count) + length
    }
    return bytes
  }

  /**
   * Writes these parts to `target` from `start` on; they must be those that `bytesOf` has measured
   * last. @returns where they end
   */
  copy(runs: readonly number[], target: Uint8Array, start: number): number {
    let to = start
    for (let index = 0; index < runs.length; index += 2) {
      const first = runs[index] as number
      const count = (runs[index + 1] as number) - first
      const length = this.#lengths[index] as number
      if (length === count) continue
      to = writeTilePartHead(target, to, first, tilePart.run, count)
      const from = this.#offsets[first] as number
      to = copyBytes(this.#bytes, from, from + length, target, to)
    }
    return to
  }

  /** Bytes of the part that tells of a stream beyond the tiles; 0 where nothing has changed. */
  extraBytesOf(stream: number): number {
    const extra = this.#extras.get(stream)
    if (extra === undefined) return 0
    const length = extra.end - extra.start
    return tilePartHeadBytes(stream, length) + length
  }

  /** Writes that part. @returns where it ends */
  copyExtra(stream: number, target: Uint8Array, start: number): number {
    const extra = this.#extras.get(stream)
    if (extra === undefined) return start
    const length = extra.end - extra.start
    const to = writeTilePartHead(target, start, stream, tilePart.delta, length)
    return copyBytes(this.#bytes, extra.start, extra.end, target, to)
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
    copyLong.call(from, target, targetStart, start, end)
  } else {
    for (let index = 0; index < length; index += 1) {
      target[targetStart + index] = from[start + index] as number
    }
  }
  return targetStart + length
}

/** Copies without making a view first, which would cost more than the copy. */
const copyLong: (
  this: Uint8Array,
  target: Uint8Array,
  targetStart: number,
  start: number,
  end: number,
) => number = Buffer.prototype.copy
