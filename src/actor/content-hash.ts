/**
 * FNV-1a with 64 bits over bytes, in two 32-bit halves because BigInt is slow over a megabyte. 16
 * hex digits.
 */
export function contentHash(bytes: Uint8Array): string {
  let high = 0xcbf29ce4
  let low = 0x84222325
  for (const byte of bytes) {
    low = (low ^ byte) >>> 0
    // (high·2³² + low) · (2⁴⁰ + 0x1b3), modulo 2⁶⁴.
    const product = low * 0x1b3
    const carry = Math.floor(product / 2 ** 32)
    high = (Math.imul(high, 0x1b3) + carry + (low << 8)) >>> 0
    low = product >>> 0
  }
  return high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0')
}
