import { grown } from './columns.ts'
import { none, Tiles } from './tiles.ts'

/** Where those stand that are in any but the public layer, for queries: no client is told of it. */
export class Standing extends Tiles {
  /** By the entity's place. */
  #slot = new Int32Array(256)

  /** Takes the entity from a tile to another; `none` is nowhere. */
  move(at: number, from: number, to: number): void {
    if (at >= this.#slot.length) this.#slot = grown(this.#slot, Math.max(at + 1, at * 2))
    if (from !== none) this.leave(from, this.#slot[at] as number, false, true)
    if (to !== none) this.#slot[at] = this.enter(to, at)
  }
}
