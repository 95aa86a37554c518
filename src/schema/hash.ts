import type { TypeDescriptor } from './descriptor-types.ts'

/** FNV-1a with 64 bits. Source: Fowler, Noll, Vo; draft-eastlake-fnv, section 5. */
const offsetBasis = 0xcbf29ce484222325n
const prime = 0x100000001b3n
const mask = 0xffffffffffffffffn

/** JSON with the keys of every object in order, so that equal descriptors are equal texts. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const pairs = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${pairs.map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`).join(',')}}`
}

/**
 * A short name for a descriptor, 16 hex digits: equal where the wire formats are equal, different
 * where anything about them differs. It guards against accidents, not against forgery.
 */
export function schemaHash(descriptor: TypeDescriptor): string {
  let hash = offsetBasis
  const text = canonical(descriptor)
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index)
    hash = ((hash ^ BigInt(unit & 0xff)) * prime) & mask
    hash = ((hash ^ BigInt(unit >> 8)) * prime) & mask
  }
  return hash.toString(16).padStart(16, '0')
}
