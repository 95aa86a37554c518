/**
 * FNV-1a in 32 bits (Fowler, Noll, Vo; draft-eastlake-fnv), of the bytes from `start` to `end`:
 * finds what differs by accident, and is soon done for a few hundred bytes.
 */
export function checksum(bytes: Uint8Array, start = 0, end = bytes.length): number {
  let sum = 0x811c9dc5
  for (let at = start; at < end; at += 1) sum = Math.imul(sum ^ (bytes[at] as number), 0x01000193)
  return sum >>> 0
}
