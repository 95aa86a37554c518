export const pingPeriodMs = 2000
/** Of three pings so many are left out while messages come anyway. */
export const pingsSparedMax = 2
/** Pings without any sign of life before the socket counts as dead. */
export const pingsUnansweredMax = 3
/** Numbered messages received before they are acknowledged ahead of the next regular ping. */
export const unacknowledgedMax = 512
/** Numbered messages sent before an acknowledgement is asked for ahead of the next regular ping. */
export const keptBeforePingMax = 128
/**
 * Times a session is resumed after malformed messages in a row, before it is given up for a new
 * one.
 */
export const malformedInARowMax = 2
/** Bytes waiting in the host above which unreliable messages are left out. */
export const looseWaitingBytesMax = 64 * 1024

/** Ends of sockets that a reconnection mends, and that the status tells enough about. */
export const expected: readonly string[] = [
  ...['CONNECT_FAILED', 'SERVER_CLOSING', 'RESUME_INVALID', 'GATE_DRAINING', 'LEASE_LOST'],
]
/** After which a gate is not worth another attempt. */
export const closes: readonly string[] = ['SERVER_CLOSING', 'GATE_DRAINING', 'SESSIONS_FULL']
/** Where others are known, a gate that does not answer is given up after this. */
export const silentGateMs = 3000
/** Where others are known, a gate that has said nothing for so long is asked for a sign of life. */
export const quietMs = 1000
/** It is gone when nothing comes for so long then, and two round trips. */
export const unheardMs = 1250
/** A client that is asked to move awaits its answers for so long. */
export const moveWaitMs = 3000
