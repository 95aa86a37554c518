import { RealmError, toRealmError } from '../errors/index.ts'
import type { Log } from '../ports/index.ts'

/**
 * What a caller learns of an error thrown by game code. Registered errors pass: they come from
 * `refuse`, from the ledger or from another actor. Anything else stays in the log.
 */
export function handlerError(error: unknown, log: Log, fields: object): RealmError {
  const known = toRealmError(error, 'HANDLER_FAILED')
  const { code } = known
  const refused = code === 'REFUSED' || (code.startsWith('LEDGER_') && code !== 'LEDGER_MALFORMED')
  if (refused) return known
  log.error({ ...fields, error, code }, 'Game code failed.')
  // A value that game code got wrong is not the caller's fault.
  return code.startsWith('SCHEMA_') ? new RealmError('HANDLER_FAILED', '', { cause: error }) : known
}
