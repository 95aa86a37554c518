/** Whether two stored values are the same as far as a mirror can tell. */
export function same(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (!(a instanceof Uint8Array) || !(b instanceof Uint8Array)) return false
  return a.length === b.length && a.every((byte, index) => byte === b[index])
}
