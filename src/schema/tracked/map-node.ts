import type { MapBase } from '../collections.ts'
import { same } from '../same.ts'
import { invalid, shown } from '../type.ts'
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
import { dropRaw, putRaw, TrackedMap } from './tracked-map.ts'

/** What is known of one key besides its value. */
export interface MapEntry {
  readonly key: string
  /** The entry's short name on the wire: a small number, free again once the entry is gone. */
  readonly slot: number
  /** Whether the mirrors have this entry. */
  known: boolean
}

/** In the journal: the entry was not there before. */
const absent = Symbol('absent')
/** In the journal: the whole map is put back. */
const wholeMap = Symbol('wholeMap')

/**
 * A map as it was before the first removal of a transaction; it restores the order of entries too.
 */
interface Saved {
  readonly entries: readonly (readonly [MapEntry, unknown])[]
  readonly dirty: ReadonlySet<MapEntry>
  readonly removed: readonly number[]
  readonly removedKeys: readonly string[]
  readonly free: readonly number[]
  readonly slots: number
}

/** A map within a tracked state. Game code sees a `Map` whose writes are told to this node. */
export class MapNode extends TrackedNode {
  readonly type: MapBase
  readonly facade: TrackedMap
  readonly entries = new Map<string, MapEntry>()
  /** Entries added or changed since the last delta. */
  readonly changed = new Set<MapEntry>()
  /** Slots, and keys in the same order, of entries the mirrors have and the state no longer has. */
  removed: number[] = []
  removedKeys: string[] = []
  #free: number[] = []
  #slots = 0
  #savedIn = -1

  constructor(
    root: Root,
    parent: NodeParent,
    key: unknown,
    content: { readonly type: MapBase; readonly entries: ReadonlyMap<string, unknown> },
  ) {
    super(root, parent, key)
    this.type = content.type
    this.facade = new TrackedMap()
    Object.defineProperty(this.facade, nodeSymbol, { value: this })
    for (const [name, value] of content.entries) this.#add(name, value)
  }

  #add(key: string, fits: unknown): MapEntry {
    const slot = this.#free.pop() ?? this.#slots++
    const entry: MapEntry = { key, slot, known: false }
    this.entries.set(key, entry)
    this.changed.add(entry)
    const place = { root: this.root, parent: this, key: entry }
    putRaw(this.facade, key, this.root.adopt(this.type.of, fits, place))
    return entry
  }

  #remove(entry: MapEntry): void {
    detach(this.facade.get(entry.key))
    dropRaw(this.facade, entry.key)
    this.entries.delete(entry.key)
    this.changed.delete(entry)
    this.#free.push(entry.slot)
  }

  get #journalled(): boolean {
    return this.root.journal !== undefined && this.#savedIn !== this.root.transaction
  }

  set(key: unknown, value: unknown): void {
    const name = this.type.checkKey(key, this.path)
    const old = this.facade.get(name)
    if (value === old && nodeOf(old) !== undefined) return
    const entry = this.entries.get(name)
    if (entry === undefined && this.entries.size >= this.type.max) {
      invalid(this.path, `expected at most ${this.type.max} entries`)
    }
    const fits = checked(this.type.of, value, () => `${this.path}[${shown(name)}]`)
    if (entry === undefined) {
      const added = this.#add(name, fits)
      if (this.#journalled) this.record(added, absent)
      this.markDirty()
      return
    }
    if (same(fits, old)) return
    putRaw(
      this.facade,
      name,
      this.root.adopt(this.type.of, fits, { root: this.root, parent: this, key: entry }),
    )
    detach(old)
    if (this.#journalled) this.record(entry, old)
    this.#mark(entry)
  }

  delete(key: unknown): boolean {
    const entry = this.entries.get(key as string)
    if (entry === undefined) return false
    if (this.#journalled) this.record(wholeMap, this.#save())
    this.#remove(entry)
    if (entry.known) {
      this.removed.push(entry.slot)
      this.removedKeys.push(entry.key)
    }
    this.markDirty()
    return true
  }

  #mark(entry: MapEntry): void {
    this.changed.add(entry)
    this.markDirty()
  }

  childDirty(child: TrackedNode): void {
    this.#mark(child.key as MapEntry)
  }

  pathOf(child: TrackedNode): string {
    return `${this.path}[${shown((child.key as MapEntry).key)}]`
  }

  clear(): void {
    for (const entry of this.changed) {
      entry.known = true
      nodeOf(this.facade.get(entry.key))?.clear()
    }
    this.changed.clear()
    this.removed = []
    this.removedKeys = []
    this.fresh = false
    this.dirty = false
  }

  #save(): Saved {
    this.#savedIn = this.root.transaction
    return {
      entries: [...this.entries.values()].map((entry) => [entry, this.facade.get(entry.key)]),
      dirty: new Set(this.changed),
      removed: [...this.removed],
      removedKeys: [...this.removedKeys],
      free: [...this.#free],
      slots: this.#slots,
    }
  }

  #restore(saved: Saved): void {
    for (const value of this.facade.values()) detach(value)
    Map.prototype.clear.call(this.facade)
    this.entries.clear()
    this.changed.clear()
    for (const entry of saved.dirty) this.changed.add(entry)
    this.removed = [...saved.removed]
    this.removedKeys = [...saved.removedKeys]
    this.#free = [...saved.free]
    this.#slots = saved.slots
    for (const [entry, value] of saved.entries) {
      this.entries.set(entry.key, entry)
      putRaw(this.facade, entry.key, value)
      attach(value, this, entry)
    }
  }

  undo(a: unknown, b: unknown): void {
    if (a === wholeMap) {
      this.#restore(b as Saved)
      return
    }
    const entry = a as MapEntry
    if (b === absent) {
      this.#remove(entry)
      return
    }
    detach(this.facade.get(entry.key))
    putRaw(this.facade, entry.key, b)
    attach(b, this, entry)
  }
}
