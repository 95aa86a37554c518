import type { GameDefinition } from '../actor/index.ts'
import type { ConnectOptions, StorageLike } from '../client/index.ts'
import { nodeCrypto } from '../cluster/index.ts'
import { silentLog } from '../ports/index.ts'
import { type Realm, type RealmOptions, startRealm } from '../realm.ts'
import type { SimClientSocket } from './socket.ts'
import type { SimProcess, SimWorld } from './world.ts'

/** A node of a simulated cluster. */
export interface SimNode {
  readonly process: SimProcess
  readonly realm: Realm
  /** Where its gate listens. */
  readonly url: string
}

/** Starts one node of a cluster per name; all share the world's bus and store. */
export async function startNodes(
  world: SimWorld,
  game: GameDefinition,
  names: readonly string[],
): Promise<SimNode[]> {
  const nodes: SimNode[] = []
  for (const name of names) nodes.push(await world.until(startNode(world, game, name)))
  return nodes
}

export async function startNode(
  world: SimWorld,
  game: GameDefinition,
  name: string,
  port = 0,
  options: Pick<RealmOptions, 'roles' | 'gate'> = {},
): Promise<SimNode> {
  const process = world.process(name)
  const realm = await startRealm({
    game,
    id: name,
    clock: process.clock,
    // A process of the same name draws the same again, but no life of a node is like another.
    random: process.random.fork(`life at ${process.clock.now()}`),
    bus: world.bus,
    store: process.store(),
    crypto: nodeCrypto(),
    log: silentLog,
    listener: process.listener({ port }),
    ...options,
  })
  return { process, realm, url: `http://${realm.address.host}:${realm.address.port}` }
}

/**
 * What `connect` needs to run on a virtual process of its own, with a storage that outlives its
 * connections.
 * @param opened sees each socket as it is opened, so that a scenario can cut it
 */
export function simClientOptions(
  world: SimWorld,
  name: string,
  opened: (socket: SimClientSocket) => void = () => {},
  storage: StorageLike = newStorage(),
): ConnectOptions {
  const process = world.process(name)
  // A plain function may return what `new` gives.
  function SimWebSocket(url: string): SimClientSocket {
    const socket = process.connectClient(url)
    opened(socket)
    return socket
  }
  return {
    guest: name,
    clock: process.clock,
    random: () => process.random.float(),
    WebSocket: SimWebSocket as never,
    fetch: async (url, { method, headers, body }) => {
      const request = { method, headers, body: new TextEncoder().encode(body) }
      const response = await world.request(url, request)
      const text =
        typeof response.body === 'string' ? response.body : new TextDecoder().decode(response.body)
      const ok = response.status >= 200 && response.status < 300
      return { ok, status: response.status, json: async () => JSON.parse(text) as unknown }
    },
    storage,
  }
}

function newStorage(): StorageLike {
  const stored = new Map<string, string>()
  return {
    getItem: (key) => stored.get(key) ?? null,
    setItem: (key, value) => void stored.set(key, value),
    removeItem: (key) => void stored.delete(key),
  }
}
