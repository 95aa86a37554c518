import { type ErrorCode, RealmError } from '../errors/index.ts'
import type { HostMessage } from './behaviour.ts'

/** What a message is refused with before its turn: that of a copy says nothing of those before. */
const beforeItsTurn: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  ...(['ACTIVATION_PARKED', 'MAILBOX_FULL', 'BUS_BUSY', 'NODE_BUSY'] as const),
  ...(['NODE_MISSING', 'NODE_STOPPED', 'NOT_OWNER'] as const),
])

/** What a refused message tells its sender. */
export function refusalOf(message: HostMessage, error: RealmError): RealmError {
  const isAgain = message.op === 'call' && message.firstMs !== undefined
  if (!isAgain || !beforeItsTurn.has(error.code)) return error
  return new RealmError('OUTCOME_UNKNOWN', `Sent again, it met ${error.code}.`, { cause: error })
}

/**
 * What arrives may have been under way for so long, be it from a client or from another node: a
 * link that carries nothing for that long is given up.
 */
const underWayMsMax = 10_000

/**
 * When the first copy was sent of a message that was sent `agoMs` before this one: certainly not
 * before that time, by the clock that gave `nowMs`. No clocks are compared, so none need agree.
 */
export function firstSentMs(nowMs: number, agoMs: number): number {
  return nowMs - agoMs - underWayMsMax
}
