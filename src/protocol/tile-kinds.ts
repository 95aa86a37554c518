import { RealmError } from '../errors/index.ts'
import { type Reader, type RecordType, type Type, typeFromDescriptor } from '../schema/index.ts'
import { angleAt, angleIndex } from './tile-angle.ts'
import { turnBits, visibleFieldsMax } from './tile-delta.ts'
import type { TileStreamDescriptor } from './tile-layout.ts'

/** A kind of entity as those who decode its streams know it. */
export interface KindCodec {
  readonly name: string
  readonly number: number
  readonly fields: readonly FieldCodec[]
  /** A mask with the bits of all fields. */
  readonly every: number
  /** Those of type angle, ascending, and the mask of them. */
  readonly angles: readonly FieldCodec[]
  readonly angleMask: number
}

export interface FieldCodec {
  readonly name: string
  readonly bit: number
  readonly type: Type<unknown>
  /** Parts of a turn of an angle; 0 for every other type. */
  readonly parts: number
}

/** @throws RealmError `SCHEMA_MALFORMED`, `SCHEMA_LIMIT` for kinds no world has */
export function kindCodecs(world: TileStreamDescriptor): KindCodec[] {
  return world.entities.map(({ name, fields: described }, number) => {
    const type = typeFromDescriptor(described)
    if (type.kind !== 'record') throw new RealmError('SCHEMA_MALFORMED', name)
    const list = Object.entries((type as RecordType).fields)
    if (list.length > visibleFieldsMax) throw new RealmError('SCHEMA_LIMIT', name)
    const fields = list.map(([field, of], index): FieldCodec => {
      const descriptor = of.describe()
      const parts = descriptor.kind === 'angle' ? 2 ** descriptor.bits : 0
      return { name: field, bit: 2 ** index, type: of, parts }
    })
    const angles = fields.filter(({ parts }) => parts > 0)
    const angleMask = angles.reduce((mask, { bit }) => mask | bit, 0)
    return { name, number, fields, every: 2 ** list.length - 1, angles, angleMask }
  })
}

/** Reads the fields whose bits are in the mask. */
export function readFields(
  kind: KindCodec,
  values: Record<string, unknown>,
  mask: number,
  body: Reader,
): void {
  for (let index = 0, rest = mask; rest > 0; index += 1, rest >>>= 1) {
    if ((rest & 1) === 0) continue
    const { name, type } = kind.fields[index] as FieldCodec
    values[name] = type.read(body)
  }
}

/** Reads how far the angles whose bits are in the mask have turned. */
export function readTurns(
  kind: KindCodec,
  values: Record<string, unknown>,
  mask: number,
  bits: BitReader,
  turn: number,
): void {
  const width = turnBits[turn] as number
  for (const { name, bit, parts } of kind.angles) {
    if ((mask & bit) === 0) continue
    const former = angleIndex(values[name] as number, parts)
    const index = (former + bits.take(width) - (1 << (width - 1))) & (parts - 1)
    values[name] = angleAt(index, parts)
  }
}

/** Reads numbers of a few bits, the lowest bit first. */
export class BitReader {
  #body: Reader | undefined
  #held = 0
  #heldBits = 0

  /** Goes on at the body's next byte. */
  begin(body: Reader): void {
    this.#body = body
    this.#held = 0
    this.#heldBits = 0
  }

  /** @param bits 1 … 16 */
  take(bits: number): number {
    while (this.#heldBits < bits) {
      this.#held |= (this.#body as Reader).u8() << this.#heldBits
      this.#heldBits += 8
    }
    const value = this.#held & ((1 << bits) - 1)
    this.#held >>>= bits
    this.#heldBits -= bits
    return value
  }
}
