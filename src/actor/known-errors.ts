import type { Address } from '../cluster/index.ts'
import { RealmError, toRealmError } from '../errors/index.ts'
import type { Log } from '../ports/index.ts'

/**
 * What is a `RealmError` may go to the caller; the rest is logged and becomes `HANDLER_FAILED`.
 */
export function knownErrors(log: Log, address: Address) {
  return (error: unknown, what: string): RealmError => {
    if (!(error instanceof RealmError) || error.code.startsWith('SCHEMA_')) {
      log.error({ error, address }, what)
    }
    return toRealmError(error, 'HANDLER_FAILED')
  }
}
