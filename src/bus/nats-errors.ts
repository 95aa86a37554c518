import { RealmError } from '../errors/index.ts'

/** Names of the client's errors that no waiting will mend. */
const refusals = new Set([
  'AuthorizationError',
  'UserAuthenticationExpiredError',
  'PermissionViolationError',
])

/**
 * What the client of NATS reports, as a registered error that names the servers tried. Errors of
 * the client speak of subjects and hosts, never of credentials.
 */
export function linkError(error: unknown, { servers }: { servers: readonly string[] }): RealmError {
  if (error instanceof RealmError) return error
  const { name, message } = error instanceof Error ? error : new Error(String(error))
  const said = message === '' ? name : message
  const code = refusals.has(name) ? 'BUS_REFUSED' : 'BUS_UNAVAILABLE'
  return new RealmError(code, `NATS at ${servers.join(', ')}: ${said}.`, { cause: error })
}
