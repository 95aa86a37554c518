import { ListBase, MapBase, UnionBase } from '../collections.ts'
import { RecordBase } from '../record.ts'
import type { BaseType } from '../type.ts'
import {
  type MirrorRecord,
  mirrorList,
  mirrorMap,
  mirrorRecord,
  type RecordValues,
} from './nodes.ts'

/** The value a mirror shows before the first full state. */
export function initialValue(type: BaseType<unknown>, store: boolean): unknown {
  if (type instanceof RecordBase) return initialRecord(type, store)
  if (type instanceof UnionBase) {
    const { name, type: record } = type.variantAt(0)
    return initialRecord(record, store, { variant: 0, tag: name })
  }
  if (type instanceof ListBase) return mirrorList(type)
  if (type instanceof MapBase) return mirrorMap(type)
  return type.initial()
}

/** A mirrored record of initial values, so that listeners can be added before anything arrives. */
export function initialRecord(
  type: RecordBase,
  store: boolean,
  union?: { readonly variant: number; readonly tag: string },
): MirrorRecord {
  const made = mirrorRecord(type, union?.variant, union?.tag)
  const values = made as unknown as RecordValues
  for (const field of type.list) {
    // What may never be sent is undefined from the start.
    if (field.visibility === 'public' || store) values[field.name] = initialValue(field.type, store)
  }
  return made
}
