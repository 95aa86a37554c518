import { RealmError, toRealmError } from '../errors/index.ts'
import type { Log } from '../ports/index.ts'

/**
 * What a caller learns of an error thrown by game code. Registered errors pass: they come from
 * `refuse`, from the ledger or from another actor. Anything else stays in the log.
 */
export function handlerError(error: unknown, log: Log, fields: object): RealmError {
  const known = toRealmError(error, 'HANDLER_FAILED')
  if (known.code === 'REFUSED' || known.code === 'LEDGER_FUNDS') return known
  log.error({ ...fields, error, code: known.code }, 'Game code failed.')
  // A value that game code got wrong is not the caller's fault.
  return known.code.startsWith('SCHEMA_')
    ? new RealmError('HANDLER_FAILED', '', { cause: error })
    : known
}
