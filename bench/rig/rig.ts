import { memoryBus } from '../../src/bus/index.ts'
import { startRealm } from '../../src/index.ts'
import {
  type Listener,
  type ListenerHandlers,
  silentLog,
  systemRandom,
} from '../../src/ports/index.ts'
import type { TileStreamDescriptor } from '../../src/protocol/index.ts'
import { memoryStore } from '../../src/store/index.ts'
import { StubClient } from './client.ts'
import { StepClock } from './clock.ts'
import type { RigGame } from './game.ts'

const JOINING_MAX = 50
/** Clients that decode all they get, and whose sight is compared with the truth. */
export const SAMPLES = 8

/**
 * A whole server in this process: world, bus, gate and everything between, as `realmkit run` has
 * them. Only time and sockets are not real: ticks run when the bench says so, and a frame is
 * written into a buffer as it would be for the kernel, and dropped.
 */
export interface Rig {
  readonly game: RigGame
  readonly clients: readonly StubClient[]
  join(count: number): Promise<void>
  /** One tick and all that follows from it at once: above all, frames of every client. */
  tick(): void
  /** Lets promises and the store come to rest, and sampled clients decode. */
  rest(): Promise<void>
  close(): Promise<void>
}

export async function startRig(game: RigGame): Promise<Rig> {
  const clock = new StepClock()
  let handlers: ListenerHandlers | undefined
  const listener: Listener = {
    listen: async (given) => {
      handlers = given
      return { host: '127.0.0.1', port: 1 }
    },
    close: async () => {},
  }
  // All clients come at once and from one address: the limits for that are raised, and that on the
  // bytes of a client, which 10,000 in one camp exceed. No others.
  const many = 1e6
  const realm = await startRealm({
    id: 'bench',
    game: game.definition,
    clock,
    random: systemRandom(),
    bus: memoryBus(),
    store: memoryStore(),
    log: silentLog,
    listener,
    gate: {
      limits: {
        loginsBurstMax: many,
        hellosBurstMax: many,
        admissionsPerSecondMax: many,
        admissionsPerSecondMin: many,
        admissionsBurstMax: many,
        sessionsMax: many,
        worldBytesPerSecondMax: 1e9,
      },
    },
  })
  const clients: StubClient[] = []
  const enter = async (descriptor?: TileStreamDescriptor): Promise<void> => {
    const client = new StubClient(descriptor)
    clients.push(client)
    await client.join(handlers as ListenerHandlers)
  }
  return {
    game,
    clients,
    join: async (count) => {
      const every = Math.max(1, Math.floor(count / SAMPLES))
      let next = 0
      const worker = async (): Promise<void> => {
        while (next < count) await enter(next++ % every === 0 ? game.descriptor : undefined)
      }
      await Promise.all(Array.from({ length: JOINING_MAX }, worker))
    },
    tick: () => clock.advance(1000 / game.tickHz),
    rest: async () => {
      await new Promise((resolve) => setImmediate(resolve))
      for (const client of clients) client.decode()
    },
    close: () => realm.close(),
  }
}
