import type { Field, RecordBase } from '../record.ts'
import { same } from '../same.ts'
import {
  attach,
  checked,
  detach,
  type NodeParent,
  nodeOf,
  nodeSymbol,
  type Root,
  TrackedNode,
} from './node.ts'

/** Marks per number: small integers stay small integers up to 30 bits. */
const markBits = 30

type RecordFacade = Record<string, unknown> & { [nodeSymbol]: RecordNode }

const accessorsOf = new WeakMap<RecordBase, readonly (readonly [string, PropertyDescriptor])[]>()

/**
 * Getters and setters shared by all values of one record type, so that engines optimise them once.
 */
function accessors(type: RecordBase): readonly (readonly [string, PropertyDescriptor])[] {
  const known = accessorsOf.get(type)
  if (known !== undefined) return known
  const made = type.list.map(({ name }, position) => {
    const descriptor: PropertyDescriptor = {
      enumerable: true,
      get(this: RecordFacade) {
        return this[nodeSymbol].values[position]
      },
      set(this: RecordFacade, value: unknown) {
        this[nodeSymbol].set(position, value)
      },
    }
    return [name, descriptor] as const
  })
  accessorsOf.set(type, made)
  return made
}

/** A record, or a variant of a union, within a tracked state. */
export class RecordNode extends TrackedNode {
  readonly type: RecordBase
  /** The variant's number where this is the value of a union, else −1. */
  readonly variant: number
  /** By position in `type.list`: scalars, or the facades of nodes. */
  readonly values: unknown[]
  readonly facade: RecordFacade
  readonly #marks: number[]

  /** @param value a checked plain object */
  constructor(
    root: Root,
    parent: NodeParent,
    key: unknown,
    content: {
      readonly type: RecordBase
      readonly value: Readonly<Record<string, unknown>>
      readonly variant?: number
      readonly tag?: string
    },
  ) {
    super(root, parent, key)
    const { type, value, tag } = content
    this.type = type
    this.variant = content.variant ?? -1
    this.values = type.list.map((field, position) => {
      return root.adopt(field.type, value[field.name], { root, parent: this, key: position })
    })
    this.#marks = Array.from({ length: Math.ceil(type.list.length / markBits) }, () => 0)
    const facade = Object.defineProperty({}, nodeSymbol, { value: this })
    if (tag !== undefined) Object.defineProperty(facade, 'type', { value: tag, enumerable: true })
    for (const [name, accessor] of accessors(type)) Object.defineProperty(facade, name, accessor)
    // A misspelt field must fail at the assignment instead of being kept beside the state.
    this.facade = Object.preventExtensions(facade) as RecordFacade
  }

  set(position: number, value: unknown): void {
    const field = this.type.list[position] as Field
    const old = this.values[position]
    if (value === old && typeof value !== 'object') return
    if (value === old && nodeOf(old) !== undefined) return
    const fits = checked(field.type, value, () => `${this.path}.${field.name}`)
    if (same(fits, old)) return
    this.values[position] = this.root.adopt(field.type, fits, {
      root: this.root,
      parent: this,
      key: position,
    })
    detach(old)
    this.record(position, old)
    this.#mark(position)
  }

  #mark(position: number): void {
    const word = Math.floor(position / markBits)
    const bit = 1 << (position % markBits)
    const marks = this.#marks[word] as number
    if ((marks & bit) !== 0) return
    this.#marks[word] = marks | bit
    this.markDirty()
  }

  /** Whether the field at this position changed since the last delta. */
  marked(position: number): boolean {
    const marks = this.#marks[Math.floor(position / markBits)] as number
    return (marks & (1 << (position % markBits))) !== 0
  }

  childDirty(child: TrackedNode): void {
    this.#mark(child.key as number)
  }

  pathOf(child: TrackedNode): string {
    return `${this.path}.${this.type.list[child.key as number]?.name}`
  }

  clear(): void {
    if (this.fresh || this.dirty) {
      for (const [position, value] of this.values.entries()) {
        if (this.fresh || this.marked(position)) nodeOf(value)?.clear()
      }
      this.#marks.fill(0)
    }
    this.fresh = false
    this.dirty = false
  }

  undo(a: unknown, b: unknown): void {
    const position = a as number
    detach(this.values[position])
    this.values[position] = b
    attach(b, this, position)
  }
}
