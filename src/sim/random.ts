import type { Random } from '../ports/index.ts'

/** Randomness that follows from a seed alone. Never for secrets outside of a simulation. */
export interface SeededRandom extends Random {
  /**
   * Randomness for one part, by its name: the same whatever others have drawn meanwhile, so that a
   * change in one part does not disturb the luck of another.
   */
  fork(name: string): SeededRandom
}

const alphabet = '0123456789abcdefghijklmnopqrstuvwxyz'

/**
 * Uses sfc32 (Chris Doty-Humphrey, PractRand), a small generator that passes the usual statistical
 * tests.
 */
export function seededRandom(seed: string): SeededRandom {
  let [a, b, c, counter] = seedWords(seed)
  const u32 = (): number => {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + sum
    c |= 0
    return sum >>> 0
  }
  for (let round = 0; round < 15; round += 1) u32()
  const float = (): number => ((u32() >>> 5) * 2 ** 26 + (u32() >>> 6)) / 2 ** 53
  return {
    u32,
    float,
    bytes: (count) => Uint8Array.from({ length: count }, () => u32() & 0xff),
    id: () => {
      let id = ''
      while (id.length < 16) id += alphabet[Math.floor(float() * alphabet.length)]
      return id
    },
    fork: (name) => seededRandom(`${seed}/${name}`),
  }
}

/** Four words that differ in about half their bits for seeds that differ in one character. */
function seedWords(seed: string): [number, number, number, number] {
  const words: [number, number, number, number] = [0x9e3779b9, 0x243f6a88, 0xb7e15162, 0xdeadbeef]
  for (let lane = 0; lane < 4; lane += 1) {
    let hash = (words[lane] as number) | 0
    for (let index = 0; index < seed.length; index += 1) {
      hash = Math.imul(hash ^ seed.charCodeAt(index), 0x85ebca6b + 2 * lane)
      hash = (hash << 13) | (hash >>> 19)
    }
    hash = Math.imul(hash ^ (hash >>> 16), 0x7feb352d)
    words[lane] = hash ^ (hash >>> 15)
  }
  return words
}
