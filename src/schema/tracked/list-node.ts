import type { ListBase } from '../collections.ts'
import { same } from '../same.ts'
import { invalid, shown } from '../type.ts'
import { listMethods } from './list-methods.ts'
import {
  attach,
  checked,
  detach,
  type NodeParent,
  nodeOf,
  nodeSymbol,
  type Root,
  TrackedNode,
} from './node.ts'

/** In the journal: all items are put back, not one. */
const wholeList = Symbol('wholeList')

/** The index a property name stands for, or −1. */
function indexOf(property: string | symbol): number {
  if (typeof property === 'symbol') return -1
  const index = Number(property)
  return Number.isInteger(index) && index >= 0 && String(index) === property ? index : -1
}

/** A list within a tracked state. Game code sees a proxy of `items`, which looks like any array. */
export class ListNode extends TrackedNode {
  readonly type: ListBase
  /** Scalars, or the facades of nodes. */
  readonly items: unknown[]
  readonly facade: unknown[]
  /** The items as every mirror has them; undefined while they are the present ones. */
  base: readonly unknown[] | undefined
  #savedIn = -1

  constructor(
    root: Root,
    parent: NodeParent,
    key: unknown,
    content: { readonly type: ListBase; readonly items: readonly unknown[] },
  ) {
    super(root, parent, key)
    this.type = content.type
    this.items = content.items.map((item) => this.#adopt(item))
    this.facade = new Proxy(this.items, new ListTraps(this))
  }

  #adopt(item: unknown): unknown {
    return this.root.adopt(this.type.of, item, { root: this.root, parent: this, key: undefined })
  }

  #check(value: unknown, index: number): unknown {
    return checked(this.type.of, value, () => `${this.path}[${index}]`)
  }

  #beforeChange(): void {
    if (!this.fresh && this.base === undefined) this.base = this.items.slice()
  }

  /** Before items move: the journal keeps the whole list, once a transaction. */
  #beforeMove(): void {
    this.#beforeChange()
    const { journal, transaction } = this.root
    if (journal === undefined || this.#savedIn === transaction) return
    this.#savedIn = transaction
    this.record(wholeList, this.items.slice())
  }

  /** Replaces `deleted` items from `start` on (both within the list) and returns what was there. */
  splice(start: number, deleted: number, inserted: readonly unknown[]): unknown[] {
    const count = this.items.length - deleted + inserted.length
    if (count > this.type.max) {
      return invalid(this.path, `expected at most ${this.type.max} items, got ${count}`)
    }
    const fits = inserted.map((item, index) => this.#check(item, start + index))
    if (deleted === 0 && fits.length === 0) return []
    this.#beforeMove()
    const removed = this.items.splice(start, deleted, ...fits.map((item) => this.#adopt(item)))
    for (const item of removed) detach(item)
    this.markDirty()
    return removed
  }

  /** Puts the same items into another order. */
  reorder(items: readonly unknown[]): void {
    this.#beforeMove()
    for (let index = 0; index < items.length; index += 1) this.items[index] = items[index]
    this.markDirty()
  }

  setAt(index: number, value: unknown): void {
    if (index === this.items.length) {
      this.splice(index, 0, [value])
      return
    }
    if (index > this.items.length) {
      invalid(
        `${this.path}[${index}]`,
        `a list has no holes, and this one ends at ${this.items.length}`,
      )
    }
    const old = this.items[index]
    if (value === old && nodeOf(old) !== undefined) return
    const fits = this.#check(value, index)
    if (same(fits, old)) return
    this.#beforeChange()
    this.items[index] = this.#adopt(fits)
    detach(old)
    if (this.#savedIn !== this.root.transaction) this.record(index, old)
    this.markDirty()
  }

  setLength(value: unknown): void {
    const length = this.items.length
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > length) {
      invalid(`${this.path}.length`, `expected an integer 0…${length}, got ${shown(value)}`)
    }
    this.splice(value as number, length - (value as number), [])
  }

  childDirty(): void {
    this.markDirty()
  }

  pathOf(child: TrackedNode): string {
    return `${this.path}[${this.items.indexOf(child.facade)}]`
  }

  clear(): void {
    if (this.fresh || this.dirty) {
      for (const item of this.items) {
        const node = nodeOf(item)
        if (node?.fresh || node?.dirty) node.clear()
      }
    }
    this.base = undefined
    this.fresh = false
    this.dirty = false
  }

  undo(a: unknown, b: unknown): void {
    if (a === wholeList) {
      for (const item of this.items) detach(item)
      const saved = b as unknown[]
      this.items.length = 0
      for (const item of saved) {
        this.items.push(item)
        attach(item, this, undefined)
      }
      return
    }
    const index = a as number
    detach(this.items[index])
    this.items[index] = b
    attach(b, this, undefined)
  }
}

/** What makes the array of a list node's items tell the node of every write. */
class ListTraps implements ProxyHandler<unknown[]> {
  readonly #node: ListNode

  constructor(node: ListNode) {
    this.#node = node
  }

  get(items: unknown[], property: string | symbol): unknown {
    if (property === nodeSymbol) return this.#node
    if (typeof property === 'string' && Object.hasOwn(listMethods, property)) {
      return listMethods[property]
    }
    return Reflect.get(items, property)
  }

  set(_items: unknown[], property: string | symbol, value: unknown): boolean {
    const index = indexOf(property)
    if (index >= 0) this.#node.setAt(index, value)
    else if (property === 'length') this.#node.setLength(value)
    else return false
    return true
  }

  // Deleting an index would leave a hole, and other properties are no part of the list.
  deleteProperty(): boolean {
    return false
  }

  defineProperty(): boolean {
    return false
  }

  setPrototypeOf(): boolean {
    return false
  }

  preventExtensions(): boolean {
    return false
  }
}
