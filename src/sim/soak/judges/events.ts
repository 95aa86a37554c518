import type { Verdicts } from '../verdicts.ts'

/** What one client hears of one source must come once and in order: its numbers only grow. */
export class Hearing {
  readonly #verdicts: Verdicts
  readonly #what: string
  readonly #last = new Map<string, number>()

  constructor(verdicts: Verdicts, what: string) {
    this.#verdicts = verdicts
    this.#what = what
  }

  hear(of: string, number: number): void {
    const last = this.#last.get(of) ?? 0
    if (number === last) {
      this.#verdicts.report('duplicated', `${this.#what} heard ${number} of ${of} twice`)
    } else if (number < last) {
      const text = `${this.#what} heard ${number} of ${of} after ${last}`
      this.#verdicts.report('orderErrors', text)
    }
    this.#last.set(of, Math.max(last, number))
  }
}
