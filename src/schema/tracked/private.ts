import type { Field } from '../record.ts'
import type { BaseType } from '../type.ts'
import * as wire from '../wire.ts'
import type { Writer } from '../writer.ts'
import { entryOp, patch, writeNodeDelta } from './delta.ts'
import { writeValue } from './full.ts'
import { editOf } from './list-edit.ts'
import { ListNode } from './list-node.ts'
import { MapNode } from './map-node.ts'
import { nodeOf, presentType, type TrackedNode } from './node.ts'
import { RecordNode } from './record-node.ts'
import type { Sight } from './view.ts'

/**
 * Something in a node that a private delta may have to reach. `all` says that the public delta
 * wrote the whole child, without its hidden fields: then all of them count as changed.
 */
interface Step {
  readonly child: TrackedNode
  readonly all: boolean
  readonly owner: string | undefined
  /** Writes the operation that leads to the child. */
  lead(writer: Writer, sight: Sight): void
}

function hidesInside(type: BaseType<unknown>): boolean {
  return presentType(type).hasOwn
}

function* recordSteps(node: RecordNode, all: boolean, owner: string | undefined): Generator<Step> {
  for (const [position, field] of node.type.list.entries()) {
    if (field.visibility !== 'public' || !hidesInside(field.type)) continue
    const child = nodeOf(node.values[position])
    if (child === undefined || !(all || node.marked(position))) continue
    const lead = (writer: Writer) => {
      writer.varint(field.index * wire.fieldKinds + wire.fieldPatch + 1)
    }
    yield { child, all: all || child.fresh, owner, lead }
  }
}

function* listSteps(node: ListNode, all: boolean, owner: string | undefined): Generator<Step> {
  const edit = editOf(node)
  for (const [index, item] of node.items.entries()) {
    const child = nodeOf(item)
    const whole = all || edit.isNew(index)
    if (child === undefined || !(whole || child.dirty)) continue
    const lead = (writer: Writer) => {
      writer.varint(index * wire.itemKinds + wire.itemPatch + 1)
    }
    yield { child, all: whole, owner, lead }
  }
}

function* mapSteps(node: MapNode, all: boolean): Generator<Step> {
  for (const entry of all ? node.entries.values() : node.changed) {
    const child = nodeOf(node.facade.get(entry.key))
    if (child === undefined) continue
    const lead = (writer: Writer, sight: Sight) => entryOp(writer, sight, wire.entryPatch, entry)
    yield { child, all: all || !entry.known || child.fresh, owner: entry.key, lead }
  }
}

function steps(node: TrackedNode, all: boolean, owner: string | undefined): Iterable<Step> {
  if (node instanceof RecordNode) return node.type.hasOwn ? recordSteps(node, all, owner) : []
  if (node instanceof ListNode) return hidesInside(node.type.of) ? listSteps(node, all, owner) : []
  if (node instanceof MapNode) return hidesInside(node.type.of) ? mapSteps(node, all) : []
  return []
}

/** The `ownOnly` fields of this very record that count as changed, by position. */
function* changedOwn(node: TrackedNode, all: boolean): Generator<[number, Field]> {
  if (!(node instanceof RecordNode) || !node.type.ownFields) return
  for (const [position, field] of node.type.list.entries()) {
    if (field.visibility === 'own' && (all || node.marked(position))) yield [position, field]
  }
}

/** Writes the hidden changes of one player; returns false, having written nothing, for none. */
export function writePrivateDelta(
  node: TrackedNode,
  writer: Writer,
  sight: Sight,
  owner: string | undefined,
  all: boolean,
): boolean {
  const start = writer.length
  if (owner !== undefined && owner === sight.player) {
    for (const [position, field] of changedOwn(node, all)) {
      ownField(node as RecordNode, position, field, { writer, sight, owner, all })
    }
  }
  for (const step of steps(node, all, owner)) {
    const before = writer.length
    step.lead(writer, sight)
    if (!writePrivateDelta(step.child, writer, sight, step.owner, step.all)) writer.truncate(before)
  }
  if (writer.length === start) return false
  writer.varint(wire.end)
  return true
}

function ownField(
  node: RecordNode,
  position: number,
  field: Field,
  to: { writer: Writer; sight: Sight; owner: string; all: boolean },
): void {
  const { writer, sight, owner, all } = to
  const value = node.values[position]
  const child = nodeOf(value)
  const op = field.index * wire.fieldKinds + 1
  if (all || child === undefined || child.fresh) {
    writer.varint(op + wire.fieldSet)
    writeValue(field.type, value, writer, sight, owner)
  } else {
    patch(writer, op + wire.fieldPatch, () => writeNodeDelta(child, writer, sight, owner))
  }
}

/** Adds to `owners` everyone who has hidden changes in `node`. */
export function collectOwners(
  node: TrackedNode,
  owners: Set<string>,
  owner: string | undefined,
  all: boolean,
): void {
  if (owner !== undefined && !owners.has(owner) && !changedOwn(node, all).next().done) {
    owners.add(owner)
  }
  for (const step of steps(node, all, owner))
    collectOwners(step.child, owners, step.owner, step.all)
}
