import { RealmError, toRealmError } from '../errors/index.ts'
import type { Clock, Store, Transfer } from '../ports/index.ts'
import { delay } from './commit.ts'
import { ledgerError } from './ledger-error.ts'

/** Attempts while the store gives no answer; waits double. */
const attemptsMax = 6
const retryWaitMs = 50

/**
 * Makes a transfer on nobody's behalf. The ledger makes it once, so it is asked for again where an
 * answer was lost.
 * @throws RealmError `LEDGER_…`; `STORE_UNAVAILABLE` where it is unknown what became of it
 */
export async function pay(store: Store, clock: Clock, transfer: Transfer): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const result = await store.transact({ checks: [], writes: [], transfers: [transfer] })
      if (result.ok) return
      if ('refused' in result) throw ledgerError(result.refused)
      throw new RealmError('INTERNAL', 'What had no check was refused by one.')
    } catch (error) {
      const known = toRealmError(error, 'STORE_UNAVAILABLE')
      if (!known.retry || attempt === attemptsMax) throw known
    }
    await delay(clock, retryWaitMs * 2 ** (attempt - 1))
  }
}
