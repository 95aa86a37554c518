import type { Move, Transaction, Transfer } from '../../../ports/index.ts'
import { type Canary, transacting } from './plant.ts'

/** Bugs of a store that keeps books. */
export const ledgerCanaries: readonly Canary[] = [
  transacting('books that make a transfer twice', (draw) => (store) => async (transaction) => {
    const result = await store.transact(transaction)
    const { transfers = [] } = transaction
    if (result.ok && transfers.length > 0 && draw.chance(0.05)) {
      const again = transfers.map((transfer) => ({ ...transfer, id: `${transfer.id}/again` }))
      await store.transact({ checks: [], writes: [], transfers: again }).catch(() => {})
    }
    return result
  }),
  transacting('books that ignore the ids of transfers', () => (store) => {
    let made = 0
    return (transaction) => {
      return store.transact(
        changed(transaction, (transfer) => {
          made += 1
          return { ...transfer, id: `${transfer.id}/${made}` }
        }),
      )
    }
  }),
  transacting('books that forget a transfer', (draw) => (store) => (transaction) => {
    const transfers = (transaction.transfers ?? []).filter(() => !draw.chance(0.03))
    return store.transact({ ...transaction, transfers })
  }),
  transacting('books that take from nobody', (draw) => (store) => (transaction) => {
    const free = (move: Move): Move =>
      move.from.startsWith('actor/') && draw.chance(0.1) ? { ...move, from: 'source:bug' } : move
    return store.transact(
      changed(transaction, (transfer) => ({ ...transfer, moves: transfer.moves.map(free) })),
    )
  }),
  transacting('books that round what is moved', (draw) => (store) => (transaction) => {
    const rounded = (move: Move): Move =>
      'amount' in move && draw.chance(0.1) ? { ...move, amount: move.amount + 1 } : move
    return store.transact(
      changed(transaction, (transfer) => ({ ...transfer, moves: transfer.moves.map(rounded) })),
    )
  }),
  transacting('books that keep what belongs to a repeated transfer', () => (store) => {
    return async (transaction) => {
      const result = await store.transact(transaction)
      const repeated =
        !result.ok && 'refused' in result && result.refused.code === 'LEDGER_REPEATED'
      return repeated ? store.transact({ ...transaction, transfers: [] }) : result
    }
  }),
  transacting('books that keep state where the money is missing', () => (store) => {
    return async (transaction) => {
      const result = await store.transact(transaction)
      const missing = !result.ok && 'refused' in result && result.refused.code === 'LEDGER_FUNDS'
      return missing ? store.transact({ ...transaction, transfers: [] }) : result
    }
  }),
]

function changed(transaction: Transaction, change: (transfer: Transfer) => Transfer): Transaction {
  return { ...transaction, transfers: (transaction.transfers ?? []).map(change) }
}
