import type { ListNode } from './list-node.ts'
import { nodeOf } from './node.ts'

/** The node of the list a method was called on. */
function listOf(list: unknown): ListNode {
  return nodeOf(list) as ListNode
}

/** A relative index as the methods of arrays take it: −1 is the last item. */
function clamp(value: unknown, length: number, missing: number): number {
  if (value === undefined) return missing
  const index = Math.trunc(Number(value)) || 0
  return index < 0 ? Math.max(0, length + index) : Math.min(index, length)
}

/**
 * The methods that change an array, done as one change of the list instead of a write per moved
 * item: moved items stay the same objects.
 */
export const listMethods: Readonly<
  Record<string, (this: unknown[], ...given: never[]) => unknown>
> = {
  push(...items: unknown[]) {
    const list = listOf(this)
    list.splice(list.items.length, 0, items)
    return list.items.length
  },

  pop() {
    const list = listOf(this)
    return list.splice(Math.max(0, list.items.length - 1), Math.min(1, list.items.length), [])[0]
  },

  shift() {
    const list = listOf(this)
    return list.splice(0, Math.min(1, list.items.length), [])[0]
  },

  unshift(...items: unknown[]) {
    const list = listOf(this)
    list.splice(0, 0, items)
    return list.items.length
  },

  splice(...given: unknown[]) {
    const list = listOf(this)
    const length = list.items.length
    const start = clamp(given[0], length, 0)
    const rest = length - start
    const asked = given.length === 1 ? rest : Math.trunc(Number(given[1] ?? 0)) || 0
    const deleted = given.length === 0 ? 0 : Math.min(rest, Math.max(0, asked))
    return list.splice(start, deleted, given.slice(2))
  },

  sort(compare?: (a: unknown, b: unknown) => number) {
    const list = listOf(this)
    list.reorder([...list.items].sort(compare))
    return this
  },

  reverse() {
    const list = listOf(this)
    list.reorder([...list.items].reverse())
    return this
  },

  fill(value: unknown, from?: number, to?: number) {
    const list = listOf(this)
    const length = list.items.length
    const end = clamp(to, length, length)
    for (let index = clamp(from, length, 0); index < end; index += 1) list.setAt(index, value)
    return this
  },

  copyWithin(target: number, from: number, to?: number) {
    const list = listOf(this)
    const moved = [...list.items].copyWithin(target, from, to)
    for (const [index, item] of moved.entries()) list.setAt(index, item)
    return this
  },
}
