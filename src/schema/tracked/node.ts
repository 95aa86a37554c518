import { OptionalBase } from '../collections.ts'
import type { BaseType, Type } from '../type.ts'
import { baseOf } from '../type.ts'

/** Where a facade (what game code holds) keeps its node (what tracks it). */
export const nodeSymbol = Symbol('realmkit.node')

/** What all nodes of one tracked state share. */
export interface Root {
  /** Undo records of the open transaction, three slots each: node, and two values of its own. */
  journal: unknown[] | undefined
  /** The number of the open or last transaction. */
  transaction: number
  /** Makes a checked plain value part of the state: returns what is stored for it. */
  readonly adopt: (type: BaseType<unknown>, value: unknown, place: Place) => unknown
}

/** Where a value is put. */
export interface Place {
  readonly root: Root
  readonly parent: NodeParent
  readonly key: unknown
}

/** What a node hangs on: another node, or the tracked state itself. */
export interface NodeParent {
  childDirty(child: TrackedNode): void
  pathOf(child: TrackedNode): string
}

/** One record, list or map within a tracked state. */
export abstract class TrackedNode implements NodeParent {
  readonly root: Root
  /** Undefined once the value was taken out of the state. */
  parent: NodeParent | undefined
  /** The parent's own name for this child. */
  key: unknown
  /** Not yet in any delta: the first one writes all of it. */
  fresh = true
  /**
   * Whether something in here changed since the last delta. An attached dirty node's parents are
   * dirty too.
   */
  dirty = false
  /** What game code sees. */
  abstract readonly facade: object

  constructor(root: Root, parent: NodeParent, key: unknown) {
    this.root = root
    this.parent = parent
    this.key = key
  }

  abstract childDirty(child: TrackedNode): void
  abstract pathOf(child: TrackedNode): string
  /** Takes the present state as the one every mirror has. */
  abstract clear(): void
  /** Undoes one change; the two values are those the node wrote into the journal. */
  abstract undo(a: unknown, b: unknown): void

  get path(): string {
    return this.parent?.pathOf(this) ?? ''
  }

  protected markDirty(): void {
    if (this.dirty) return
    this.dirty = true
    this.parent?.childDirty(this)
  }

  protected record(a: unknown, b: unknown): void {
    this.root.journal?.push(this, a, b)
  }
}

/** The node behind a facade, or `undefined` for any other value. */
export function nodeOf(value: unknown): TrackedNode | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  return (value as { [nodeSymbol]?: TrackedNode })[nodeSymbol]
}

/** Takes a value out of the state; whoever still holds it may go on using it, untracked. */
export function detach(value: unknown): void {
  const node = nodeOf(value)
  if (node !== undefined) node.parent = undefined
}

/** Puts a value that an undo brings back where it was. */
export function attach(value: unknown, parent: NodeParent, key: unknown): void {
  const node = nodeOf(value)
  if (node === undefined) return
  node.parent = parent
  node.key = key
  if (node.dirty) parent.childDirty(node)
}

/** The type of a value that is there: what `optional` wraps. */
export function presentType(type: Type<unknown>): BaseType<unknown> {
  return type instanceof OptionalBase ? type.of : baseOf(type, 'A type')
}

/**
 * Checks `value` for `type`. The path is only put together when the check fails: this runs at
 * every write to a tracked field.
 */
export function checked(type: BaseType<unknown>, value: unknown, path: () => string): unknown {
  try {
    return type.check(value)
  } catch {
    return type.check(value, path())
  }
}
