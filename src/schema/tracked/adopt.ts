import { ListBase, MapBase, OptionalBase, type Tagged, UnionBase } from '../collections.ts'
import { RecordBase } from '../record.ts'
import type { BaseType } from '../type.ts'
import { ListNode } from './list-node.ts'
import { MapNode } from './map-node.ts'
import type { Place } from './node.ts'
import { RecordNode } from './record-node.ts'

/** Makes a checked plain value part of a tracked state: returns what is stored for it. */
export function adopt(type: BaseType<unknown>, value: unknown, place: Place): unknown {
  const { root, parent, key } = place
  if (value === undefined) return undefined
  if (type instanceof OptionalBase) return adopt(type.of, value, place)
  if (type instanceof RecordBase) {
    const content = { type, value: value as Record<string, unknown> }
    return new RecordNode(root, parent, key, content).facade
  }
  if (type instanceof UnionBase) {
    const tagged = value as Tagged
    const variant = type.indexOf(tagged)
    const { name, type: record } = type.variantAt(variant)
    const content = { type: record, value: tagged, variant, tag: name }
    return new RecordNode(root, parent, key, content).facade
  }
  if (type instanceof ListBase) {
    return new ListNode(root, parent, key, { type, items: value as unknown[] }).facade
  }
  if (type instanceof MapBase) {
    const content = { type, entries: value as Map<string, unknown> }
    return new MapNode(root, parent, key, content).facade
  }
  return value
}
