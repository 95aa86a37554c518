import { absoluteForm, positionFormOf } from '../protocol/index.ts'
import { enteredFlag, type Population } from './population.ts'
import { none } from './tiles.ts'

/** Differences up to this form, 6 bits, share a group, written with as many bits as the widest. */
const nearFormMax = 4
const lookups = 256

/**
 * The changes of one tile, grouped by what has changed: the fields, and roughly how far the entity
 * went. Made to be kept: once it has seen the largest tile it allocates nothing.
 */
export class ChangeGroups {
  /** Groups of the tile that was collected last; the arrays hold one number for each. */
  count = 0
  fields = new Int32Array(0)
  /** The widest position form of its members. */
  form = new Int32Array(0)
  size = new Int32Array(0)
  /** Lowest slot, from which `next` leads to the others, ascending. */
  first = new Int32Array(0)
  last = new Int32Array(0)
  /** By slot: the next slot of the same group, or `none`. */
  next = new Int32Array(0)
  #key = new Int32Array(0)
  #isChanged = new Uint8Array(0)
  /** By hash of the key: the newest group, from which `#older` leads to the others. */
  readonly #newest = new Int32Array(lookups).fill(none)
  #older = new Int32Array(0)

  /** Groups what changed of those who were in the tile before this tick. */
  collect(population: Population, tile: number): void {
    this.#forget()
    const { stepX, stepY, formerX, formerY, changed, tiles } = population
    const slots = tiles.slots(tile)
    if (slots.length > this.next.length) this.#grow(slots.length)
    const { first, form, size, next } = this
    const isChanged = this.#isChanged
    const keys = this.#key
    let group = none
    let left = this.#mark(population, tile)
    // From the highest slot down, because each is put before the others of its group.
    for (let slot = tiles.used(tile) - 1; left > 0; slot -= 1) {
      if (isChanged[slot] === 0) continue
      isChanged[slot] = 0
      left -= 1
      const at = slots[slot] as number
      const dx = (stepX[at] as number) - (formerX[at] as number)
      const dy = (stepY[at] as number) - (formerY[at] as number)
      const its = positionFormOf(dx, dy)
      const key = ((changed[at] as number) << 2) | reachOf(its)
      if (group === none || keys[group] !== key) group = this.#groupOf(key, slot)
      next[slot] = first[group] as number
      first[group] = slot
      ;(size[group] as number) += 1
      if (its > (form[group] as number)) form[group] = its
    }
  }

  /** Marks the slots with changes and returns how many they are. */
  #mark({ tiles, slot, flags, nextChanged }: Population, tile: number): number {
    let count = 0
    let at = tiles.changedHead[tile] as number
    for (; at !== none; at = nextChanged[at] as number) {
      if (((flags[at] as number) & enteredFlag) !== 0) continue
      this.#isChanged[slot[at] as number] = 1
      count += 1
    }
    return count
  }

  #groupOf(key: number, slot: number): number {
    const hash = hashOf(key)
    let group = this.#newest[hash] as number
    while (group !== none && this.#key[group] !== key) group = this.#older[group] as number
    if (group !== none) return group
    group = this.count++
    this.#key[group] = key
    this.#older[group] = this.#newest[hash] as number
    this.#newest[hash] = group
    this.fields[group] = key >>> 2
    this.form[group] = 0
    this.size[group] = 0
    this.first[group] = none
    this.last[group] = slot
    return group
  }

  #forget(): void {
    for (let group = 0; group < this.count; group += 1) {
      this.#newest[hashOf(this.#key[group] as number)] = none
    }
    this.count = 0
  }

  /** There are never more groups than slots. */
  #grow(length: number): void {
    this.fields = new Int32Array(length)
    this.form = new Int32Array(length)
    this.size = new Int32Array(length)
    this.first = new Int32Array(length)
    this.last = new Int32Array(length)
    this.next = new Int32Array(length)
    this.#key = new Int32Array(length)
    this.#older = new Int32Array(length)
    this.#isChanged = new Uint8Array(length)
  }
}

/** Who stays, walks, rushes and jumps is told apart, lest one who jumps costs all others bits. */
function reachOf(form: number): number {
  if (form === 0) return 0
  return form <= nearFormMax ? 1 : form < absoluteForm ? 2 : 3
}

function hashOf(key: number): number {
  return Math.imul(key, 0x9e3779b1) >>> 24
}
