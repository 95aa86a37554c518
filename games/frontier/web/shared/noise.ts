/** Chance that depends on a place alone, so that server and browsers see the same country. */

/** 0 ≤ value < 1, from two whole numbers and a seed. */
export function hash(x: number, y: number, seed: number): number {
  let h = Math.imul(x, 0x27d4eb2d) ^ Math.imul(y, 0x165667b1) ^ Math.imul(seed, 0x9e3779b1)
  h = Math.imul(h ^ (h >>> 15), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return ((h ^ (h >>> 16)) >>> 0) / 4294967296
}

/** Smooth value noise, 0 … 1, with one hill or dale per unit. */
export function noise(x: number, y: number, seed: number): number {
  const left = Math.floor(x)
  const top = Math.floor(y)
  const u = ease(x - left)
  const v = ease(y - top)
  const north = mix(hash(left, top, seed), hash(left + 1, top, seed), u)
  const south = mix(hash(left, top + 1, seed), hash(left + 1, top + 1, seed), u)
  return mix(north, south, v)
}

/** Noise with finer noise on it, 0 … 1. */
export function rough(x: number, y: number, seed: number): number {
  return noise(x, y, seed) * 0.65 + noise(x * 2.7, y * 2.7, seed + 1) * 0.35
}

export function mix(a: number, b: number, part: number): number {
  return a + (b - a) * part
}

/** 0 below `from`, 1 above `to`, smooth in between. */
export function smooth(from: number, to: number, value: number): number {
  return ease(Math.max(0, Math.min(1, (value - from) / (to - from))))
}

function ease(t: number): number {
  return t * t * (3 - 2 * t)
}
