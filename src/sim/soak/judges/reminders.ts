import type { SimCommit } from '../../store.ts'
import { opOfBell } from '../game.ts'
import type { Verdicts } from '../verdicts.ts'
import type { Operation } from './operations.ts'

/** Times are whole milliseconds of a wall clock. */
const roundedMs = 2

/**
 * Every reminder that a log tells of has rung by the end, once, not before its time, and no other
 * has. That it has rung is told by its actor's state; when that was, by a transfer in the same
 * commit.
 */
export class Reminders {
  readonly #verdicts: Verdicts
  readonly #operations: ReadonlyMap<number, Operation>
  readonly #wallSpreadMs: () => number
  readonly #rung = new Set<number>()

  /** @param wallSpreadMs by how much any two wall clocks have differed so far */
  constructor(
    verdicts: Verdicts,
    operations: ReadonlyMap<number, Operation>,
    wallSpreadMs: () => number,
  ) {
    this.#verdicts = verdicts
    this.#operations = operations
    this.#wallSpreadMs = wallSpreadMs
  }

  commit({ transaction: { transfers = [] } }: SimCommit, nowMs: number): void {
    for (const { moves } of transfers) {
      for (const { to } of moves) {
        const op = opOfBell(to)
        if (op !== undefined) this.#rang(op, nowMs)
      }
    }
  }

  final(
    purse: string,
    kept: { readonly log: readonly number[]; readonly rung: readonly number[] },
  ): void {
    const planned = new Set(kept.log.filter((id) => this.#operations.get(id)?.kind === 'plan'))
    for (const id of kept.rung) {
      if (planned.delete(id)) continue
      const why = kept.log.includes(id) ? 'twice' : 'though it was never set'
      this.#verdicts.report('duplicated', `the reminder of operation ${id} of ${purse} rang ${why}`)
    }
    for (const id of planned) {
      this.#verdicts.report('lost', `the reminder of operation ${id} of ${purse} never rang`)
    }
  }

  #rang(op: number, nowMs: number): void {
    this.#verdicts.note(`the reminder of operation ${op} rings`)
    if (this.#rung.has(op)) {
      this.#verdicts.report('duplicated', `the reminder of operation ${op} rang again`)
    }
    this.#rung.add(op)
    const { askedMs, inMs } = this.#operations.get(op) ?? { askedMs: 0, inMs: 0 }
    const earlyMs = askedMs + inMs - this.#wallSpreadMs() - roundedMs - nowMs
    if (earlyMs <= 0) return
    const text = `the reminder of operation ${op} rang ${Math.ceil(earlyMs)} ms early`
    this.#verdicts.report('orderErrors', text)
  }
}
