import assert from 'node:assert/strict'
import { type ConnectOptions, connect, type Realm } from '../../src/client/index.ts'
import type { GameDefinition } from '../../src/index.ts'
import {
  clientMessages,
  JoinReply,
  type MessageOf,
  protocolVersion,
  serverMessages,
} from '../../src/protocol/index.ts'
import { decode } from '../../src/schema/index.ts'
import {
  type SimClientSocket,
  type SimWorld,
  simClientOptions,
  simWorld,
  startNode,
} from '../../src/sim/index.ts'

type Sent = MessageOf<typeof clientMessages.table>
type Received = MessageOf<typeof serverMessages.table>
type BodyOf<M extends { type: string; body: unknown }, T extends string> = Extract<
  M,
  { type: T }
>['body']

/** A whole game on one virtual node, with players under a virtual clock. */
export interface SimGame<G> {
  readonly sim: SimWorld
  /** Connects a well-behaved player. */
  player(name: string, options?: ConnectOptions): Promise<SimPlayer<G>>
  /** Logs in somebody who says what a test wants to be said. */
  stranger(name: string): Promise<SimStranger>
}

/** A well-behaved player and everything that ever bothered them. */
export interface SimPlayer<G> {
  readonly realm: Realm<G>
  readonly troubles: string[]
}

export async function simGame<G extends GameDefinition>(
  game: G,
  seed: string,
): Promise<SimGame<G>> {
  const sim = simWorld(seed)
  const { url } = await sim.until(startNode(sim, game, 'solo'))
  return {
    sim,
    player: async (name, options = {}) => {
      const host = simClientOptions(sim, name)
      const realm = await sim.until(connect<G>(url, { ...host, ...options }))
      const troubles: string[] = []
      realm.onStatus((status) => troubles.push(status))
      realm.onError(({ code }) => troubles.push(code))
      return { realm, troubles }
    },
    stranger: async (name) => {
      const body = new TextEncoder().encode(JSON.stringify({ guest: name }))
      const login = sim.request(`${url}/realm/login`, { method: 'POST', body })
      const { ticket } = JSON.parse(String((await sim.until(login)).body)) as { ticket: string }
      const stranger = new SimStranger(sim.process(name).connectClient(`${url}/realm`))
      await sim.run(100)
      stranger.say('hello', {
        protocol: protocolVersion,
        manifestHash: '',
        login: { type: 'ticket', ticket },
      })
      await sim.run(500)
      assert.equal(stranger.of('welcome').length, 1, 'no welcome')
      return stranger
    },
  }
}

/** A client that says whatever a test wants it to, byte by byte. */
export class SimStranger {
  readonly received: Received[] = []
  closed = false
  readonly #socket: SimClientSocket

  constructor(socket: SimClientSocket) {
    this.#socket = socket
    socket.binaryType = 'arraybuffer'
    socket.onmessage = ({ data }) => {
      const bytes = new Uint8Array(data as ArrayBuffer)
      serverMessages.decode(bytes, (message) => this.received.push(message))
    }
    socket.onclose = () => {
      this.closed = true
    }
  }

  say<T extends Sent['type']>(type: T, body: BodyOf<Sent, T>): void {
    if (!this.closed) this.#socket.send(clientMessages.encode(type, body as never))
  }

  of<T extends Received['type']>(type: T): BodyOf<Received, T>[] {
    return this.received.flatMap((message) =>
      message.type === type ? [message.body as BodyOf<Received, T>] : [],
    )
  }

  /** Enters a world as channel 1. @returns the own entity, once time has passed */
  join(block: number, options: Uint8Array): () => number {
    const body = { id: 1, block, mode: 0, key: '', channel: 1, options }
    this.say('join', body)
    return () => {
      const [reply] = this.of('reply')
      assert.ok(reply, 'not let in')
      return decode(JoinReply, reply.output).me
    }
  }
}
