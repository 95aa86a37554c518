import type { StreamSums } from '../actor/index.ts'
import { checksumPartBytes } from '../protocol/index.ts'

/**
 * One tick's checksums as they stand in frames: those of the tiles end to end, so that what belongs
 * to neighbouring tiles is copied at once. Made once per tick, read once per client.
 */
export class TickChecksums {
  /** Whether there are any. */
  any = false
  /** Tiles `a … b−1` lie at `offsets[a] … offsets[b]`. */
  readonly #offsets: Uint32Array
  #bytes = new Uint8Array(0)
  /** Of streams beyond the tiles. */
  readonly #extras = new Map<number, Uint8Array>()

  constructor(tiles: number) {
    this.#offsets = new Uint32Array(tiles + 1)
  }

  load({ streams, sums }: StreamSums): void {
    this.any = streams.length > 0
    if (!this.any) return
    const tiles = this.#offsets.length - 1
    // Stream, control and sum take twelve bytes at most.
    if (this.#bytes.length < streams.length * 12) this.#bytes = new Uint8Array(streams.length * 24)
    if (this.#extras.size > 0) this.#extras.clear()
    let to = 0
    let next = 0
    for (let index = 0; index < streams.length; index += 1) {
      const stream = streams[index] as number
      const part = checksumPartBytes(stream, sums[index] as number)
      if (stream >= tiles) {
        this.#extras.set(stream, part)
        continue
      }
      this.#offsets.fill(to, next, stream + 1)
      next = stream + 1
      this.#bytes.set(part, to)
      to += part.length
    }
    this.#offsets.fill(to, next)
  }

  bytesOf(runs: readonly number[]): number {
    const offsets = this.#offsets
    let bytes = 0
    for (let index = 0; index < runs.length; index += 2) {
      const afterLast = offsets[runs[index + 1] as number] as number
      bytes += afterLast - (offsets[runs[index] as number] as number)
    }
    return bytes
  }

  /** Writes those of the runs to `target` from `start` on. @returns where they end */
  copy(runs: readonly number[], target: Uint8Array, start: number): number {
    const offsets = this.#offsets
    const bytes = this.#bytes
    let to = start
    for (let index = 0; index < runs.length; index += 2) {
      let from = offsets[runs[index] as number] as number
      const end = offsets[runs[index + 1] as number] as number
      while (from < end) target[to++] = bytes[from++] as number
    }
    return to
  }

  /** That of a stream beyond the tiles. */
  extra(stream: number): Uint8Array | undefined {
    return this.any ? this.#extras.get(stream) : undefined
  }
}
