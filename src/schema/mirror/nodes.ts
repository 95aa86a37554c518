import type { ListBase, MapBase } from '../collections.ts'
import type { RecordBase } from '../record.ts'
import { Listeners } from './listeners.ts'

/** Where a mirrored value keeps what is not the user's. */
const innerSymbol = Symbol('realmkit.mirror')

/** What a mirrored record knows besides its fields. */
export interface RecordInner {
  type: RecordBase
  /** The variant's number where this is the value of a union, else −1. */
  readonly variant: number
  readonly changed: Listeners<[readonly string[]]>
}

/** A mirrored record: its fields are own properties, its listeners sit behind the prototype. */
export class MirrorRecord {
  declare readonly [innerSymbol]: RecordInner

  onChange(listener: (fields: readonly string[]) => void): () => void {
    return this[innerSymbol].changed.add(listener)
  }
}

/** A mirrored record's fields, for writing. */
export type RecordValues = Record<string, unknown>

/** A record without values yet. */
export function mirrorRecord(type: RecordBase, variant = -1, tag?: string): MirrorRecord {
  const made = new MirrorRecord()
  const inner: RecordInner = { type, variant, changed: new Listeners() }
  Object.defineProperty(made, innerSymbol, { value: inner })
  const values = made as unknown as RecordValues
  if (tag !== undefined) values['type'] = tag
  for (const { name } of type.list) values[name] = undefined
  return made
}

/** What is known of a mirrored record; `undefined` for any other value. */
export function recordInner(value: unknown): RecordInner | undefined {
  return value instanceof MirrorRecord ? value[innerSymbol] : undefined
}

/** What a mirrored list knows besides its elements. */
export interface ListInner {
  type: ListBase
  readonly changed: Listeners<[]>
}

/** A mirrored list. What is derived from it (`map`, `filter`) is an ordinary array. */
export class MirrorList extends Array<unknown> {
  declare readonly [innerSymbol]: ListInner

  static override get [Symbol.species](): ArrayConstructor {
    return Array
  }

  onChange(listener: () => void): () => void {
    return this[innerSymbol].changed.add(listener)
  }
}

/** An empty list. */
export function mirrorList(type: ListBase): MirrorList {
  const made = new MirrorList()
  Object.defineProperty(made, innerSymbol, { value: { type, changed: new Listeners() } })
  return made
}

/** What is known of a mirrored list. */
export function listInner(list: MirrorList): ListInner {
  return list[innerSymbol]
}

type EntryListeners = Listeners<[string, unknown]>

/** What a mirrored map knows besides its entries. */
export interface MapInner {
  type: MapBase
  /** The keys by the slots with which deltas name them, and the other way round. */
  keys: Map<number, string>
  slots: Map<string, number>
  readonly added: EntryListeners
  readonly changed: EntryListeners
  readonly removed: EntryListeners
}

/** A mirrored map. */
export class MirrorMap extends Map<string, unknown> {
  declare readonly [innerSymbol]: MapInner

  onAdd(listener: (key: string, value: unknown) => void): () => void {
    const end = this[innerSymbol].added.add(listener)
    for (const [key, value] of [...this]) listener(key, value)
    return end
  }

  onChange(listener: (key: string, value: unknown) => void): () => void {
    return this[innerSymbol].changed.add(listener)
  }

  onRemove(listener: (key: string, value: unknown) => void): () => void {
    return this[innerSymbol].removed.add(listener)
  }

  /** JSON knows no maps: there a map is an object. */
  toJSON(): Record<string, unknown> {
    return Object.fromEntries(this)
  }
}

/** An empty map. */
export function mirrorMap(type: MapBase): MirrorMap {
  const made = new MirrorMap()
  const inner: MapInner = {
    type,
    keys: new Map(),
    slots: new Map(),
    added: new Listeners(),
    changed: new Listeners(),
    removed: new Listeners(),
  }
  Object.defineProperty(made, innerSymbol, { value: inner })
  return made
}

/** What is known of a mirrored map. */
export function mapInner(map: MirrorMap): MapInner {
  return map[innerSymbol]
}
