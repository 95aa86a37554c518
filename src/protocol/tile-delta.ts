/**
 * The bytes of a tile. Positions are whole steps of the world's precision; inside a tile they count
 * from its corner.
 *
 *     keyframe   addition…
 *     delta      [crossings] · group…
 *     crossings  0 · count varint · addition… · count varint · removal…
 *     addition   slot varint · id varint · kind u8 · x u16 · y u16 · every field of the kind
 *     removal    (slot · 2 + moved) varint
 *     group      ((fields · 8 + turn) · 8 + form) varint · selection · places · bits · rest
 *
 * A slot is an entity's number within its tile. A group holds entities of which the same has
 * changed, or so little less that telling them apart would cost more: bit n of `fields` stands for
 * the kind's field n. Differences are relative to what the receiver already has of the tile, so
 * nothing drifts: both sides count in whole steps and whole parts of a turn.
 *
 * A selection begins with a varint: slot · 2 where the group has one member; 1 where all are meant
 * whom the tile held before this delta and still holds; else bytes · 4 + 1, a bitmap of the slots
 * follows, lowest bit first; or count · 4 + 3, that many varints follow, each the number of slots
 * passed over since the one before.
 *
 * `places`, where `form` is absolute: x u16 · y u16 of each member. `bits`: of each member the
 * differences of x and y, where `form` tells of such, then those of its fields of type angle, where
 * `turn` is not 0; lowest bit first, filled up to a whole byte. `rest`: the other fields of each
 * member, with turn 0 all of them.
 *
 * An entity that walks from one tile into another is removed from the first (`moved`) and added to
 * the second in the same tick; whoever sees both keeps it without a gap, because removals take
 * effect when the frame ends.
 */

/** Stands where a group would begin, before those who came and those who left. */
export const crossingsWord = 0

/**
 * Bits of each axis of a position by its form: 0 tells none, the last is the place in the tile, and
 * in between are differences, to which half of what the bits can count is added.
 */
export const positionBits: readonly number[] = [0, 3, 4, 5, 6, 7, 8, 16]
export const absoluteForm = 7

/** The smallest form that can tell of a difference in whole steps. */
export function positionFormOf(dx: number, dy: number): number {
  if (dx === 0 && dy === 0) return 0
  const bits = 33 - Math.clz32((dx < 0 ? ~dx : dx) | (dy < 0 ? ~dy : dy))
  return bits <= 3 ? 1 : bits <= 8 ? bits - 2 : absoluteForm
}

/**
 * Bits of the difference of an angle by the group's `turn`, half of what they can count added. With
 * turn 0 angles stand among the other fields.
 */
export const turnBits: readonly number[] = [0, 2, 3, 4, 5, 6, 7, 8]
/** What no turn can tell of. */
export const turnTooFar = 8

/** The smallest turn that can tell of a difference; `turnTooFar` where there is none. */
export function turnOf(difference: number): number {
  const bits = 33 - Math.clz32(difference < 0 ? ~difference : difference)
  return bits <= 2 ? 1 : bits <= 8 ? bits - 1 : turnTooFar
}

/** How many entities or bytes a selection names, and what follows. */
export const selectionForm = { bitmap: 1, gaps: 3 } as const
/** The selection of all: where a bitmap of no bytes would stand. */
export const selectionOfAll = 1

/** Fields of an entity kind that clients may see: each needs a bit of the mask. */
export const visibleFieldsMax = 30
