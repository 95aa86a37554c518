import { RealmError } from '../errors/index.ts'
import type { Bus, Clock, Log, Random, Store } from '../ports/index.ts'
import { record } from '../schema/index.ts'
import { Directory } from './directory.ts'
import { Leases } from './lease.ts'
import { defineMessage } from './message.ts'
import type { ClusterNode } from './node.ts'
import { Requests } from './requests.ts'

export interface NodeOptions {
  /** Unique in the cluster: 1 to 64 letters, digits, `_`, `-` or `.`. */
  readonly id: string
  readonly clock: Clock
  readonly random: Random
  readonly bus: Bus
  readonly store: Store
  readonly log: Log
  readonly limits?: NodeLimits
}

export interface NodeLimits {
  /** Requests of this node to others that await an answer. Default 65,536. */
  readonly pendingRequestsMax?: number
  /** How long a request waits where nothing else is said. Default 10,000. */
  readonly requestTimeoutMs?: number
}

const nodeIdPattern = /^[0-9a-zA-Z_.-]{1,64}$/

/**
 * Somebody's lease has changed on purpose. Only a hint to look sooner: what counts is in the store.
 */
const lookNow = defineMessage('cluster.look', record({}))

/**
 * Joins the cluster. The bus and the store stay the caller's: they are not closed with the node.
 * @throws RealmError `NODE_DUPLICATE` where a living node has this id.
 */
export async function createNode(options: NodeOptions): Promise<ClusterNode> {
  const { id, clock, random, bus, store, limits = {} } = options
  if (!nodeIdPattern.test(id)) throw new RealmError('KEY_INVALID', `Node: ${id.slice(0, 64)}.`)
  const incarnation = random.id()
  const log = options.log.child({ node: id })
  const requestTimeoutMs = limits.requestTimeoutMs ?? 10_000
  const pendingRequestsMax = limits.pendingRequestsMax ?? 65_536
  const requests = new Requests({ id, incarnation, clock, log, pendingRequestsMax })
  const lost = (node: string): void => {
    log.warn({ lost: node }, 'A node is gone.')
    requests.abandon(node)
  }
  const leases = new Leases({ id, incarnation, clock, store, log, lost })
  const directory = new Directory({ id, incarnation, store, leases })

  const port = await bus.join(id, (from, bytes) => requests.receive(from, bytes))
  requests.attach(port)
  try {
    await leases.start()
  } catch (error) {
    requests.close()
    await port.close()
    throw error
  }
  requests.serve(lookNow, () => {
    leases.observe().catch(() => {})
  })
  const tellOthers = (): void => {
    for (const node of leases.members()) if (node !== id) requests.post(node, lookNow, {})
  }
  tellOthers()
  return {
    id,
    incarnation,
    clock,
    random,
    store,
    log,
    serve: (kind, handler) => requests.serve(kind, handler),
    post: (to, kind, input) => requests.post(to, kind, input),
    request: (to, kind, input, timeoutMs) =>
      requests.request(to, kind, input, timeoutMs ?? requestTimeoutMs),
    locate: (address) => directory.locate(address),
    forget: (address) => directory.forget(address),
    claim: (address) => directory.claim(address),
    release: async (ownership, ended) => {
      await directory.release(ownership, ended)
    },
    holds: (ownership) => directory.holds(ownership),
    members: () => leases.members(),
    leaseAlive: () => leases.alive(),
    drain: async () => {
      await leases.drain()
      tellOthers()
    },
    close: async () => {
      await leases.close()
      tellOthers()
      requests.close()
      await port.close()
    },
  }
}
