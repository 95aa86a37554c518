import { absoluteForm, positionFormOf, turnOf, turnTooFar } from '../protocol/index.ts'
import { mergeGroups } from './change-merge.ts'
import type { AngleColumn } from './columns.ts'
import { enteredFlag } from './flags.ts'
import type { KindTable } from './kinds.ts'
import type { Population } from './population.ts'
import { movedBit } from './since.ts'
import { none } from './tiles.ts'

/** Differences up to this form, 6 bits, share a group, written with as many bits as the widest. */
const nearFormMax = 4
/** Turns up to this, 5 bits, share a group likewise. */
const slightTurnMax = 4
const lookups = 256

/**
 * The changes of one tile, grouped by what has changed: the fields, and roughly how far the entity
 * went and turned. Made to be kept: once it has seen the largest tile it allocates nothing.
 */
export class ChangeGroups {
  /** Groups of the tile that was collected last; the arrays hold one number for each. */
  count = 0
  fields = new Int32Array(0)
  /** The widest position form of its members. */
  form = new Int32Array(0)
  /** The widest turn of its members' angles, `turnTooFar` included; 0 where no angle is told. */
  turn = new Int32Array(0)
  size = new Int32Array(0)
  /** The kind of all members; `none` where there are several. */
  kind = new Int32Array(0)
  /** Angles of all members together. */
  angles = new Int32Array(0)
  /** Lowest slot, from which `next` leads to the others, ascending. */
  first = new Int32Array(0)
  last = new Int32Array(0)
  /** By slot: the next slot of the same group, or `none`. */
  next = new Int32Array(0)
  /** Who could be meant by a selection of all. */
  staying = 0
  /** What members have in common besides fields: kind, reach of the step, reach of the turn. */
  #likeness = new Int32Array(0)
  #isChanged = new Uint8Array(0)
  /** By hash of the key: the newest group, from which `#older` leads to the others. */
  readonly #newest = new Int32Array(lookups).fill(none)
  #older = new Int32Array(0)
  /** Hashes of the groups as they were before some of them were merged. */
  #hashes = new Int32Array(0)
  #hashed = 0

  /** Groups what changed of those who were in the tile before this tick. */
  collect(population: Population, tile: number): void {
    this.#forget()
    const { movedX, movedY, changed, tiles, kinds, kind } = population
    const slots = tiles.slots(tile)
    if (slots.length > this.next.length) this.#grow(slots.length)
    const { first, form, turn, size, next, fields } = this
    const isChanged = this.#isChanged
    const likenesses = this.#likeness
    let group = none
    let left = this.#mark(population, tile)
    // From the highest slot down, because each is put before the others of its group.
    for (let slot = tiles.used(tile) - 1; left > 0; slot -= 1) {
      if (isChanged[slot] === 0) continue
      isChanged[slot] = 0
      left -= 1
      const at = slots[slot] as number
      const its = positionFormOf(movedX[at] as number, movedY[at] as number)
      const mask = changed[at] as number
      const number = kind[at] as number
      const table = kinds[number] as KindTable
      const turned =
        (mask & table.angleMask) === 0 ? 0 : widestTurn(table, mask, population.row[at] as number)
      const likeness = (number << 4) | (reachOf(its) << 2) | turnReachOf(turned)
      if (group === none || likenesses[group] !== likeness || fields[group] !== mask) {
        group = this.#groupOf(mask, likeness, slot)
      }
      next[slot] = first[group] as number
      first[group] = slot
      ;(size[group] as number) += 1
      if (its > (form[group] as number)) form[group] = its
      if (turned > (turn[group] as number)) turn[group] = turned
    }
    this.staying = (tiles.population[tile] as number) - (tiles.additions[tile] as number)
    if (this.count > 1) mergeGroups(this, kinds)
  }

  /**
   * Groups what changed since the stream was told last at a slower rate, of those who were in it
   * before this tick: places and angles as they are.
   * @param masks as in `Since`, of that rate
   */
  collectSince(population: Population, stream: number, masks: Uint32Array): void {
    this.#forget()
    const { tiles, flags, kind, kinds } = population
    const slots = tiles.slots(stream)
    if (slots.length > this.next.length) this.#grow(slots.length)
    for (let slot = tiles.used(stream) - 1; slot >= 0; slot -= 1) {
      const at = slots[slot] as number
      if (at < 0 || masks[at] === 0 || ((flags[at] as number) & enteredFlag) !== 0) continue
      const fields = (masks[at] as number) & ~movedBit
      const moved = (masks[at] as number) >= movedBit
      const number = kind[at] as number
      const { angleMask } = kinds[number] as KindTable
      const group = this.#groupOf(fields, (number << 1) | (moved ? 1 : 0), slot)
      this.kind[group] = number
      this.form[group] = moved ? absoluteForm : 0
      this.turn[group] = (fields & angleMask) === 0 ? 0 : turnTooFar
      this.next[slot] = this.first[group] as number
      this.first[group] = slot
      ;(this.size[group] as number) += 1
    }
    this.staying = (tiles.population[stream] as number) - (tiles.additions[stream] as number)
    if (this.count > 1) mergeGroups(this, kinds)
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

  #groupOf(fields: number, likeness: number, slot: number): number {
    const hash = hashOf(fields, likeness)
    let group = this.#newest[hash] as number
    while (
      group !== none &&
      (this.fields[group] !== fields || this.#likeness[group] !== likeness)
    ) {
      group = this.#older[group] as number
    }
    if (group !== none) return group
    group = this.count++
    this.fields[group] = fields
    this.#likeness[group] = likeness
    this.#older[group] = this.#newest[hash] as number
    this.#newest[hash] = group
    this.#hashes[this.#hashed++] = hash
    this.form[group] = 0
    this.turn[group] = 0
    this.size[group] = 0
    this.kind[group] = likeness >> 4
    this.first[group] = none
    this.last[group] = slot
    return group
  }

  #forget(): void {
    for (let index = 0; index < this.#hashed; index += 1) {
      this.#newest[this.#hashes[index] as number] = none
    }
    this.#hashed = 0
    this.count = 0
  }

  /** There are never more groups than slots. */
  #grow(length: number): void {
    this.fields = new Int32Array(length)
    this.form = new Int32Array(length)
    this.turn = new Int32Array(length)
    this.size = new Int32Array(length)
    this.kind = new Int32Array(length)
    this.angles = new Int32Array(length)
    this.first = new Int32Array(length)
    this.last = new Int32Array(length)
    this.next = new Int32Array(length)
    this.#likeness = new Int32Array(length)
    this.#older = new Int32Array(length)
    this.#hashes = new Int32Array(length)
    this.#isChanged = new Uint8Array(length)
  }
}

function widestTurn(kind: KindTable, mask: number, row: number): number {
  const { angles } = kind
  let widest = 0
  for (let index = 0; index < angles.length; index += 1) {
    const angle = angles[index] as AngleColumn
    if ((mask & angle.bit) === 0) continue
    const its = turnOf(angle.turned[row] as number)
    if (its > widest) widest = its
  }
  return widest
}

/** Who stays, walks, rushes and jumps is told apart, lest one who jumps costs all others bits. */
function reachOf(form: number): number {
  if (form === 0) return 0
  return form <= nearFormMax ? 1 : form < absoluteForm ? 2 : 3
}

/** So is who goes on straight, bends, turns, and spins. */
function turnReachOf(turn: number): number {
  if (turn === 0) return 0
  return turn <= slightTurnMax ? 1 : turn < turnTooFar ? 2 : 3
}

function hashOf(fields: number, likeness: number): number {
  return Math.imul(Math.imul(fields, 0x85ebca6b) ^ likeness, 0x9e3779b1) >>> 24
}
