import { type ErrorCode, errorRegistry, RealmError } from '../errors/index.ts'

/** An error as a server named it. A code of a newer server is kept in the detail. */
export function errorFromWire(code: string, detail: string): RealmError {
  if (Object.hasOwn(errorRegistry, code)) return new RealmError(code as ErrorCode, detail)
  return new RealmError('INTERNAL', detail === '' ? code : `${code}: ${detail}`)
}

/** Whether bytes were at fault: mended by another socket or session. */
export function isMalformed(error: RealmError): boolean {
  return error.code === 'PROTOCOL_GARBAGE' || error.code.startsWith('SCHEMA_')
}

/** Whether trying again is of no use: the session is over, or the player may not log in. */
export function isFinal(error: RealmError): boolean {
  return !error.retry && !isMalformed(error)
}

/** Whether the ticket was at fault, and a new login may help. */
export function isStaleTicket(error: RealmError): boolean {
  return error.code.startsWith('TICKET_')
}

export function tooLate(): RealmError {
  return new RealmError('CONNECT_FAILED', 'The server did not answer in time.')
}

export function silent(): RealmError {
  return new RealmError('CONNECT_FAILED', 'The server has gone silent.')
}
