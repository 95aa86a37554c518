import { RealmError } from '../errors/index.ts'
import type { Clock } from '../ports/index.ts'
import type { DrainOptions } from './options.ts'
import type { GateSocket } from './socket.ts'

const timeoutMsDefault = 20_000
const stepMs = 100
/** Clients leave within this part of the time, evenly, so that the other gates get them evenly. */
const spreadShare = 0.5

/** Ends all sockets, a few at a time, so that their clients go on at other gates. */
export async function emptySockets(
  clock: Clock,
  sockets: () => ReadonlySet<GateSocket>,
  { timeoutMs = timeoutMsDefault }: DrainOptions,
): Promise<void> {
  const steps = Math.max(1, Math.floor((timeoutMs * spreadShare) / stepMs))
  const perStep = Math.ceil(sockets().size / steps)
  const endMs = clock.now() + timeoutMs
  while (sockets().size > 0 && clock.now() < endMs) {
    let left = perStep
    for (const socket of [...sockets()]) {
      if (left === 0) break
      left -= 1
      socket.end(new RealmError('GATE_DRAINING'))
    }
    await new Promise<void>((resolve) => void clock.after(stepMs, resolve))
  }
}
