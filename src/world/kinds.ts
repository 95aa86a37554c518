import { type RecordType, record, type Type } from '../schema/index.ts'
import { AngleColumn, type Column, makeColumn } from './columns.ts'
import type { EntityKind, EntityKinds } from './entity.ts'
import { type Handle, type HandleClass, type HandleOwner, handleClass } from './handles.ts'

/** A kind of entity as one world holds it: its columns and its living entities by row. */
export interface KindTable {
  readonly number: number
  readonly name: string
  readonly persist: boolean
  readonly type: RecordType
  readonly columns: readonly Column[]
  readonly byName: ReadonlyMap<string, Column>
  /** The columns clients see, in the order of their bits. */
  readonly visible: readonly Column[]
  /** Those of them that are angles, ascending, and the mask of their bits. */
  readonly angles: readonly AngleColumn[]
  readonly angleMask: number
  readonly create: HandleClass
  /** Living entities by row; undefined where a row is free. */
  readonly handles: (Handle | undefined)[]
  readonly freeRows: number[]
  /** Rows the columns have room for. */
  capacity: number
  /** Living entities. */
  count: number
}

export function makeKinds(
  kinds: EntityKinds,
  owner: HandleOwner,
): { readonly list: readonly KindTable[]; readonly byKind: ReadonlyMap<unknown, KindTable> } {
  const byKind = new Map<unknown, KindTable>()
  const list = Object.entries(kinds).map(([name, kind], number) => {
    const table = makeKind(number, name, kind, owner)
    byKind.set(kind, table)
    return table
  })
  return { list, byKind }
}

function makeKind(number: number, name: string, kind: EntityKind, owner: HandleOwner): KindTable {
  const visible: Column[] = []
  const columns = Object.entries(kind.fields).map(([field, type]) => {
    const seen = type.kind !== 'serverOnly'
    const column = makeColumn(field, type as Type<unknown>, seen ? visible.length : -1)
    if (seen) visible.push(column)
    return column
  })
  const angles = visible.filter((column) => column instanceof AngleColumn)
  return {
    number,
    name,
    persist: kind.persist,
    type: record(kind.fields),
    columns,
    byName: new Map(columns.map((column) => [column.name, column])),
    visible,
    angles,
    angleMask: angles.reduce((mask, { bit }) => mask | bit, 0),
    create: handleClass(owner, name, columns),
    handles: [],
    freeRows: [],
    capacity: 0,
    count: 0,
  }
}

/** A row for a new entity, its fields at their initial values. */
export function takeRow(kind: KindTable): number {
  const row = kind.freeRows.pop() ?? kind.handles.length
  if (row === kind.capacity) {
    kind.capacity = Math.max(16, kind.capacity * 2)
    for (const column of kind.columns) column.grow(kind.capacity)
  }
  for (const column of kind.columns) column.reset(row)
  return row
}
