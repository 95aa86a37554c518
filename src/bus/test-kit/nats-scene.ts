import { afterEach } from 'node:test'
import type { BusPort } from '../../ports/index.ts'
import { systemClock, systemRandom } from '../../ports/index.ts'
import { type NatsBus, type NatsBusOptions, natsBus } from '../index.ts'
import { type NatsServer, startNatsServer } from './nats-server.ts'

/** What one test of the bus over NATS works with; all of it ends with the test. */
export interface NatsScene {
  readonly server: NatsServer
  /** A bus on the server with a quick reconnection, for this test alone. */
  bus(options?: Partial<NatsBusOptions>): NatsBus
  join(bus: NatsBus, node: string): Promise<JoinedNode>
  /** Ends something with the test. */
  after(end: () => Promise<void> | void): void
}

export interface JoinedNode {
  readonly port: BusPort
  readonly received: [from: string, text: string][]
  send(to: string, text: string): void
}

/** Ends what tests left open, also where they failed. */
export function natsScenes(): (config?: string) => Promise<NatsScene> {
  let ends: Array<() => Promise<void> | void> = []
  afterEach(async () => {
    const ending = ends.reverse()
    ends = []
    for (const end of ending) await end()
  })
  return async (config = '') => {
    const server = await startNatsServer(config)
    ends.push(() => server.close())
    return {
      server,
      after: (end) => void ends.push(end),
      bus: (options = {}) =>
        natsBus({
          servers: server.url,
          clock: systemClock(),
          random: systemRandom(),
          connectTimeoutMs: 500,
          pingIntervalMs: 200,
          ...options,
        }),
      join: async (bus, node) => {
        const received: [string, string][] = []
        const decoder = new TextDecoder()
        const port = await bus.join(node, (from, bytes) => {
          received.push([from, decoder.decode(bytes)])
        })
        ends.push(() => port.close())
        const encoder = new TextEncoder()
        return { port, received, send: (to, text) => port.send(to, encoder.encode(text)) }
      },
    }
  }
}
