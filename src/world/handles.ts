import { RealmError } from '../errors/index.ts'
import type { Column } from './columns.ts'
import type { Body } from './entity.ts'

/** Where an entity's numbers are: its place in the population, −1 once it is gone for good. */
export const place: unique symbol = Symbol('place')
/** Its row in the columns of its kind. */
export const row: unique symbol = Symbol('row')

const ident: unique symbol = Symbol('id')

/** The object by which game code knows an entity; one per entity, made when it is spawned. */
export interface Handle extends Body {
  [place]: number
  readonly [row]: number
}

/** What a handle asks of the population it belongs to. */
export interface HandleOwner {
  readonly x: Float64Array
  readonly y: Float64Array
  setX(place: number, value: unknown): void
  setY(place: number, value: unknown): void
  /** Notes that a field changed; `bit` as in `Column`. */
  fieldChanged(place: number, bit: number): void
}

export type HandleClass = new (id: number, place: number, row: number) => Handle

/**
 * Makes the class of a kind: one accessor per field, so that fields read and write like those of an
 * object.
 */
export function handleClass(
  owner: HandleOwner,
  kind: string,
  columns: readonly Column[],
): HandleClass {
  class EntityHandle {
    [place]: number
    readonly [row]: number
    readonly [ident]: number

    constructor(id: number, at: number, rowNumber: number) {
      this[place] = at
      this[row] = rowNumber
      this[ident] = id
      // A misspelt field fails at once instead of being kept where nobody looks.
      Object.preventExtensions(this)
    }

    get id(): number {
      return this[ident]
    }

    get kind(): string {
      return kind
    }

    get x(): number {
      return owner.x[placeOf(this)] as number
    }

    set x(value: number) {
      owner.setX(placeOf(this), value)
    }

    get y(): number {
      return owner.y[placeOf(this)] as number
    }

    set y(value: number) {
      owner.setY(placeOf(this), value)
    }

    toJSON(): object {
      const shown: Record<string, unknown> = { id: this.id, kind }
      if (this[place] < 0) return shown
      for (const name of ['x', 'y', ...columns.map((column) => column.name)]) {
        shown[name] = (this as Record<string, unknown>)[name]
      }
      return shown
    }
  }
  for (const column of columns) {
    Object.defineProperty(EntityHandle.prototype, column.name, accessorOf(owner, column))
  }
  return EntityHandle
}

function accessorOf(owner: HandleOwner, column: Column): PropertyDescriptor {
  return {
    enumerable: true,
    get(this: Handle): unknown {
      placeOf(this)
      return column.get(this[row])
    },
    set(this: Handle, value: unknown) {
      const at = placeOf(this)
      if (column.set(this[row], value)) owner.fieldChanged(at, column.bit)
    },
  }
}

function placeOf(handle: { readonly id: number; readonly [place]: number }): number {
  const at = handle[place]
  if (at < 0) throw new RealmError('ENTITY_GONE', `Entity ${handle.id}.`)
  return at
}
