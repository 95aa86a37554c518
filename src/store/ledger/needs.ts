import type { Item } from '../../ports/index.ts'
import type { LedgerFacts } from './batch.ts'
import type { PreparedTransfer } from './content.ts'
import { itemsAsset } from './rules.ts'

/**
 * Everything that a batch may ask its facts for, for an adapter that loads (and locks) it before it
 * decides. To lock in the order of the names keeps two batches from waiting for each other.
 */
export interface LedgerNeeds {
  readonly transfers: ReadonlySet<string>
  /** The assets wanted of each account; `''` for how many items it has. */
  readonly balances: ReadonlyMap<string, ReadonlySet<string>>
  readonly items: ReadonlySet<string>
}

export function ledgerNeeds(batch: Iterable<readonly PreparedTransfer[]>): LedgerNeeds {
  const transfers = new Set<string>()
  const balances = new Map<string, Set<string>>()
  const items = new Set<string>()
  const want = (account: string, asset: string): void => {
    const known = balances.get(account)
    if (known) known.add(asset)
    else balances.set(account, new Set([asset]))
  }
  for (const transaction of batch) {
    for (const { id, moves } of transaction) {
      transfers.add(id)
      for (const move of moves) {
        const asset = 'asset' in move ? move.asset : itemsAsset
        want(move.from, asset)
        want(move.to, asset)
        if ('item' in move) items.add(move.item)
      }
    }
  }
  return { transfers, balances, items }
}

/** What was loaded for `ledgerNeeds`; what is not in it does not exist yet. */
export interface LoadedFacts {
  /** Contents by id. */
  readonly transfers: ReadonlyMap<string, string>
  readonly sequences: ReadonlyMap<string, number>
  /** Amounts by asset, by account. */
  readonly balances: ReadonlyMap<string, ReadonlyMap<string, number>>
  readonly items: ReadonlyMap<string, Item>
}

export function loadedFacts({ transfers, sequences, balances, items }: LoadedFacts): LedgerFacts {
  return {
    content: (id) => transfers.get(id),
    sequence: (account) => sequences.get(account) ?? 0,
    balance: (account, asset) => balances.get(account)?.get(asset) ?? 0,
    item: (id) => items.get(id),
  }
}
