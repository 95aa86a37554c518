import type { Address } from '../cluster/index.ts'

/**
 * The index by which sleeping actors are found when a reminder is due: one record per actor that
 * has reminders, `due/<slice>/<time>/<address>`, written in the transaction that changed them.
 * Slices are shared out over the nodes.
 */
export const dueSlices = 16

const timeDigits = 16

/** @param wallMs a whole number, 0 … 8.64e15 */
export function dueKey(address: Address, wallMs: number): string {
  return `${slicePrefix(sliceOf(address))}${String(wallMs).padStart(timeDigits, '0')}/${address}`
}

export function slicePrefix(slice: number): string {
  return `due/${slice.toString(16)}/`
}

export interface Due {
  readonly wallMs: number
  readonly address: Address
}

/** What a key of the index says; undefined for a key that is none. */
export function readDueKey(key: string): Due | undefined {
  const found = /^due\/[0-9a-f]\/(\d{16})\/(.+)$/.exec(key)
  if (found === null) return undefined
  return { wallMs: Number(found[1]), address: found[2] as string }
}

/** FNV-1a: the same at every node, for ever. */
function sliceOf(address: Address): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < address.length; index += 1) {
    hash = Math.imul(hash ^ address.charCodeAt(index), 0x01000193)
  }
  return ((hash ^ (hash >>> 16)) >>> 0) % dueSlices
}
