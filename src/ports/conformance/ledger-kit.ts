import assert from 'node:assert/strict'
import { type ErrorCode, RealmError } from '../../errors/index.ts'
import type { Move, Transfer } from '../ledger.ts'
import type { Check, Store, TransactionResult, Write } from '../store.ts'

/** A test that is given an empty store, whose books must be in order afterwards. */
export type Within = (check: (store: Store) => Promise<void>) => () => Promise<void>

export const codeIs = (code: ErrorCode) => (error: unknown) =>
  error instanceof RealmError && error.code === code

export const gold = (from: string, to: string, amount: number): Move => {
  return { from, to, asset: 'gold', amount }
}

export const give = (from: string, to: string, item: string): Move => ({ from, to, item })

export const forge = (to: string, item: string, kind = 'sword'): Move => {
  return { from: 'mint:forge', to, item, kind }
}

export const transfer = (id: string, ...moves: Move[]): Transfer => ({ id, moves })

export const write = (key: string): Write => ({ key, value: Uint8Array.of(1) })

/** Commits transfers, with or without checks and writes. */
export function move(
  store: Store,
  transfers: readonly Transfer[],
  { checks = [], writes = [] }: { checks?: Check[]; writes?: Write[] } = {},
): Promise<TransactionResult> {
  return store.transact({ checks, writes, transfers })
}

/** Fails the test where it is refused. */
export async function moved(store: Store, ...transfers: Transfer[]): Promise<void> {
  assert.deepEqual(await move(store, transfers), { ok: true, versions: [] })
}

export const goldOf = (store: Store, account: string): Promise<number> =>
  store.ledger.balance(account, 'gold')

/** The whole of an account's history. */
export async function historyOf(store: Store, account: string) {
  return store.ledger.history(account, { limit: 10_000 })
}

/** Fails the test where the books are not in order; returns what the audit found. */
export async function inOrder(store: Store) {
  const report = await store.ledger.audit()
  assert.deepEqual(report.findings, [])
  assert.equal(report.findingsTotal, 0)
  return report
}
