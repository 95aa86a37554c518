/**
 * Whether `left` comes before `right` by the bytes of their UTF-8. JavaScript compares UTF-16
 * units, in which characters beyond U+FFFF (surrogates, D800–DFFF) would come before U+E000–U+FFFF.
 */
export function comesBefore(left: string, right: string): boolean {
  const shared = Math.min(left.length, right.length)
  for (let index = 0; index < shared; index += 1) {
    const a = left.charCodeAt(index)
    const b = right.charCodeAt(index)
    if (a !== b) return byteRank(a) < byteRank(b)
  }
  return left.length < right.length
}

function byteRank(unit: number): number {
  if (unit < 0xd800) return unit
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800
}

/** The first text after all that begin with `prefix`; undefined where none comes after. */
export function prefixEnd(prefix: string): string | undefined {
  const characters = [...prefix]
  for (let last = characters.pop(); last !== undefined; last = characters.pop()) {
    const point = last.codePointAt(0) ?? 0
    if (point === 0x10ffff) continue
    // The code points of surrogates are no characters and have no UTF-8.
    const next = point === 0xd7ff ? 0xe000 : point + 1
    return characters.join('') + String.fromCodePoint(next)
  }
  return undefined
}
