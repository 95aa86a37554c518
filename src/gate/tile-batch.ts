import type { TilePartOf } from '../actor/index.ts'

/** Below this a loop is faster than the call into the engine. */
const loopBytesMax = 24

/**
 * One tick's deltas laid end to end by ascending tile, so that a run of neighbouring tiles is
 * copied into a frame at once. Made once per tick, read once per client; its memory is kept from
 * tick to tick.
 */
export class TickDeltas {
  /** The deltas of tiles `a … b−1` lie at `offsets[a] … offsets[b]`. */
  readonly #offsets: Uint32Array
  #bytes: Buffer<ArrayBufferLike> = Buffer.alloc(0)

  constructor(tiles: number) {
    this.#offsets = new Uint32Array(tiles + 1)
  }

  /** Takes in the deltas of a tick, of tiles within the grid, each at most once. */
  load(deltas: readonly TilePartOf[]): void {
    const sorted = isAscending(deltas) ? deltas : [...deltas].sort((a, b) => a.tile - b.tile)
    let total = 0
    for (const { bytes } of sorted) total += bytes.length
    if (this.#bytes.length < total) this.#bytes = Buffer.allocUnsafeSlow(total * 2)
    let at = 0
    let next = 0
    for (const { tile, bytes } of sorted) {
      this.#offsets.fill(at, next, tile + 1)
      next = tile + 1
      this.#bytes.set(bytes, at)
      at += bytes.length
    }
    this.#offsets.fill(at, next)
  }

  /** Bytes of all deltas in the runs. */
  bytesOf(runs: readonly number[]): number {
    const offsets = this.#offsets
    let bytes = 0
    for (let index = 0; index < runs.length; index += 2) {
      bytes += at(offsets, runs[index + 1]) - at(offsets, runs[index])
    }
    return bytes
  }

  /** Copies the deltas of the runs to `target` from `start` on. @returns where they end */
  copy(runs: readonly number[], target: Uint8Array, start: number): number {
    const offsets = this.#offsets
    const bytes = this.#bytes
    let to = start
    for (let index = 0; index < runs.length; index += 2) {
      let from = at(offsets, runs[index])
      const end = at(offsets, runs[index + 1])
      if (end - from > loopBytesMax) {
        bytes.copy(target, to, from, end)
        to += end - from
      } else {
        while (from < end) target[to++] = bytes[from++] as number
      }
    }
    return to
  }
}

function at(offsets: Uint32Array, tile: number | undefined): number {
  return offsets[tile as number] as number
}

function isAscending(deltas: readonly TilePartOf[]): boolean {
  for (let index = 1; index < deltas.length; index++) {
    if ((deltas[index - 1] as TilePartOf).tile >= (deltas[index] as TilePartOf).tile) return false
  }
  return true
}
