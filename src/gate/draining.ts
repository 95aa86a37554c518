import { RealmError } from '../errors/index.ts'
import type { Clock } from '../ports/index.ts'
import type { DrainOptions } from './options.ts'
import type { Outboxes } from './outbox.ts'
import type { GateSocket } from './socket.ts'

const timeoutMsDefault = 20_000
const stepMs = 100
/** Clients are asked within this part of the time, evenly, so that other gates get them evenly. */
const spreadShare = 0.5

export interface DrainParts {
  readonly clock: Clock
  readonly outboxes: Outboxes
  sockets(): ReadonlySet<GateSocket>
  /** Addresses of gates that take clients in. */
  others(): readonly string[]
}

/**
 * Asks all clients to go on at other gates, a few at a time, and ends the sockets of those who
 * stay. Where there is no other gate nobody is asked.
 */
export async function emptySockets(
  { clock, outboxes, sockets, others }: DrainParts,
  { timeoutMs = timeoutMsDefault }: DrainOptions,
): Promise<void> {
  const asked = new Set<GateSocket>()
  const steps = Math.max(1, Math.floor((timeoutMs * spreadShare) / stepMs))
  const perStep = Math.ceil(sockets().size / steps)
  const endMs = clock.now() + timeoutMs
  while (sockets().size > 0 && clock.now() < endMs) {
    const urls = others()
    if (urls.length === 0) return
    let left = perStep
    for (const socket of sockets()) {
      const { session } = socket
      if (left === 0) break
      if (session === undefined || asked.has(socket)) continue
      left -= 1
      asked.add(socket)
      const at = asked.size % urls.length
      const rotated = [...urls.slice(at), ...urls.slice(0, at)]
      outboxes.send(session, 'gates', { move: true, urls: rotated })
    }
    await new Promise<void>((resolve) => void clock.after(stepMs, resolve))
  }
  for (const socket of [...sockets()]) socket.end(new RealmError('GATE_DRAINING'))
}
