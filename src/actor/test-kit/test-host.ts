import { testCluster } from '../../cluster/test-kit/index.ts'
import type { Delivery, HostMessage, Member } from '../behaviour.ts'
import { callIdOf } from '../call-id.ts'
import { type GateDelivery, gateDeliver } from '../delivery-message.ts'
import type { GameDefinition, GameSpec } from '../game.ts'
import { createHost } from '../host.ts'
import type { HostLimits } from '../limits.ts'
import { loadGame } from '../load-game.ts'
import { gateMissed } from '../losses.ts'
import { type GateTiles, gateTiles } from '../messages.ts'

/**
 * Hosts of one game in a cluster under a clock that the test moves; each with a gate that takes
 * notes.
 */
export function testRealm(
  game: GameDefinition<GameSpec>,
  options: { exclusive?: boolean; limits?: HostLimits } = {},
) {
  const cluster = testCluster({ exclusive: options.exclusive ?? true })
  return {
    clock: cluster.clock,
    store: cluster.store,
    async join(id = 'a', more: Parameters<typeof cluster.join>[2] = {}) {
      const { node, store } = await cluster.join(id, {}, more)
      const deliveries: GateDelivery[] = []
      const tiles: GateTiles[] = []
      node.serve(gateDeliver, (_from, delivery) => {
        // A word between nodes, which no client gets.
        const { kind } = delivery.delivery
        if (kind !== 'resumed' && kind !== 'caughtUp') deliveries.push(delivery)
      })
      const missed: string[] = []
      node.serve(gateMissed, (_from, { addresses }) => {
        missed.push(...addresses)
      })
      node.serve(gateTiles, (_from, batch) => {
        tiles.push(batch)
      })
      const host = createHost({
        node,
        game: loadGame(game),
        ...(options.limits && { limits: options.limits }),
      })
      return { node, store, host, deliveries, missed, tiles }
    },
  }
}

let calls = 0

/** A call with an encoded input, as a gate sends it. */
export function callMessage(
  method: number,
  input: Uint8Array = new Uint8Array(),
  more: Partial<Extract<HostMessage, { op: 'call' }>> = {},
): HostMessage {
  calls += 1
  return {
    op: 'call',
    method,
    input,
    caller: undefined,
    callId: callIdOf(`test-${calls}`),
    ...more,
  }
}

export function memberOf(session: string, player = session, gate = 'a'): Member {
  return { session, gate, player: { id: player, name: player } }
}

export function joinMessage(member: Member): HostMessage {
  return { op: 'join', member, options: new Uint8Array() }
}

export function kindsOf(deliveries: readonly GateDelivery[]): Delivery['kind'][] {
  return deliveries.map(({ delivery }) => delivery.kind)
}

/** A promise with its outcome on show. */
export function watched<T>(promise: Promise<T>): { done: boolean; value?: T; error?: unknown } {
  const state: { done: boolean; value?: T; error?: unknown } = { done: false }
  promise.then(
    (value) => Object.assign(state, { done: true, value }),
    (error) => Object.assign(state, { done: true, error }),
  )
  return state
}
