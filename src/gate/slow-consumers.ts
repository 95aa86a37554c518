import type { Log } from '../ports/index.ts'
import type { GateLimits } from './limits.ts'
import type { GateSocket } from './socket.ts'
import type { GateCounters } from './stats.ts'

/** A client may be slow; one whose backlog is large and does not shrink is to be cut off. */
function* slowConsumers(
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

export interface SlowParts {
  readonly log: Log
  readonly limits: GateLimits
  readonly counters: GateCounters
}

/** Cuts off clients that do not read; they may resume. To be called about once a second. */
export function cutSlow(
  { log, limits, counters }: SlowParts,
  sockets: Iterable<GateSocket>,
  nowMs: number,
): void {
  for (const socket of slowConsumers(sockets, limits, nowMs)) {
    counters.slowConsumers += 1
    log.info({ code: 'SLOW_CONSUMER', player: socket.session?.player.id }, 'A client was cut.')
    socket.cut()
  }
}
