/**
 * Choices taken from a list of numbers, so that fast-check can shrink everything made with them.
 */
export class Dice {
  readonly #rolls: readonly number[]
  #at = 0

  constructor(rolls: readonly number[]) {
    this.#rolls = rolls
  }

  /** Whether all numbers have been used; from then on every roll is 0. */
  get empty(): boolean {
    return this.#at >= this.#rolls.length
  }

  /** A whole number 0…sides−1. */
  roll(sides: number): number {
    const value = this.#rolls[this.#at] ?? 0
    this.#at += 1
    return value % sides
  }

  pick<T>(options: readonly T[]): T {
    return options[this.roll(options.length)] as T
  }

  /** Dice that will roll the same from here on. */
  copy(): Dice {
    return new Dice(this.#rolls.slice(this.#at))
  }
}

/** Numbers from a seed (mulberry32): for inputs by the ten thousand, where shrinking is no use. */
export function rollsOf(seed: number, count: number): number[] {
  let state = seed
  return Array.from({ length: count }, () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  })
}
