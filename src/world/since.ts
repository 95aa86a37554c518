import { grown } from './columns.ts'
import { place } from './handles.ts'
import type { KindTable } from './kinds.ts'
import { none } from './tiles.ts'

/** Slower rates at which streams are told: every fourth tick, every sixteenth. */
export const slowRates = [4, 16] as const
export const slowestRate = 16

/** Stands in a mask for the position; the lower bits are those of fields. */
export const movedBit = 0x80000000

/**
 * Ticks in which a stream's changes are told at a rate. Those of a row of tiles have the same, so
 * that their deltas stay neighbours.
 */
export function isFlushTick(tick: number, rate: number, row: number): boolean {
  return tick % rate === row % rate
}

/**
 * What has changed of each entity since its stream was told at a slower rate last. It may name too
 * much, never too little: nothing is cleared where nobody was told.
 */
export class Since {
  /** By rate, as in `slowRates`, and by the entity's place. */
  readonly masks: Uint32Array[]

  /** Of all there are now everything may have changed. */
  constructor(places: number, kinds: readonly KindTable[]) {
    this.masks = slowRates.map(() => new Uint32Array(places))
    for (const { visible, handles } of kinds) {
      const all = ((2 ** visible.length - 1) | movedBit) >>> 0
      for (const handle of handles) {
        if (handle !== undefined) for (const masks of this.masks) masks[handle[place]] = all
      }
    }
  }

  grow(length: number): void {
    for (const [index, masks] of this.masks.entries()) this.masks[index] = grown(masks, length)
  }

  /** Something has. */
  note(at: number, fields: number, moved: boolean): void {
    const mask = moved ? fields | movedBit : fields
    for (let index = 0; index < this.masks.length; index += 1) {
      const masks = this.masks[index] as Uint32Array
      masks[at] = (masks[at] as number) | mask
    }
  }

  /** It is told as a whole, at every rate. */
  clear(at: number): void {
    for (let index = 0; index < this.masks.length; index += 1) {
      ;(this.masks[index] as Uint32Array)[at] = 0
    }
  }

  /** All in these slots were told at a rate. */
  flushed(rate: number, slots: Int32Array, used: number): void {
    const masks = this.masks[rate] as Uint32Array
    for (let slot = 0; slot < used; slot += 1) {
      const at = slots[slot] as number
      if (at > none) masks[at] = 0
    }
  }
}
