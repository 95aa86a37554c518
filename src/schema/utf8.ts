/**
 * UTF-8 without `TextEncoder`: mini-game hosts do not have it, and for the short strings of games
 * a plain loop is faster than the call across the engine's boundary.
 */

const REPLACEMENT = 0xfffd
const CHUNK_UNITS = 1024

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff
}

/** The code point at `index`; a lone surrogate counts as U+FFFD. */
function codePointAt(value: string, index: number): number {
  const point = value.codePointAt(index) as number
  return isSurrogate(point) ? REPLACEMENT : point
}

/** How many bytes `value` takes in UTF-8. */
export function utf8Length(value: string): number {
  let bytes = value.length
  for (let index = 0; index < value.length; index += 1) {
    const unit = value.charCodeAt(index)
    if (unit < 0x80) continue
    if (unit < 0x800) bytes += 1
    else if (!isSurrogate(unit)) bytes += 2
    else if (codePointAt(value, index) === REPLACEMENT) bytes += 2
    else {
      bytes += 2
      index += 1
    }
  }
  return bytes
}

/** Writes `value` into `target` at `offset` (there must be room) and returns the end offset. */
export function utf8Write(target: Uint8Array, offset: number, value: string): number {
  let at = offset
  for (let index = 0; index < value.length; index += 1) {
    const unit = value.charCodeAt(index)
    if (unit < 0x80) {
      target[at++] = unit
    } else if (unit < 0x800) {
      target[at++] = 0xc0 | (unit >> 6)
      target[at++] = 0x80 | (unit & 0x3f)
    } else {
      const point = isSurrogate(unit) ? codePointAt(value, index) : unit
      if (point > 0xffff) {
        target[at++] = 0xf0 | (point >> 18)
        target[at++] = 0x80 | ((point >> 12) & 0x3f)
        index += 1
      } else {
        target[at++] = 0xe0 | (point >> 12)
      }
      target[at++] = 0x80 | ((point >> 6) & 0x3f)
      target[at++] = 0x80 | (point & 0x3f)
    }
  }
  return at
}

/** Reads one code point of two to four bytes; −1 where the bytes are not valid UTF-8. */
function longPoint(bytes: Uint8Array, at: number, end: number): number {
  const lead = bytes[at] as number
  const size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2
  if (lead < 0xc2 || lead > 0xf4 || at + size > end) return -1
  let point = lead & (0xff >> (size + 1))
  for (let index = at + 1; index < at + size; index += 1) {
    const next = bytes[index] as number
    if ((next & 0xc0) !== 0x80) return -1
    point = (point << 6) | (next & 0x3f)
  }
  // Longer forms than needed, surrogates and points past Unicode's end have no second spelling.
  if (size === 3 && (point < 0x800 || isSurrogate(point))) return -1
  if (size === 4 && (point < 0x10000 || point > 0x10ffff)) return -1
  return point
}

/** The text in `bytes[start, end)`, or `undefined` where that is not valid UTF-8. */
export function utf8Read(bytes: Uint8Array, start: number, end: number): string | undefined {
  let text = ''
  let units: number[] = []
  let at = start
  while (at < end) {
    const lead = bytes[at] as number
    if (lead < 0x80) {
      units.push(lead)
      at += 1
    } else {
      const point = longPoint(bytes, at, end)
      if (point < 0) return undefined
      if (point > 0xffff) {
        units.push(0xd800 + ((point - 0x10000) >> 10), 0xdc00 + ((point - 0x10000) & 0x3ff))
        at += 4
      } else {
        units.push(point)
        at += point < 0x800 ? 2 : 3
      }
    }
    if (units.length >= CHUNK_UNITS) {
      text += String.fromCharCode.apply(null, units)
      units = []
    }
  }
  return text + String.fromCharCode.apply(null, units)
}

/**
 * `value` with every lone surrogate replaced by U+FFFD, which is what the wire would make of it.
 */
export function wellFormed(value: string): string {
  let hasSurrogate = false
  for (let index = 0; index < value.length; index += 1) {
    if (isSurrogate(value.charCodeAt(index))) {
      hasSurrogate = true
      break
    }
  }
  if (!hasSurrogate) return value
  let text = ''
  for (let index = 0; index < value.length; index += 1) {
    const point = codePointAt(value, index)
    text += String.fromCodePoint(point)
    if (point > 0xffff) index += 1
  }
  return text
}
