import { RealmError } from '../../errors/index.ts'
import { checkCount, ListBase, MapBase, OptionalBase, UnionBase } from '../collections.ts'
import { RecordBase } from '../record.ts'
import { same } from '../same.ts'
import type { BaseType } from '../type.ts'
import {
  listInner,
  MirrorList,
  MirrorMap,
  type MirrorRecord,
  mapInner,
  mirrorList,
  mirrorMap,
  mirrorRecord,
  type RecordValues,
  recordInner,
} from './nodes.ts'
import { isSent, refused, tell, type Update } from './update.ts'

/**
 * Reads a whole value over what was there: objects that go on existing keep their identity, and
 * what differs counts as a change.
 */
export function readValue(type: BaseType<unknown>, old: unknown, update: Update): unknown {
  if (type instanceof OptionalBase) {
    if (update.reader.bool()) return readValue(type.of, old, update)
    if (old !== undefined) update.changes += 1
    return undefined
  }
  if (type instanceof RecordBase) return readRecordValue(type, old, update)
  if (type instanceof UnionBase) {
    const variant = update.reader.u8()
    const { name, type: record } = type.variantAt(variant)
    return readRecordValue(record, old, update, { variant, tag: name })
  }
  if (type instanceof ListBase) return readList(type, old, update)
  if (type instanceof MapBase) return readMap(type, old, update)
  const value = type.read(update.reader)
  if (!same(old, value)) update.changes += 1
  return value
}

function readRecordValue(
  type: RecordBase,
  old: unknown,
  update: Update,
  union?: { readonly variant: number; readonly tag: string },
): MirrorRecord {
  const inner = recordInner(old)
  const kept = inner?.type === type && inner.variant === (union?.variant ?? -1)
  const target = kept ? (old as MirrorRecord) : mirrorRecord(type, union?.variant, union?.tag)
  if (!kept) update.changes += 1
  readRecord(type, target, update)
  return target
}

/**
 * Reads a whole record into `target`. In a delta, hidden fields that were not sent stay as they
 * are: the private delta that follows says what became of them.
 */
export function readRecord(type: RecordBase, target: MirrorRecord, update: Update): void {
  const values = target as unknown as RecordValues
  const own = !update.store && type.ownFields && update.reader.bool()
  const changed: string[] = []
  for (const field of type.list) {
    const before = update.changes
    if (isSent(update, field, own)) {
      values[field.name] = readValue(field.type, values[field.name], update)
    } else if (update.full && values[field.name] !== undefined) {
      values[field.name] = undefined
      update.changes += 1
    }
    if (update.changes > before) changed.push(field.name)
  }
  tellRecord(target, changed, update)
}

/** Notes that these fields of a record changed. */
export function tellRecord(target: MirrorRecord, changed: readonly string[], update: Update): void {
  const inner = recordInner(target)
  if (inner !== undefined && changed.length > 0) tell(update, inner.changed, [changed])
}

function readList(type: ListBase, old: unknown, update: Update): MirrorList {
  const count = update.reader.varint()
  checkCount(update.reader, count, type.max, type.of.bytesMin)
  const before = update.changes
  const list = old instanceof MirrorList ? old : mirrorList(type)
  if (list !== old || list.length !== count) update.changes += 1
  if (list.length > count) list.length = count
  for (let index = 0; index < count; index += 1) {
    const value = readValue(type.of, list[index], update)
    if (index < list.length) list[index] = value
    else list.push(value)
  }
  if (update.changes > before) tell(update, listInner(list).changed, [])
  return list
}

/**
 * Reads the slot of an entry: no two entries of a map share one, and there are no more than fit.
 */
export function checkSlot(slot: number, taken: ReadonlyMap<number, string>, max: number): void {
  if (slot >= max || taken.has(slot)) throw refused('An entry of a map has a slot it cannot have.')
}

function readMap(type: MapBase, old: unknown, update: Update): MirrorMap {
  const { reader, store } = update
  const count = reader.varint()
  checkCount(reader, count, type.max, type.of.bytesMin + (store ? 1 : 2))
  const target = old instanceof MirrorMap ? old : mirrorMap(type)
  if (target !== old) update.changes += 1
  const inner = mapInner(target)
  const entries = new Map<string, unknown>()
  const keys = new Map<number, string>()
  const slots = new Map<string, number>()
  for (let index = 0; index < count; index += 1) {
    const key = reader.text(type.keyMax)
    if (entries.has(key)) throw refused('A map has a key twice.')
    const slot = store ? index : reader.varint()
    checkSlot(slot, keys, type.max)
    keys.set(slot, key)
    slots.set(key, slot)
    entries.set(key, readEntry(type, target, key, update))
  }
  for (const [key, value] of target) {
    if (entries.has(key)) continue
    update.changes += 1
    tell(update, inner.removed, [key, value])
  }
  // Refilled as a whole, so that entries come in the order the server has them.
  target.clear()
  for (const [key, value] of entries) target.set(key, value)
  inner.keys = keys
  inner.slots = slots
  return target
}

/** Reads the whole value of a new or present key. The caller puts it into the map. */
export function readEntry(type: MapBase, target: MirrorMap, key: string, update: Update): unknown {
  const inner = mapInner(target)
  const known = target.has(key)
  const before = update.changes
  const value = readValue(type.of, target.get(key), update)
  if (!known) {
    update.changes += 1
    tell(update, inner.added, [key, value])
  } else if (update.changes > before) {
    tell(update, inner.changed, [key, value])
  }
  return value
}

/** Refuses one entry more than fit. */
export function checkRoom(size: number, max: number): void {
  if (size > max) throw new RealmError('SCHEMA_LIMIT', `${size} entries, at most ${max} fit.`)
}
