import { same } from '../same.ts'
import type { ListNode } from './list-node.ts'

/** How the items of a list differ from those the mirrors have. */
export interface ListEdit {
  /** Whether `deleted` items from `start` on are replaced by those in [start, end) as a whole. */
  readonly splice: boolean
  readonly start: number
  readonly end: number
  readonly deleted: number
  /** Whether the mirrors get all of the item at this index, not only its changes. */
  isNew(index: number): boolean
}

const untouched: ListEdit = {
  splice: false,
  start: 0,
  end: 0,
  deleted: 0,
  isNew: () => false,
}

/**
 * Compares the list with what the mirrors have: between what is equal at its start and at its end
 * lies what changed. That is replaced as a whole, or item by item where few of as many differ.
 */
export function editOf(node: ListNode): ListEdit {
  const { base, items } = node
  if (base === undefined) return node.fresh ? { ...untouched, isNew: () => true } : untouched
  const shorter = Math.min(base.length, items.length)
  let start = 0
  while (start < shorter && same(base[start], items[start])) start += 1
  let tail = 0
  while (
    tail < shorter - start &&
    same(base[base.length - 1 - tail], items[items.length - 1 - tail])
  ) {
    tail += 1
  }
  const end = items.length - tail
  const deleted = base.length - tail - start
  if (deleted === 0 && end === start) return untouched
  const inside = (index: number) => index >= start && index < end
  if (deleted !== end - start) return { splice: true, start, end, deleted, isNew: inside }
  const differs = (index: number) => inside(index) && !same(base[index], items[index])
  let differing = 0
  for (let index = start; index < end; index += 1) if (differs(index)) differing += 1
  const splice = differing > 2 && differing * 2 > end - start
  return { splice, start, end, deleted, isNew: splice ? inside : differs }
}
