import { checkCount } from '../collections.ts'
import * as wire from '../wire.ts'
import {
  listInner,
  MirrorList,
  MirrorMap,
  MirrorRecord,
  mapInner,
  type RecordValues,
  recordInner,
} from './nodes.ts'
import { checkRoom, checkSlot, readEntry, readValue, tellRecord } from './read-full.ts'
import { refused, tell, type Update } from './update.ts'

/** Reads a delta of whatever `target` is. */
function readPatch(target: unknown, update: Update): void {
  if (target instanceof MirrorRecord) readRecordDelta(target, update)
  else if (target instanceof MirrorList) readListDelta(target, update)
  else if (target instanceof MirrorMap) readMapDelta(target, update)
  else throw refused('A delta changes within a value that is not there.')
}

/** Reads a delta of a record into it. */
export function readRecordDelta(target: MirrorRecord, update: Update): void {
  const type = recordInner(target)?.type
  const values = target as unknown as RecordValues
  const changed: string[] = []
  for (let op = update.reader.varint(); op !== wire.end; op = update.reader.varint()) {
    const field = type?.byIndex[Math.floor((op - 1) / wire.fieldKinds)]
    if (field === undefined || (field.visibility === 'server' && !update.store)) {
      throw refused('A delta changes a field that does not exist.')
    }
    const before = update.changes
    const value = values[field.name]
    if ((op - 1) % wire.fieldKinds === wire.fieldPatch) readPatch(value, update)
    else values[field.name] = readValue(field.type, value, update)
    if (update.changes > before && !changed.includes(field.name)) changed.push(field.name)
  }
  tellRecord(target, changed, update)
}

function readListDelta(target: MirrorList, update: Update): void {
  const before = update.changes
  for (let op = update.reader.varint(); op !== wire.end; op = update.reader.varint()) {
    const index = Math.floor((op - 1) / wire.itemKinds)
    const kind = (op - 1) % wire.itemKinds
    if (kind === wire.itemSplice) {
      readSplice(target, index, update)
      continue
    }
    if (index >= target.length) throw refused('A delta changes an item that does not exist.')
    if (kind === wire.itemPatch) readPatch(target[index], update)
    else target[index] = readValue(listInner(target).type.of, target[index], update)
  }
  if (update.changes > before) tell(update, listInner(target).changed, [])
}

function readSplice(target: MirrorList, start: number, update: Update): void {
  const { of, max } = listInner(target).type
  const deleted = update.reader.varint()
  const inserted = update.reader.varint()
  if (start + deleted > target.length) throw refused('A delta removes items that do not exist.')
  checkCount(update.reader, inserted, max, of.bytesMin)
  checkRoom(target.length - deleted + inserted, max)
  const tail = target.slice(start + deleted)
  const items: unknown[] = []
  for (let index = 0; index < inserted; index += 1) items.push(readValue(of, undefined, update))
  target.length = start
  for (const item of items) target.push(item)
  for (const item of tail) target.push(item)
  update.changes += 1
}

function readMapDelta(target: MirrorMap, update: Update): void {
  const { type } = mapInner(target)
  for (let op = update.reader.varint(); op !== wire.end; op = update.reader.varint()) {
    const slot = Math.floor((op - 1) / wire.entryKinds)
    const kind = (op - 1) % wire.entryKinds
    if (kind === wire.entryAdd) {
      addEntry(target, slot, update)
      continue
    }
    const key = update.store ? update.reader.text(type.keyMax) : mapInner(target).keys.get(slot)
    if (key === undefined || !target.has(key)) {
      throw refused('A delta changes an entry that does not exist.')
    }
    if (kind === wire.entryRemove) removeEntry(target, key, update)
    else if (kind === wire.entrySet) target.set(key, readEntry(type, target, key, update))
    else patchEntry(target, key, update)
  }
}

function addEntry(target: MirrorMap, slot: number, update: Update): void {
  const { type, keys, slots } = mapInner(target)
  const key = update.reader.text(type.keyMax)
  if (target.has(key)) throw refused('A delta adds an entry that exists.')
  checkRoom(target.size + 1, type.max)
  if (!update.store) {
    checkSlot(slot, keys, type.max)
    keys.set(slot, key)
    slots.set(key, slot)
  }
  target.set(key, readEntry(type, target, key, update))
}

function removeEntry(target: MirrorMap, key: string, update: Update): void {
  const inner = mapInner(target)
  const value = target.get(key)
  target.delete(key)
  inner.keys.delete(inner.slots.get(key) ?? -1)
  inner.slots.delete(key)
  update.changes += 1
  tell(update, inner.removed, [key, value])
}

function patchEntry(target: MirrorMap, key: string, update: Update): void {
  const value = target.get(key)
  const before = update.changes
  readPatch(value, update)
  if (update.changes > before) tell(update, mapInner(target).changed, [key, value])
}
