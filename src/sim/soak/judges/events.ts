import type { Verdicts } from '../verdicts.ts'

interface Heard {
  last: number
  /** The session in which it was heard. */
  session: string | undefined
}

/** What one client hears of one source must come once and in order: its numbers only grow. */
export class Hearing {
  readonly #verdicts: Verdicts
  readonly #what: string
  readonly #heard = new Map<string, Heard>()

  constructor(verdicts: Verdicts, what: string) {
    this.#verdicts = verdicts
    this.#what = what
  }

  /** Numbers of which some may be missing, since whoever counts may be refused. */
  hear(of: string, number: number): void {
    this.#hear(of, number, undefined)
  }

  /**
   * Numbers of which none may be missing: but for what was told between two sessions, and where the
   * client was told that it has missed something.
   */
  follow(of: string, number: number, session: string | undefined): void {
    const before = this.#heard.get(of)
    if (before !== undefined && before.session === session && number > before.last + 1) {
      const text = `${this.#what} never heard ${before.last + 1} of ${of}, but ${number}`
      this.#verdicts.report('lost', text)
    }
    this.#hear(of, number, session)
  }

  /** The client was told that something is missing. */
  missed(of: string): void {
    const before = this.#heard.get(of)
    if (before !== undefined) before.session = 'missed'
  }

  #hear(of: string, number: number, session: string | undefined): void {
    const last = this.#heard.get(of)?.last ?? 0
    if (number === last) {
      this.#verdicts.report('duplicated', `${this.#what} heard ${number} of ${of} twice`)
    } else if (number < last) {
      const text = `${this.#what} heard ${number} of ${of} after ${last}`
      this.#verdicts.report('orderErrors', text)
    }
    this.#heard.set(of, { last: Math.max(last, number), session })
  }
}
