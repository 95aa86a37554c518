import type { GateLimits } from './limits.ts'
import type { GateSocket } from './socket.ts'

/**
 * A client may be slow; one whose backlog is large and does not shrink is to be cut off, and may
 * resume. To be called about once a second.
 */
export function* slowConsumers(
  sockets: Iterable<GateSocket>,
  limits: GateLimits,
  nowMs: number,
): Generator<GateSocket> {
  const { slowConsumerHardBytesMax, slowConsumerMs } = limits
  for (const socket of sockets) {
    const { session } = socket
    if (session === undefined) continue
    const { bufferedBytes } = socket.connection
    const shrinks = bufferedBytes < session.stalledBytes
    session.stalledBytes = bufferedBytes
    if (bufferedBytes <= slowConsumerHardBytesMax || shrinks) session.stalledSinceMs = undefined
    else session.stalledSinceMs ??= nowMs
    const { stalledSinceMs } = session
    if (stalledSinceMs !== undefined && nowMs - stalledSinceMs >= slowConsumerMs) yield socket
  }
}
