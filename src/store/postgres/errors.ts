import { type ErrorCode, RealmError } from '../../errors/index.ts'

/**
 * Conditions of PostgreSQL (its documentation, appendix A) that say more than "unavailable", by
 * their code or by the class that its first two characters name.
 */
const errorCodes: Readonly<Record<string, ErrorCode>> = {
  28: 'STORE_ACCESS',
  '3D000': 'STORE_ACCESS',
  '42501': 'STORE_ACCESS',
  '25006': 'STORE_UNFIT',
}

/** What the client itself says where the server asks for a password and there is none. */
const saslProblem = /^SASL: /

/** The code of a condition that the server reported; undefined where the connection failed. */
export function conditionOf(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error)) return undefined
  const { code, severity } = thrown as { code?: unknown; severity?: unknown }
  return typeof code === 'string' && severity !== undefined ? code : undefined
}

/** What a server says last: it shuts down, it crashed, or a transaction stood idle for too long. */
const lastWords = /^(?:57P0[1235]|25P0[34]|08)/

/** Whether the connection is over, though its end may not have arrived yet. */
export function endsConnection(thrown: unknown): boolean {
  return lastWords.test(conditionOf(thrown) ?? '')
}

/**
 * The registered error for whatever the client or the server threw. Its text holds the code of the
 * condition alone: what the server says may name keys of other players.
 */
export function storeError(thrown: unknown): RealmError {
  if (thrown instanceof RealmError) return thrown
  const condition = conditionOf(thrown)
  const { code, message = '' } = thrown as { code?: string; message?: string }
  const options = { cause: thrown }
  if (condition === undefined && saslProblem.test(message)) {
    return new RealmError('STORE_ACCESS', 'Reason: the password is missing or wrong.', options)
  }
  const known = condition && (errorCodes[condition] ?? errorCodes[condition.slice(0, 2)])
  const why = condition ?? code ?? 'the connection was lost'
  return new RealmError(known || 'STORE_UNAVAILABLE', `Reason: ${why}.`, options)
}

/** The error with which calls end, whatever lies behind: the port knows no other. */
export function unavailable(thrown: unknown): RealmError {
  const error = storeError(thrown)
  if (error.code === 'STORE_UNAVAILABLE') return error
  return new RealmError('STORE_UNAVAILABLE', error.message, { cause: error })
}
