/**
 * The bytes of a tile. Positions are whole steps of the world's precision; inside a tile they count
 * from its corner.
 *
 *     keyframe   addition…
 *     delta      [crossings] · group…
 *     crossings  0 · count varint · addition… · count varint · removal…
 *     addition   slot varint · id varint · kind u8 · x u16 · y u16 · every field of the kind
 *     removal    (slot · 2 + moved) varint
 *     group      (fields · 8 + form) varint · selection · positions · the fields of each member
 *
 * A slot is an entity's number within its tile. A group holds all entities of which the same has
 * changed: bit n of `fields` stands for the kind's field n. What is told of them is relative to
 * what the receiver already has of the tile, so nothing drifts: both sides count in whole steps.
 *
 * A selection begins with a varint: slot · 2 where the group has one member; else bytes · 4 + 1, a
 * bitmap of the slots follows, lowest bit first; or count · 4 + 3, that many varints follow, each
 * the number of slots passed over since the one before.
 *
 * An entity that walks from one tile into another is removed from the first (`moved`) and added to
 * the second in the same tick; whoever sees both keeps it without a gap, because removals take
 * effect when the frame ends.
 */

/** Stands where a group would begin, before those who came and those who left. */
export const crossingsWord = 0

/**
 * Bits of each axis of a position by its form: 0 tells none, the last is the place in the tile, and
 * in between are differences, to which half of what the bits can count is added. All members' x and
 * y follow each other, lowest bit first, up to a whole byte.
 */
export const positionBits: readonly number[] = [0, 3, 4, 5, 6, 7, 8, 16]
export const absoluteForm = 7

/** The smallest form that can tell of a difference in whole steps. */
export function positionFormOf(dx: number, dy: number): number {
  if (dx === 0 && dy === 0) return 0
  const bits = 33 - Math.clz32((dx < 0 ? ~dx : dx) | (dy < 0 ? ~dy : dy))
  return bits <= 3 ? 1 : bits <= 8 ? bits - 2 : absoluteForm
}

/** How many entities or bytes a selection names, and what follows. */
export const selectionForm = { bitmap: 1, gaps: 3 } as const

/** Fields of an entity kind that clients may see: each needs a bit of the mask. */
export const visibleFieldsMax = 30
