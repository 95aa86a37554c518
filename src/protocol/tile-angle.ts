/**
 * Angles on the wire are whole parts of a turn. World and client count in them where a delta tells
 * how far something has turned; both use these functions, so they can never disagree.
 */

const fullTurn = Math.PI * 2

/** The part of a turn nearest to an angle in radians, 0 … parts − 1. `parts` is a power of two. */
export function angleIndex(radians: number, parts: number): number {
  const wrapped = radians - Math.floor(radians / fullTurn) * fullTurn
  // A whole turn is none.
  return Math.round((wrapped / fullTurn) * parts) & (parts - 1)
}

/** The angle in radians, 0 ≤ angle < 2π. */
export function angleAt(index: number, parts: number): number {
  return (index * fullTurn) / parts
}

/** The shorter way from one index to the other: −parts / 2 … parts / 2 − 1. */
export function angleDifference(from: number, to: number, parts: number): number {
  const half = parts >> 1
  return ((to - from + half) & (parts - 1)) - half
}
