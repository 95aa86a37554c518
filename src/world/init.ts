import { RealmError } from '../errors/index.ts'
import type { KindTable } from './kinds.ts'

/** Gives a new row the values a game says. @throws RealmError `SCHEMA_INVALID` */
export function fill(
  kind: KindTable,
  rowNumber: number,
  init: Readonly<Record<string, unknown>>,
): void {
  for (const name of Object.keys(init)) {
    if (name === 'x' || name === 'y') continue
    const column = kind.byName.get(name)
    if (column === undefined) {
      throw new RealmError('SCHEMA_INVALID', `${kind.name} has no field ${name.slice(0, 64)}.`)
    }
    if (init[name] !== undefined) column.set(rowNumber, init[name])
  }
  for (const angle of kind.angles) angle.settle(rowNumber)
}

/**
 * A coordinate inside the world. @throws RealmError `SCHEMA_INVALID` unless it is a finite number
 */
export function inside(value: unknown, size: number, path: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    throw new RealmError('SCHEMA_INVALID', `${path}: expected a finite number`)
  }
  return value < 0 ? 0 : value > size ? size : value
}
