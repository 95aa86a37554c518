import { positionBits, turnBits, turnTooFar } from '../protocol/index.ts'
import type { ChangeGroups } from './change-groups.ts'
import type { KindTable } from './kinds.ts'
import { none } from './tiles.ts'

/** Groups beyond so many of a tile stay as they are: each is compared with all before it. */
const comparedMax = 24
/** What an angle takes where it is not told by its difference. */
const wholeAngleBits = 8

/**
 * Puts groups together where what their members lose by it, bits wider than they need, is less than
 * what a second head and selection take. Those whose masks differ in nothing but angles can be
 * joined too: who has not turned is told of a turn by 0.
 */
export function mergeGroups(groups: ChangeGroups, kinds: readonly KindTable[]): void {
  const compared = Math.min(groups.count, comparedMax)
  for (let group = 0; group < compared; group += 1) countAngles(groups, group, kinds)
  let merged = false
  for (let group = 1; group < compared; group += 1) {
    for (let other = 0; other < group; other += 1) {
      if (groups.size[other] === 0 || !worthMerging(groups, other, group, kinds)) continue
      merge(groups, other, group, kinds)
      merged = true
      break
    }
  }
  if (merged) closeGaps(groups)
}

function countAngles(groups: ChangeGroups, group: number, kinds: readonly KindTable[]): void {
  const kind = kinds[groups.kind[group] as number] as KindTable
  const each = bitCount((groups.fields[group] as number) & kind.angleMask)
  groups.angles[group] = each * (groups.size[group] as number)
}

/** Fields of both together, or `none` where they cannot be one group. */
function commonFields(
  groups: ChangeGroups,
  a: number,
  b: number,
  kinds: readonly KindTable[],
): number {
  const fieldsA = groups.fields[a] as number
  const fieldsB = groups.fields[b] as number
  if (fieldsA === fieldsB) return fieldsA
  const kind = groups.kind[a] as number
  if (kind === none || kind !== groups.kind[b]) return none
  const { angleMask } = kinds[kind] as KindTable
  if (((fieldsA ^ fieldsB) & ~angleMask) !== 0) return none
  // Only differences can tell that an angle has not changed, in fewer bits than the angle.
  const tooFar = groups.turn[a] === turnTooFar || groups.turn[b] === turnTooFar
  return tooFar ? none : fieldsA | fieldsB
}

function worthMerging(
  groups: ChangeGroups,
  a: number,
  b: number,
  kinds: readonly KindTable[],
): boolean {
  const fields = commonFields(groups, a, b, kinds)
  if (fields === none) return false
  const { size, form, turn, last } = groups
  const members = (size[a] as number) + (size[b] as number)
  const both = {
    form: Math.max(form[a] as number, form[b] as number),
    turn: Math.max(turn[a] as number, turn[b] as number),
  }
  const angles = anglesOf(groups, a, b, fields, kinds)
  const apart =
    contentBits(
      size[a] as number,
      form[a] as number,
      turn[a] as number,
      groups.angles[a] as number,
    ) +
    contentBits(
      size[b] as number,
      form[b] as number,
      turn[b] as number,
      groups.angles[b] as number,
    ) +
    headBits(groups, fields, size[a] as number, last[a] as number) +
    headBits(groups, fields, size[b] as number, last[b] as number)
  const end = Math.max(last[a] as number, last[b] as number)
  const together =
    contentBits(members, both.form, both.turn, angles) + headBits(groups, fields, members, end)
  return together <= apart
}

function anglesOf(
  groups: ChangeGroups,
  a: number,
  b: number,
  fields: number,
  kinds: readonly KindTable[],
): number {
  if (groups.fields[a] === groups.fields[b]) {
    return (groups.angles[a] as number) + (groups.angles[b] as number)
  }
  const { angleMask } = kinds[groups.kind[a] as number] as KindTable
  const members = (groups.size[a] as number) + (groups.size[b] as number)
  return members * bitCount(fields & angleMask)
}

function contentBits(members: number, form: number, turn: number, angles: number): number {
  const each = turn === turnTooFar ? wholeAngleBits : (turnBits[turn] as number)
  return members * (positionBits[form] as number) * 2 + angles * each
}

/** Of the group's word and its selection, and half a byte that is not filled. */
function headBits(groups: ChangeGroups, fields: number, members: number, last: number): number {
  const wordBits = fields < 2 ? 8 : fields < 256 ? 16 : 24
  const named = members === 1 || members === groups.staying ? 0 : Math.min(members, (last >> 3) + 1)
  return wordBits + 8 + named * 8 + 4
}

/** Takes the members of `from` into `into`. */
function merge(
  groups: ChangeGroups,
  into: number,
  from: number,
  kinds: readonly KindTable[],
): void {
  const { fields, form, turn, size, kind, angles, first, last } = groups
  const common = commonFields(groups, into, from, kinds)
  angles[into] = anglesOf(groups, into, from, common, kinds)
  fields[into] = common
  form[into] = Math.max(form[into] as number, form[from] as number)
  turn[into] = Math.max(turn[into] as number, turn[from] as number)
  if (kind[into] !== kind[from]) kind[into] = none
  size[into] = (size[into] as number) + (size[from] as number)
  size[from] = 0
  last[into] = Math.max(last[into] as number, last[from] as number)
  first[into] = joined(groups.next, first[into] as number, first[from] as number)
}

/** Joins two ascending chains into one. @returns where it begins */
function joined(next: Int32Array, a: number, b: number): number {
  let left = a
  let right = b
  let end = none
  let begin = none
  while (left !== none && right !== none) {
    const least = left < right ? left : right
    if (least === left) left = next[left] as number
    else right = next[right] as number
    if (end === none) begin = least
    else next[end] = least
    end = least
  }
  next[end] = left === none ? right : left
  return begin
}

function closeGaps(groups: ChangeGroups): void {
  const { size } = groups
  let kept = 0
  for (let group = 0; group < groups.count; group += 1) {
    if (size[group] === 0) continue
    if (kept < group) move(groups, group, kept)
    kept += 1
  }
  groups.count = kept
}

function move(groups: ChangeGroups, from: number, to: number): void {
  const { fields, form, turn, size, kind, first, last } = groups
  fields[to] = fields[from] as number
  form[to] = form[from] as number
  turn[to] = turn[from] as number
  size[to] = size[from] as number
  kind[to] = kind[from] as number
  first[to] = first[from] as number
  last[to] = last[from] as number
}

function bitCount(mask: number): number {
  let count = 0
  for (let rest = mask; rest !== 0; rest &= rest - 1) count += 1
  return count
}
