import type { Reader, Writer } from '../schema/index.ts'
import { type KindCodec, readFields } from './tile-kinds.ts'

/** Differences that one report lists; it counts them all. */
const listedMax = 16
const textCharactersMax = 512
/** Characters of a value in a text. */
const valueCharactersMax = 40

/** What a client had of a stream that it should not have had, or the other way round. */
export interface DesyncReport {
  readonly stream: number
  /** The number of tiles stands for everywhere. */
  readonly tile: number
  /** Of the frame that showed it. */
  readonly tick: number
  /** 0 where what was wrong had become right by the time the proof came. */
  readonly count: number
  /** The first of them. */
  readonly differences: readonly DesyncDifference[]
}

export interface DesyncDifference {
  readonly entity: number
  /** `x`, `y`, `slot`, `kind`, `present`, or a field. */
  readonly field: string
  readonly mine: unknown
  readonly theirs: unknown
}

/** An entity of a stream as a keyframe tells of it. */
export interface Told {
  readonly id: number
  readonly slot: number
  readonly kind: KindCodec
  readonly x: number
  readonly y: number
  readonly fields: Readonly<Record<string, unknown>>
}

/** How the bytes of a stream are laid out. */
export interface StreamLayout {
  readonly startX: number
  readonly startY: number
  readonly wide: boolean
  readonly precision: number
}

/** Writes the entities, which ascend by slot, as the world does in a keyframe. */
export function writeTold(writer: Writer, all: Iterable<Told>, layout: StreamLayout): void {
  const { startX, startY, wide, precision } = layout
  for (const { slot, id, kind, x, y, fields } of all) {
    writer.varint(slot)
    writer.varint(id)
    writer.u8(kind.number)
    const stepX = Math.round(x / precision) - startX
    const stepY = Math.round(y / precision) - startY
    if (wide) {
      // What is no place at all must not keep the writer busy for ever.
      writer.varint(stepX >= 0 && stepX < 2 ** 40 ? stepX : 0)
      writer.varint(stepY >= 0 && stepY < 2 ** 40 ? stepY : 0)
    } else {
      writer.u16(stepX)
      writer.u16(stepY)
    }
    for (const { name, type } of kind.fields) type.write(writer, fields[name])
  }
}

/**
 * Reads a keyframe without applying it.
 * @returns undefined where it speaks of a kind there is not
 */
export function readTold(
  body: Reader,
  kinds: readonly KindCodec[],
  layout: StreamLayout,
): Told[] | undefined {
  const { startX, startY, wide, precision } = layout
  const all: Told[] = []
  while (body.remaining > 0) {
    const slot = body.varint()
    const id = body.varint()
    const kind = kinds[body.u8()]
    if (kind === undefined) return undefined
    const x = (startX + (wide ? body.varint() : body.u16())) * precision
    const y = (startY + (wide ? body.varint() : body.u16())) * precision
    const fields: Record<string, unknown> = {}
    readFields(kind, fields, kind.every, body)
    all.push({ id, slot, kind, x, y, fields })
  }
  return all
}

/** Compares a client's entities with those of a proof, entity by entity and field by field. */
export function compareTold(
  mine: Iterable<Told>,
  theirs: readonly Told[],
): Pick<DesyncReport, 'count' | 'differences'> {
  const differences: DesyncDifference[] = []
  let count = 0
  const differ = (entity: number, field: string, its: unknown, other: unknown): void => {
    count += 1
    if (differences.length < listedMax) {
      differences.push({ entity, field, mine: its, theirs: other })
    }
  }
  const left = new Map<number, Told>()
  for (const one of mine) left.set(one.id, one)
  for (const other of theirs) {
    const { id } = other
    const one = left.get(id)
    left.delete(id)
    if (one === undefined) {
      differ(id, 'present', false, true)
      continue
    }
    if (one.slot !== other.slot) differ(id, 'slot', one.slot, other.slot)
    if (one.x !== other.x) differ(id, 'x', one.x, other.x)
    if (one.y !== other.y) differ(id, 'y', one.y, other.y)
    if (one.kind !== other.kind) {
      differ(id, 'kind', one.kind.name, other.kind.name)
      continue
    }
    for (const { name } of one.kind.fields) {
      const [its, should] = [one.fields[name], other.fields[name]]
      if (!isSame(its, should)) differ(id, name, its, should)
    }
  }
  for (const { id } of left.values()) differ(id, 'present', true, false)
  return { count, differences }
}

/** Of values as types make them: plain, without cycles, at most a few levels deep. */
function isSame(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  return shownOf(a, Number.POSITIVE_INFINITY) === shownOf(b, Number.POSITIVE_INFINITY)
}

function shownOf(value: unknown, charactersMax = valueCharactersMax): string {
  let text: string | undefined
  try {
    text = JSON.stringify(value, (_, one) => (one instanceof Map ? [...one] : one))
  } catch {
    // What a game has put there in the place of the value: a cycle, a bigint.
  }
  text ??= String(value)
  return text.length > charactersMax ? `${text.slice(0, charactersMax)}…` : text
}

/** A report as a line of at most 512 characters, for logs. */
export function desyncText({ stream, tile, tick, count, differences }: DesyncReport): string {
  const shown = differences.map(
    ({ entity, field, mine, theirs }) =>
      `entity ${entity} ${field}: ${shownOf(mine)} instead of ${shownOf(theirs)}`,
  )
  const what = count === 0 ? 'nothing any more' : shown.join('; ')
  const text = `tile ${tile}, stream ${stream}, tick ${tick}, ${count} differences: ${what}`
  return text.length > textCharactersMax ? `${text.slice(0, textCharactersMax - 1)}…` : text
}
