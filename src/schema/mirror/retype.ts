import { ListBase, MapBase, OptionalBase } from '../collections.ts'
import { type Field, RecordBase } from '../record.ts'
import type { BaseType } from '../type.ts'
import { initialValue } from './initial.ts'
import {
  listInner,
  MirrorList,
  MirrorMap,
  type MirrorRecord,
  mapInner,
  type RecordValues,
  recordInner,
} from './nodes.ts'

/**
 * Gives a mirrored record another type, for when a server goes on with other code: what has the
 * same name and kind stays the same object with the same listeners, what is new starts with its
 * initial value, what is gone is removed. The full state that follows tells what differs.
 */
export function retypeRecord(type: RecordBase, record: MirrorRecord): void {
  const inner = recordInner(record)
  if (inner === undefined) return
  const values = record as unknown as RecordValues
  for (const name of inner.type.byName.keys()) if (!type.byName.has(name)) delete values[name]
  for (const field of type.list) values[field.name] = retypeField(field, values)
  inner.type = type
}

function retypeField(field: Field, values: RecordValues): unknown {
  const kept = retypeValue(field.type, values[field.name])
  return kept === undefined && field.visibility === 'public'
    ? initialValue(field.type, false)
    : kept
}

/** @returns the same value under its new type, or undefined where it cannot be one. */
function retypeValue(type: BaseType<unknown>, value: unknown): unknown {
  if (type instanceof OptionalBase) return retypeValue(type.of, value)
  if (type instanceof RecordBase) {
    const inner = recordInner(value)
    if (inner === undefined || inner.variant !== -1) return undefined
    retypeRecord(type, value as MirrorRecord)
    return value
  }
  if (type instanceof ListBase)
    return value instanceof MirrorList ? retypeList(type, value) : undefined
  if (type instanceof MapBase)
    return value instanceof MirrorMap ? retypeMap(type, value) : undefined
  // A union's records are those of its variants; the full state makes them anew.
  return typeof value === 'object' ? undefined : value
}

function retypeList(type: ListBase, list: MirrorList): MirrorList {
  listInner(list).type = type
  for (let index = 0; index < list.length; index += 1) {
    list[index] = retypeValue(type.of, list[index]) ?? initialValue(type.of, false)
  }
  return list
}

function retypeMap(type: MapBase, map: MirrorMap): MirrorMap {
  mapInner(map).type = type
  for (const [key, value] of map) {
    map.set(key, retypeValue(type.of, value) ?? initialValue(type.of, false))
  }
  return map
}
