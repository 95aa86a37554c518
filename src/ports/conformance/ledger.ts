import type { Store } from '../store.ts'
import { inOrder, type Within } from './ledger-kit.ts'
import { itemsConformance, moneyConformance } from './ledger-moves.ts'
import { ledgerProperties } from './ledger-properties.ts'
import { readingConformance } from './ledger-reading.ts'
import { repeatsConformance, togetherConformance } from './ledger-transactions.ts'

/**
 * Registers what the ledger of every `Store` must do. `makeStore` gives an empty store; random
 * transactions are tried on `runs` of them.
 */
export function ledgerConformance(
  name: string,
  makeStore: () => Store | Promise<Store>,
  runs = 25,
): void {
  const within: Within = (check) => async () => {
    const store = await makeStore()
    await check(store)
    await inOrder(store)
    await store.close()
  }
  moneyConformance(name, within)
  itemsConformance(name, within)
  repeatsConformance(name, within)
  togetherConformance(name, within)
  readingConformance(name, within)
  ledgerProperties(name, makeStore, runs)
}
