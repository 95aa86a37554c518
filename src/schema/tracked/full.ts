import { ListBase, MapBase, OptionalBase, UnionBase } from '../collections.ts'
import { RecordBase } from '../record.ts'
import type { BaseType } from '../type.ts'
import type { Writer } from '../writer.ts'
import type { ListNode } from './list-node.ts'
import type { MapNode } from './map-node.ts'
import { nodeOf } from './node.ts'
import type { RecordNode } from './record-node.ts'
import { type Sight, sees, seesOwn } from './view.ts'

/**
 * Writes the whole of a stored value. For the store that is exactly the format of `Type.write`; for
 * clients a record with `ownOnly` fields says first whether it holds them, and map entries carry
 * the slots by which deltas name them.
 */
export function writeValue(
  type: BaseType<unknown>,
  value: unknown,
  writer: Writer,
  sight: Sight,
  owner: string | undefined,
): void {
  if (type instanceof OptionalBase) {
    writer.bool(value !== undefined)
    if (value !== undefined) writeValue(type.of, value, writer, sight, owner)
  } else if (type instanceof RecordBase) {
    writeRecord(nodeOf(value) as RecordNode, writer, sight, owner)
  } else if (type instanceof UnionBase) {
    const node = nodeOf(value) as RecordNode
    writer.u8(node.variant)
    writeRecord(node, writer, sight, owner)
  } else if (type instanceof ListBase) {
    const { items } = nodeOf(value) as ListNode
    writer.varint(items.length)
    for (const item of items) writeValue(type.of, item, writer, sight, owner)
  } else if (type instanceof MapBase) {
    writeMap(type, nodeOf(value) as MapNode, writer, sight)
  } else {
    type.write(writer, value)
  }
}

function writeMap(type: MapBase, node: MapNode, writer: Writer, sight: Sight): void {
  writer.varint(node.entries.size)
  for (const { key, slot } of node.entries.values()) {
    writer.text(key)
    if (!sight.store) writer.varint(slot)
    writeValue(type.of, node.facade.get(key), writer, sight, key)
  }
}

export function writeRecord(
  node: RecordNode,
  writer: Writer,
  sight: Sight,
  owner: string | undefined,
): void {
  const { type, values } = node
  if (!sight.store && type.ownFields) writer.bool(seesOwn(sight, owner))
  for (let position = 0; position < values.length; position += 1) {
    const field = type.list[position]
    if (field !== undefined && sees(sight, field, owner)) {
      writeValue(field.type, values[position], writer, sight, owner)
    }
  }
}
