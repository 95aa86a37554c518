import type { SeededRandom } from '../random.ts'

/** What a seed decides, in the words of scenarios. */
export class Draw {
  readonly random: SeededRandom

  constructor(random: SeededRandom) {
    this.random = random
  }

  chance(probability: number): boolean {
    return this.random.float() < probability
  }

  /** Evenly between both, fractional. */
  between(low: number, high: number): number {
    return low + this.random.float() * (high - low)
  }

  /** A whole number, both ends included. */
  whole(low: number, high: number): number {
    return low + Math.floor(this.random.float() * (high - low + 1))
  }

  /** Many short ones and a few long ones, as the times between people's doings are. */
  around(mean: number): number {
    return -mean * Math.log(1 - this.random.float())
  }

  one<T>(of: readonly T[]): T {
    const chosen = of[Math.floor(this.random.float() * of.length)]
    if (chosen === undefined) throw new RangeError('There is nothing to choose from.')
    return chosen
  }

  /** Some of them, at least `least`, in their order. */
  some<T>(of: readonly T[], least: number): T[] {
    const count = this.whole(Math.min(least, of.length), of.length)
    const left = of.map((_, index) => index)
    while (left.length > count) left.splice(Math.floor(this.random.float() * left.length), 1)
    return left.map((index) => of[index] as T)
  }

  fork(name: string): Draw {
    return new Draw(this.random.fork(name))
  }
}
