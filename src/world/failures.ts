import { RealmError, toRealmError } from '../errors/index.ts'
import type { Clock, Log } from '../ports/index.ts'

/**
 * A kind of failure is logged at most once in this time, or a broken step would write 20 lines a
 * second.
 */
const logPeriodMs = 1000

/** Counts and logs what game code throws, without ever letting it further. */
export class Failures {
  readonly #clock: Clock
  readonly #log: Log
  readonly #fields: object
  readonly #counts = new Map<string, number>()
  readonly #quietUntilMs = new Map<string, number>()
  readonly #unlogged = new Map<string, number>()

  /** @param fields added to each line of the log */
  constructor(clock: Clock, log: Log, fields: object) {
    this.#clock = clock
    this.#log = log
    this.#fields = fields
  }

  count(what: string): number {
    return this.#counts.get(what) ?? 0
  }

  note(what: string, error: unknown): void {
    this.#counts.set(what, this.count(what) + 1)
    const now = this.#clock.now()
    if (now < (this.#quietUntilMs.get(what) ?? Number.NEGATIVE_INFINITY)) {
      this.#unlogged.set(what, (this.#unlogged.get(what) ?? 0) + 1)
      return
    }
    this.#quietUntilMs.set(what, now + logPeriodMs)
    const unlogged = this.#unlogged.get(what) ?? 0
    this.#unlogged.delete(what)
    this.#log.error({ ...this.#fields, error, unlogged }, `The ${what} failed.`)
  }

  /**
   * What the sender learns of an error thrown by game code: a refusal and registered errors as they
   * are. The rest, and values the game itself got wrong, stays here.
   */
  forSender(what: string, thrown: unknown): RealmError {
    const known = toRealmError(thrown, 'HANDLER_FAILED')
    if (known.code === 'REFUSED') return known
    this.note(what, thrown)
    return known.code.startsWith('SCHEMA_')
      ? new RealmError('HANDLER_FAILED', '', { cause: thrown })
      : known
  }

  /**
   * Runs game code on behalf of a sender, who learns what it throws.
   * @param later is given what it throws after it has first awaited something
   */
  relay(what: string, run: () => unknown, later: (error: RealmError) => void): void {
    let result: unknown
    try {
      result = run()
    } catch (error) {
      throw this.forSender(what, error)
    }
    if (result instanceof Promise) result.catch((error) => later(this.forSender(what, error)))
  }

  /**
   * Runs game code on nobody's behalf. @returns whether it came to its end, as far as that is known
   * at once
   */
  guard(what: string, run: () => unknown): boolean {
    try {
      const result = run()
      if (result instanceof Promise) result.catch((error) => this.note(what, error))
      return true
    } catch (error) {
      this.note(what, error)
      return false
    }
  }
}
