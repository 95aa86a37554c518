import type { Move, Store, Transaction } from '../../../ports/index.ts'
import type { SimCommit } from '../../store.ts'
import { accountOf } from '../game.ts'
import type { Verdicts } from '../verdicts.ts'
import type { Operation } from './operations.ts'

/** Keeps books of its own from the commits it sees, and compares. */
export class Books {
  readonly #verdicts: Verdicts
  readonly #balances = new Map<string, number>()
  readonly #made = new Set<string>()

  constructor(verdicts: Verdicts) {
    this.#verdicts = verdicts
  }

  commit({ transaction, result }: SimCommit): void {
    const { transfers = [] }: Transaction = transaction
    for (const { id, moves } of transfers) {
      if (result.repeated?.includes(id)) continue
      if (this.#made.has(id)) this.#verdicts.report('ledgerErrors', `transfer ${id} was made twice`)
      this.#made.add(id)
      for (const move of moves) this.#move(id, move)
    }
  }

  /** What the logs of all purses come to must be what their accounts have. */
  async final(
    logs: ReadonlyMap<string, readonly number[]>,
    operations: ReadonlyMap<number, Operation>,
    store: Store,
  ): Promise<void> {
    const expected = new Map<string, number>()
    const add = (purse: string, amount: number): void => {
      expected.set(purse, (expected.get(purse) ?? 0) + amount)
    }
    for (const [purse, log] of logs) {
      add(purse, 0)
      for (const id of log) {
        const { kind, amount, to } = operations.get(id) ?? {
          kind: 'note',
          amount: 0,
          to: undefined,
        }
        if (kind === 'earn') add(purse, amount)
        if ((kind === 'pay' || kind === 'payOnce') && to !== undefined) {
          add(purse, -amount)
          add(to, amount)
        }
      }
    }
    for (const [purse, amount] of expected) {
      const stored = await store.ledger.balance(accountOf(purse), 'gold')
      const seen = this.#balances.get(accountOf(purse)) ?? 0
      if (stored === amount && seen === amount) continue
      const text = `${purse} has ${stored}; by its log ${amount}, by the commits ${seen}`
      this.#verdicts.report('ledgerErrors', text)
    }
    const { findings } = await store.ledger.audit()
    for (const { detail } of findings) this.#verdicts.report('ledgerErrors', detail)
  }

  #move(id: string, move: Move): void {
    if (!('amount' in move)) return
    const { from, to, amount } = move
    const left = (this.#balances.get(from) ?? 0) - amount
    this.#balances.set(from, left)
    this.#balances.set(to, (this.#balances.get(to) ?? 0) + amount)
    if (left >= 0 || from.startsWith('source:')) return
    this.#verdicts.report('ledgerErrors', `transfer ${id} left ${left} in ${from}`)
  }
}
