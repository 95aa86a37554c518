import { grown } from './columns.ts'

/** A slot nobody is in. */
const empty = -1
/** A slot that was left in this tick: not to be used before clients were told. */
const cooling = -2
/** The end of a chain. */
export const none = -1

/**
 * Which entities are in which tile, and what of it clients must be told this tick. Entities are
 * numbers here. A tile's content has dense numbers of its own, slots, so that one byte names an
 * entity in most deltas. Streams beyond those of the tiles (`streams.ts`) have numbers beyond
 * theirs, and are held in the same way.
 */
export class Tiles {
  /** Without what is beyond. */
  readonly count: number
  /** Entities in each tile. */
  population: Int32Array
  /** First of the tile's changed entities, chained by `Population.nextChanged`. */
  changedHead: Int32Array
  /** How many of them are new to the tile. */
  additions: Int32Array
  /** First of the tile's removals, chained by `nextRemoval`. */
  removalHead: Int32Array
  removals: Int32Array
  /** Tiles with something to tell: the first `dirtyCount` of them. */
  dirty: Int32Array
  dirtyCount = 0
  /** A removal is `slot · 2 + moved`, as on the wire. */
  removal = new Int32Array(256)
  nextRemoval = new Int32Array(256)
  readonly #slots: (Int32Array | undefined)[]
  #used: Int32Array
  /** No slot below is empty. */
  #hint: Int32Array
  #isDirty: Uint8Array
  #removalTile = new Int32Array(256)
  #removalCount = 0

  constructor(count: number) {
    this.count = count
    this.population = new Int32Array(count)
    this.changedHead = new Int32Array(count).fill(none)
    this.additions = new Int32Array(count)
    this.removalHead = new Int32Array(count).fill(none)
    this.removals = new Int32Array(count)
    this.dirty = new Int32Array(count)
    this.#slots = new Array<Int32Array | undefined>(count).fill(undefined)
    this.#used = new Int32Array(count)
    this.#hint = new Int32Array(count)
    this.#isDirty = new Uint8Array(count)
  }

  /**
   * Slots of the tile: entity numbers, negative where nobody is. Only the first `used(tile)` count.
   */
  slots(tile: number): Int32Array {
    return this.#slots[tile] ?? noSlots
  }

  used(tile: number): number {
    return this.#used[tile] as number
  }

  /** Puts an entity into the tile and returns its slot, the lowest that is free. */
  enter(tile: number, entity: number): number {
    if (tile >= this.population.length) this.#grow(tile)
    const used = this.used(tile)
    let slots = this.slots(tile)
    let slot = this.#hint[tile] as number
    while (slot < used && slots[slot] !== empty) slot += 1
    if (slot === slots.length) {
      slots = grownSlots(slots)
      this.#slots[tile] = slots
    }
    slots[slot] = entity
    if (slot === used) this.#used[tile] = used + 1
    this.#hint[tile] = slot + 1
    ;(this.population[tile] as number) += 1
    return slot
  }

  /** Takes an entity out of a tile. Where clients know it there, they are told that it left. */
  leave(tile: number, slot: number, known: boolean, moved: boolean): void {
    ;(this.population[tile] as number) -= 1
    if (!known) {
      this.#release(tile, slot)
      return
    }
    ;(this.#slots[tile] as Int32Array)[slot] = cooling
    const at = this.#removalCount
    if (at === this.removal.length) this.#growRemovals()
    this.removal[at] = slot * 2 + (moved ? 1 : 0)
    this.#removalTile[at] = tile
    this.nextRemoval[at] = this.removalHead[tile] as number
    this.removalHead[tile] = at
    ;(this.removals[tile] as number) += 1
    this.#removalCount = at + 1
    this.markDirty(tile)
  }

  markDirty(tile: number): void {
    if (this.#isDirty[tile] === 1) return
    this.#isDirty[tile] = 1
    this.dirty[this.dirtyCount++] = tile
  }

  /** Clients were told: forgets this tick's changes and lets slots be used again. */
  endTick(): void {
    for (let at = 0; at < this.#removalCount; at += 1) {
      this.#release(this.#removalTile[at] as number, (this.removal[at] as number) >> 1)
    }
    this.#removalCount = 0
    for (let at = 0; at < this.dirtyCount; at += 1) {
      const tile = this.dirty[at] as number
      this.changedHead[tile] = none
      this.additions[tile] = 0
      this.removalHead[tile] = none
      this.removals[tile] = 0
      this.#isDirty[tile] = 0
    }
    this.dirtyCount = 0
  }

  #release(tile: number, slot: number): void {
    const slots = this.#slots[tile] as Int32Array
    slots[slot] = empty
    let used = this.used(tile)
    while (used > 0 && slots[used - 1] === empty) used -= 1
    this.#used[tile] = used
    if (slot < (this.#hint[tile] as number)) this.#hint[tile] = slot
    if (used < (this.#hint[tile] as number)) this.#hint[tile] = used
  }

  #grow(tile: number): void {
    const before = this.population.length
    const length = Math.max(tile + 1, this.count + 64 + (before - this.count) * 2)
    this.population = grown(this.population, length)
    this.changedHead = grown(this.changedHead, length).fill(none, before)
    this.additions = grown(this.additions, length)
    this.removalHead = grown(this.removalHead, length).fill(none, before)
    this.removals = grown(this.removals, length)
    this.dirty = grown(this.dirty, length)
    this.#used = grown(this.#used, length)
    this.#hint = grown(this.#hint, length)
    this.#isDirty = grown(this.#isDirty, length)
    while (this.#slots.length < length) this.#slots.push(undefined)
  }

  #growRemovals(): void {
    const length = this.removal.length * 2
    this.removal = grown(this.removal, length)
    this.nextRemoval = grown(this.nextRemoval, length)
    this.#removalTile = grown(this.#removalTile, length)
  }
}

const noSlots = new Int32Array(0)

function grownSlots(slots: Int32Array): Int32Array {
  const larger = new Int32Array(Math.max(8, slots.length * 2)).fill(empty)
  larger.set(slots)
  return larger
}
