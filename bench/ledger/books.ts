import type { Store, Transfer } from '../../src/ports/index.ts'

/** What everybody has at first, so that nobody runs out while transfers go to and fro. */
export const FUNDS = 1_000_000
const FUNDED_AT_ONCE = 250

/** Books of a contender. */
export interface Books {
  /** Moves gold, durably and once per id. Whether there was enough. */
  transfer(id: string, from: string, to: string, amount: number): Promise<boolean>
  /** How many entries the histories have, and what is wrong with them, in words. */
  audit(): Promise<{ readonly entries: number; readonly wrong: readonly string[] }>
  close(): Promise<void>
}

/** Realmkit's ledger in a store. */
export async function ourBooks(store: Store, accounts: readonly string[]): Promise<Books> {
  const make = (transfer: Transfer) =>
    store.transact({ checks: [], writes: [], transfers: [transfer] })
  for (let first = 0; first < accounts.length; first += FUNDED_AT_ONCE) {
    const funded = accounts.slice(first, first + FUNDED_AT_ONCE)
    const moves = funded.map((to) => ({ from: 'source:bank', to, asset: 'gold', amount: FUNDS }))
    await make({ id: `funds-${first}`, moves })
  }
  return {
    transfer: async (id, from, to, amount) => {
      const result = await make({ id, moves: [{ from, to, asset: 'gold', amount }] })
      return result.ok
    },
    audit: async () => {
      const { entries, findings } = await store.ledger.audit()
      return { entries, wrong: findings.map(({ detail }) => detail) }
    },
    close: () => store.close(),
  }
}
