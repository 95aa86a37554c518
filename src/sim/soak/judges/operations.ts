import type { Verdicts } from '../verdicts.ts'

export type OperationKind = 'note' | 'earn' | 'pay' | 'payOnce' | 'pass' | 'take' | 'plan' | 'crash'

/** One durable call that was asked for, and what its caller learned of it. */
export interface Operation {
  readonly id: number
  readonly kind: OperationKind
  /** Key of the purse that is to log it. */
  readonly purse: string
  /** Calls of one session arrive in the order of their ids; undefined where it had none. */
  readonly session: string | undefined
  readonly amount: number
  /** Of all operations of one name only one may have effect. */
  readonly once: string | undefined
  /** Key of the purse that is paid or passed to. */
  readonly to: string | undefined
  /** What another purse is to log because of this one. */
  readonly passed: number | undefined
  /** When it was asked for, and how much later what it sets is to ring, ms. */
  readonly askedMs: number
  readonly inMs: number
  /** The highest place that was known to be taken when it was asked for. */
  readonly floor: number
  /** Where it stands in the log, as its caller was told. */
  at: number | undefined
  /** Why it had no effect, or perhaps none. */
  failed: string | undefined
}

export type Asked = Pick<Operation, 'kind' | 'purse' | 'session'> &
  Partial<Pick<Operation, 'amount' | 'to' | 'once' | 'inMs'>>

/** Kinds of which each one has effect as soon as it is tried. */
const neverRefused: readonly OperationKind[] = ['note', 'earn', 'plan']

/** Errors after which the operation has certainly had no effect, and never will. */
const harmless = /^(LEDGER_|RATE_LIMITED|UPLINK_FULL|CALLS_PENDING)/

/**
 * Remembers every durable call, and holds answers, events and reads to it: what is acknowledged
 * stands in the log of its purse for ever, once, at the place that was told, after all that was
 * acknowledged before it was asked for.
 */
export class Operations {
  readonly all = new Map<number, Operation>()
  acknowledged = 0
  readonly #verdicts: Verdicts
  /** By purse and place, what stands there as somebody was told. */
  readonly #told = new Map<string, Map<number, number>>()
  readonly #floors = new Map<string, number>()
  #lastId = 0
  #pending = 0

  readonly #now: () => number

  constructor(verdicts: Verdicts, now: () => number) {
    this.#verdicts = verdicts
    this.#now = now
  }

  /** Those that were neither answered nor refused. */
  get pending(): number {
    return this.#pending
  }

  floorOf(purse: string): number {
    return this.#floors.get(purse) ?? 0
  }

  ask(asked: Asked): Operation {
    const passed =
      asked.kind === 'pass'
        ? this.#new({ kind: 'take', purse: asked.to ?? '', session: undefined })
        : undefined
    this.#pending += 1
    const operation = this.#new(asked, passed?.id)
    this.#verdicts.note(`${told(operation)} is asked of ${asked.purse} in ${asked.session}`)
    return operation
  }

  answered(operation: Operation, at: number): void {
    this.#pending -= 1
    this.acknowledged += 1
    operation.at = at
    this.#verdicts.note(`${told(operation)} stands at ${at} of ${operation.purse}`)
    const { id, kind, purse, floor } = operation
    if (kind === 'crash')
      this.#verdicts.report('lost', `${told(operation)} failed, and was acknowledged`)
    if (at <= floor) {
      this.#verdicts.report(
        'orderErrors',
        `${told(operation)} stands at ${at} of ${purse}, before what was acknowledged at ${floor}`,
      )
    }
    this.seen(purse, id, at)
  }

  refused(operation: Operation, code: string): void {
    this.#pending -= 1
    operation.failed = code
    this.#verdicts.note(`${told(operation)} ended with ${code}`)
  }

  /** Somebody was told that an operation stands at a place. */
  seen(purse: string, id: number, at: number): void {
    const places = this.#placesOf(purse)
    const before = places.get(at)
    if (before !== undefined && before !== id) {
      this.#verdicts.report(
        'lost',
        `both ${before} and ${id} were said to stand at ${at} of ${purse}`,
      )
    }
    places.set(at, id)
    if (at > this.floorOf(purse)) this.#floors.set(purse, at)
  }

  /** Somebody has read the whole log of a purse, having asked for it when `floor` was known. */
  read(purse: string, log: readonly number[], floor: number): void {
    if (log.length < floor) {
      const text = `a read of ${purse} gave ${log.length} operations, ${floor} were told of before`
      this.#verdicts.report('lost', text)
    }
    for (const [at, id] of this.#placesOf(purse)) {
      const stands = log[at - 1]
      if (at > log.length || stands === id) continue
      this.#verdicts.report('lost', `at ${at} of ${purse} stands ${stands}; ${id} was said to`)
      return
    }
  }

  /** The last word: `log` is all that the purse has kept. */
  final(purse: string, log: readonly number[]): void {
    this.read(purse, log, this.floorOf(purse))
    const seen = new Set<number | string>()
    const last = new Map<string, number>()
    for (const id of log) {
      const operation = this.all.get(id)
      if (operation === undefined || operation.purse !== purse) {
        this.#verdicts.report('duplicated', `${purse} logged ${id}, which nobody asked of it`)
        continue
      }
      if (seen.has(id))
        this.#verdicts.report('duplicated', `${purse} logged ${told(operation)} twice`)
      seen.add(id)
      const { once } = operation
      if (once !== undefined && seen.has(once)) {
        this.#verdicts.report('duplicated', `${purse} logged a second ${once}: ${told(operation)}`)
      }
      if (once !== undefined) seen.add(once)
      const { kind, failed, session } = operation
      if (kind === 'crash' || (failed !== undefined && harmless.test(failed))) {
        const text = `${purse} logged ${told(operation)}, which was refused with ${failed}`
        this.#verdicts.report('duplicated', text)
      }
      // One that was refused and could not be answered is tried again, and may then have effect.
      if (session === undefined || !neverRefused.includes(kind)) continue
      if (id < (last.get(session) ?? 0)) {
        const text = `${purse} logged ${told(operation)} after ${last.get(session)} of its session`
        this.#verdicts.report('orderErrors', text)
      }
      last.set(session, id)
    }
  }

  #placesOf(purse: string): Map<number, number> {
    const known = this.#told.get(purse)
    if (known !== undefined) return known
    const places = new Map<number, number>()
    this.#told.set(purse, places)
    return places
  }

  #new(
    { kind, purse, session, amount = 0, inMs = 0, to, once }: Asked,
    passed?: number,
  ): Operation {
    this.#lastId += 1
    const operation: Operation = {
      ...{ id: this.#lastId, kind, purse, session, amount, to, once, passed },
      askedMs: this.#now(),
      inMs,
      floor: this.floorOf(purse),
      at: undefined,
      failed: undefined,
    }
    this.all.set(operation.id, operation)
    return operation
  }
}

function told({ id, kind }: Operation): string {
  return `operation ${id} (${kind})`
}
