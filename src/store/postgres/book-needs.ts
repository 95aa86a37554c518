import type { PreparedTransfer } from '../ledger/content.ts'
import { ledgerNeeds } from '../ledger/needs.ts'
import { itemsAsset } from '../ledger/rules.ts'

/** What a batch needs to know of the books, in the order in which all processes lock it. */
export interface BookNeeds {
  readonly accounts: readonly string[]
  /** How many entries each account gets if nothing is refused. */
  readonly entries: readonly number[]
  /** Accounts and assets of the balances, side by side, in the order of the accounts. */
  readonly owners: readonly string[]
  readonly assets: readonly string[]
  /** By how much each balance changes if nothing is refused; 0 where that would not be exact. */
  readonly changes: readonly number[]
  readonly items: readonly string[]
  readonly transfers: readonly string[]
  /** What each transfer is to be, by the first who asks for it. */
  readonly contents: readonly string[]
}

/** What all moves of a batch come to for one account: its entries, and the change of each asset. */
interface Sums {
  entries: number
  readonly changes: Map<string, number>
}

/** Undefined where nothing is transferred. */
export function bookNeeds(
  transactions: readonly (readonly PreparedTransfer[])[],
): BookNeeds | undefined {
  const needs = ledgerNeeds(transactions)
  if (needs.transfers.size === 0) return undefined
  const first = new Map<string, PreparedTransfer>()
  for (const transfers of transactions) {
    for (const transfer of transfers) if (!first.has(transfer.id)) first.set(transfer.id, transfer)
  }
  const sums = sumsOf(first.values())
  const accounts = [...needs.balances.keys()].sort()
  const transfers = [...needs.transfers].sort()
  const pairs = accounts.flatMap((owner) =>
    [...(needs.balances.get(owner) ?? [])].map((asset) => {
      const change = sums.get(owner)?.changes.get(asset) ?? 0
      return { owner, asset, change: Number.isSafeInteger(change) ? change : 0 }
    }),
  )
  return {
    accounts,
    entries: accounts.map((account) => sums.get(account)?.entries ?? 0),
    owners: pairs.map(({ owner }) => owner),
    assets: pairs.map(({ asset }) => asset),
    changes: pairs.map(({ change }) => change),
    items: [...needs.items].sort(),
    transfers,
    contents: transfers.map((id) => first.get(id)?.content ?? ''),
  }
}

function sumsOf(transfers: Iterable<PreparedTransfer>): Map<string, Sums> {
  const sums = new Map<string, Sums>()
  const enter = (account: string, asset: string, change: number): void => {
    const of = sums.get(account) ?? { entries: 0, changes: new Map<string, number>() }
    sums.set(account, of)
    of.entries += 1
    of.changes.set(asset, (of.changes.get(asset) ?? 0) + change)
  }
  for (const { moves } of transfers) {
    for (const move of moves) {
      const [asset, amount] = 'asset' in move ? [move.asset, move.amount] : [itemsAsset, 1]
      enter(move.from, asset, -amount)
      enter(move.to, asset, amount)
    }
  }
  return sums
}
