import type { OpenedStream } from '../actor/index.ts'

const none: ReadonlySet<OpenedStream> = new Set()

/**
 * The streams of a world beyond the public ones of its tiles, as it has told of them: for some
 * audience, of some priority, or seen from everywhere.
 */
export class ExtraStreams {
  /** Counts changes, so that views know whether to look again. */
  version = 0
  readonly #streams = new Map<number, OpenedStream>()
  readonly #byTile = new Map<number, Set<OpenedStream>>()

  get(stream: number): OpenedStream | undefined {
    return this.#streams.get(stream)
  }

  /** The streams on a tile, for whomever they are. */
  on(tile: number): ReadonlySet<OpenedStream> {
    return this.#byTile.get(tile) ?? none
  }

  get size(): number {
    return this.#streams.size
  }

  open(opened: OpenedStream): void {
    this.close(opened.stream)
    this.version += 1
    this.#streams.set(opened.stream, opened)
    const there = this.#byTile.get(opened.tile) ?? new Set()
    this.#byTile.set(opened.tile, there)
    there.add(opened)
  }

  close(stream: number): void {
    const known = this.#streams.get(stream)
    if (known === undefined) return
    this.version += 1
    this.#streams.delete(stream)
    const there = this.#byTile.get(known.tile)
    there?.delete(known)
    if (there?.size === 0) this.#byTile.delete(known.tile)
  }

  /** Closes all streams on a tile. */
  closeOn(tile: number): void {
    for (const { stream } of [...this.on(tile)]) this.close(stream)
  }

  /** The world begins anew, and numbers its streams anew. */
  clear(): void {
    this.version += 1
    this.#streams.clear()
    this.#byTile.clear()
  }
}
