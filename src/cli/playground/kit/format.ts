import type { TypeDescriptor } from '../../../schema/index.ts'

const previewCharsMax = 140
const previewPartsMax = 12

/** A number of bytes (per second) as people read it. */
export function bytesText(bytes: number): string {
  if (bytes < 1000) return `${Math.round(bytes)} B`
  if (bytes < 1_000_000) return `${(bytes / 1000).toFixed(bytes < 10_000 ? 1 : 0)} kB`
  return `${(bytes / 1_000_000).toFixed(1)} MB`
}

/** A number at most four places after the point; floats from the wire have many more. */
export function numberText(value: number): string {
  if (Number.isInteger(value) || !Number.isFinite(value)) return String(value)
  const short = Number(value.toFixed(4))
  return short === 0 ? value.toExponential(2) : String(short)
}

export function hexText(bytes: Uint8Array, most = 24): string {
  const shown = [...bytes.subarray(0, most)].map((byte) => byte.toString(16).padStart(2, '0'))
  return bytes.length > most ? `${shown.join(' ')} …` : shown.join(' ')
}

/** What values become before they are shown as JSON. */
function plain(value: unknown): unknown {
  if (typeof value === 'number') return Number.isFinite(value) ? Number(numberText(value)) : value
  if (value instanceof Uint8Array) return `<${value.length} bytes> ${hexText(value)}`
  if (value instanceof Map) {
    return Object.fromEntries([...value].map(([key, entry]) => [String(key), plain(entry)]))
  }
  if (Array.isArray(value)) return Array.from(value, plain)
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]))
  }
  return value
}

export function prettyJson(value: unknown): string {
  return JSON.stringify(plain(value), undefined, 2) ?? 'undefined'
}

/**
 * A value on one line: `{ x: 1, name: "Ada" }`. However large it is, only the beginning is looked
 * at.
 */
export function preview(value: unknown): string {
  const text = brief(value, 0)
  return text.length > previewCharsMax ? `${text.slice(0, previewCharsMax)}…` : text
}

function brief(value: unknown, depth: number): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, previewCharsMax))
  if (typeof value === 'number') return numberText(value)
  if (typeof value !== 'object' || value === null)
    return value === undefined ? 'none' : String(value)
  if (value instanceof Uint8Array) return `<${hexText(value, 12)}>`
  const isList = Array.isArray(value)
  if (depth > 2) return isList ? '[…]' : '{…}'
  if (isList) return `[${parts(value, (one) => brief(one, depth + 1))}]`
  const entries = value instanceof Map ? value : Object.entries(value)
  const inside = parts(entries, ([name, inner]) => `${String(name)}: ${brief(inner, depth + 1)}`)
  return inside === '' ? '{}' : `{ ${inside} }`
}

function parts<T>(all: Iterable<T>, textOf: (one: T) => string): string {
  const texts: string[] = []
  for (const one of all) {
    if (texts.length === previewPartsMax) {
      texts.push('…')
      break
    }
    texts.push(textOf(one))
  }
  return texts.join(', ')
}

/** A type in a few characters, as it stands beside a value. */
export function typeText(type: TypeDescriptor): string {
  switch (type.kind) {
    case 'fixed':
      return `fixed ${type.min}…${type.max}`
    case 'text':
      return `text ≤${type.max}`
    case 'bytes':
      return `bytes ≤${type.max}`
    case 'list':
      return `${typeText(type.of)}[]`
    case 'map':
      return `map<${typeText(type.of)}>`
    case 'optional':
      return `${typeText(type.of)}?`
    case 'ownOnly':
    case 'serverOnly':
      return typeText(type.of)
    default:
      return type.kind
  }
}

/** What a call or command takes, as a signature. */
export function signatureText(type: TypeDescriptor): string {
  if (type.kind !== 'record' || type.fields.length === 0) return '()'
  return `(${type.fields.map(({ name }) => name).join(', ')})`
}

const clock = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hour12: false,
})

/** A time of day with tenths of a second. */
export function timeText(wallMs: number): string {
  return `${clock.format(wallMs)}.${Math.floor((wallMs % 1000) / 100)}`
}
