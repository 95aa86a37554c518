import type { Field } from '../record.ts'
import * as wire from '../wire.ts'
import type { Writer } from '../writer.ts'
import { writeValue } from './full.ts'
import { editOf } from './list-edit.ts'
import { ListNode } from './list-node.ts'
import { type MapEntry, MapNode } from './map-node.ts'
import { nodeOf, type TrackedNode } from './node.ts'
import { RecordNode } from './record-node.ts'
import { type Sight, sees } from './view.ts'

/**
 * Writes what changed in `node` since its last `clear()` as `sight` sees it. Returns false, having
 * written nothing, where nothing it sees has changed.
 */
export function writeNodeDelta(
  node: TrackedNode,
  writer: Writer,
  sight: Sight,
  owner: string | undefined,
): boolean {
  if (!node.dirty) return false
  const start = writer.length
  if (node instanceof RecordNode) recordDelta(node, writer, sight, owner)
  else if (node instanceof ListNode) listDelta(node, writer, sight, owner)
  else if (node instanceof MapNode) mapDelta(node, writer, sight)
  if (writer.length === start) return false
  writer.varint(wire.end)
  return true
}

/** Writes the operation `op` and the delta of `child` behind it; nothing where that is empty. */
export function patch(writer: Writer, op: number, body: () => boolean): void {
  const start = writer.length
  writer.varint(op)
  if (!body()) writer.truncate(start)
}

function recordDelta(
  node: RecordNode,
  writer: Writer,
  sight: Sight,
  owner: string | undefined,
): void {
  for (let position = 0; position < node.values.length; position += 1) {
    if (!node.marked(position)) continue
    const field = node.type.list[position] as Field
    if (!sees(sight, field, owner)) continue
    const op = field.index * wire.fieldKinds + 1
    const value = node.values[position]
    const child = nodeOf(value)
    if (child === undefined || child.fresh) {
      writer.varint(op + wire.fieldSet)
      writeValue(field.type, value, writer, sight, owner)
    } else {
      patch(writer, op + wire.fieldPatch, () => writeNodeDelta(child, writer, sight, owner))
    }
  }
}

function listDelta(node: ListNode, writer: Writer, sight: Sight, owner: string | undefined): void {
  const edit = editOf(node)
  const { of } = node.type
  if (edit.splice) {
    writer.varint(edit.start * wire.itemKinds + wire.itemSplice + 1)
    writer.varint(edit.deleted)
    writer.varint(edit.end - edit.start)
    for (let index = edit.start; index < edit.end; index += 1) {
      writeValue(of, node.items[index], writer, sight, owner)
    }
  }
  for (let index = 0; index < node.items.length; index += 1) {
    if (edit.splice && index >= edit.start && index < edit.end) continue
    const item = node.items[index]
    const op = index * wire.itemKinds + 1
    if (edit.isNew(index)) {
      writer.varint(op + wire.itemSet)
      writeValue(of, item, writer, sight, owner)
      continue
    }
    const child = nodeOf(item)
    if (child?.dirty) {
      patch(writer, op + wire.itemPatch, () => writeNodeDelta(child, writer, sight, owner))
    }
  }
}

function mapDelta(node: MapNode, writer: Writer, sight: Sight): void {
  for (const [index, slot] of node.removed.entries()) {
    const key = node.removedKeys[index] as string
    entryOp(writer, sight, wire.entryRemove, { slot, key })
  }
  for (const entry of node.changed) {
    const value = node.facade.get(entry.key)
    const child = nodeOf(value)
    if (!entry.known || child === undefined || child.fresh) {
      entryOp(writer, sight, entry.known ? wire.entrySet : wire.entryAdd, entry)
      writeValue(node.type.of, value, writer, sight, entry.key)
    } else {
      const start = writer.length
      entryOp(writer, sight, wire.entryPatch, entry)
      if (!writeNodeDelta(child, writer, sight, entry.key)) writer.truncate(start)
    }
  }
}

/**
 * The start of an operation on a map entry. Clients know entries by their slots; a stored state has
 * no slots, so what is written for the store names entries by their keys.
 */
export function entryOp(
  writer: Writer,
  sight: Sight,
  kind: number,
  entry: Pick<MapEntry, 'key' | 'slot'>,
): void {
  writer.varint((sight.store ? 0 : entry.slot) * wire.entryKinds + kind + 1)
  if (sight.store || kind === wire.entryAdd) writer.text(entry.key)
}
