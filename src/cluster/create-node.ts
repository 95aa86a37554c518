import { RealmError } from '../errors/index.ts'
import type { Bus, Clock, Log, Random, Store, Witness } from '../ports/index.ts'
import { Center } from './center.ts'
import { Directory } from './directory.ts'
import type { Credentials } from './handshake.ts'
import { type NodeCrypto, secretBytes } from './identity.ts'
import { Lease, leaseRenewMs } from './lease.ts'
import { Links } from './links.ts'
import type { MemberEvent, Role } from './member.ts'
import { Members } from './members.ts'
import type { ClusterNode } from './node.ts'
import { Own } from './own.ts'
import type { PeerLimits } from './peer.ts'
import { Placement } from './placement.ts'
import { Requests } from './requests.ts'
import type { StreamLimits } from './stream-limits.ts'

export interface NodeOptions {
  /** Unique in the cluster: 1 to 64 letters, digits, `_`, `-` or `.`. */
  readonly id: string
  readonly clock: Clock
  readonly random: Random
  readonly bus: Bus
  readonly store: Store
  readonly log: Log
  /** What the node is there for. Default: everything. */
  readonly roles?: readonly Role[]
  /** Of the game; told to other nodes. */
  readonly version?: string
  /**
   * With it, nodes prove to each other who they are and seal what they say (`nodeCrypto()`): needed
   * where others than the nodes reach the bus. All nodes of a cluster have it or none.
   */
  readonly crypto?: NodeCrypto
  /**
   * Of this machine: where it sees that the process of another node has ended, nobody waits for the
   * end of that node's lease. For nodes that are a process each.
   */
  readonly witness?: Witness
  readonly limits?: NodeLimits
}

export interface NodeLimits {
  /** Requests of this node to others that await an answer. Default 65,536. */
  readonly pendingRequestsMax?: number
  /** How long a request waits where nothing else is said. Default 10,000. */
  readonly requestTimeoutMs?: number
  /** Of the link to each other node. */
  readonly links?: Partial<StreamLimits>
  /** How long each state of another node may last. */
  readonly peers?: Partial<PeerLimits>
}

/** A node that closes waits so long for others to take what it has said. */
const lastWordsMsMax = 2000
const lastWordsLookMs = 10

const nodeIdPattern = /^[0-9a-zA-Z_.-]{1,64}$/

/**
 * Joins the cluster. The bus and the store stay the caller's: they are not closed with the node.
 * @throws RealmError `NODE_DUPLICATE` where a living node has this id.
 */
export async function createNode(options: NodeOptions): Promise<ClusterNode> {
  const parts = assemble(options)
  const { links, lease, members, center } = parts
  const port = await options.bus.join(options.id, (from, bytes) => links.receive(from, bytes))
  links.attach(port)
  const leave = async (): Promise<void> => {
    parts.requests.close()
    links.close()
    members.close()
    await port.close()
  }
  let observing = { cancel: () => {} }
  let started = false
  try {
    await lease.start()
    started = true
    if (!options.store.exclusive) {
      await members.observe()
      observing = options.clock.every(leaseRenewMs, () => void members.observe().catch(() => {}))
    }
  } catch (error) {
    // Until it has started, the lease in the store is not this node's to give back.
    if (started) await lease.close()
    await leave()
    throw error
  }
  parts.tellOthers()
  center.start()
  return nodeOf(options, parts, async () => {
    await center.close()
    await lastWordsTaken(options.clock, parts)
    await lease.close()
    observing.cancel()
    parts.tellOthers()
    await leave()
  })
}

type Parts = ReturnType<typeof assemble>

/**
 * Once the lease has ended the others take nothing more, so what was said last, answers too, must
 * have arrived before. Who stands still is not waited for longer than a moment.
 */
async function lastWordsTaken(clock: Clock, { links, members }: Parts): Promise<void> {
  const endMs = clock.now() + lastWordsMsMax
  links.hurry()
  while (clock.now() < endMs && !links.areTaken(members.ids())) {
    await new Promise<void>((resolve) => void clock.after(lastWordsLookMs, resolve))
  }
}

function assemble(options: NodeOptions) {
  const { id, clock, random, store, limits = {} } = options
  if (!nodeIdPattern.test(id)) throw new RealmError('KEY_INVALID', `Node: ${id.slice(0, 64)}.`)
  const incarnation = random.id()
  const log = options.log.child({ node: id })
  const credentials = newCredentials(options)
  const publicKey = credentials?.signer.publicKey ?? new Uint8Array(0)
  const { witness } = options
  const identity = { id, incarnation, publicKey, process: witness?.process ?? '' }
  const self = new Own(identity, options.roles, options.version)
  const own = () => self.member
  const tellOthers = (): void => {
    for (const node of members.ids()) if (node !== id) links.hint(node)
  }
  const members: Members = new Members({ clock, store, log, own, witness, buried: tellOthers })
  const lease = new Lease({ clock, store, log, own, witness, renewing: () => self.refresh() })
  const alive = (): boolean => lease.alive()
  const pendingRequestsMax = limits.pendingRequestsMax ?? 65_536
  const linkWatchers = new Set<(node: string) => void>()
  const requests = new Requests({ id, clock, log, pendingRequestsMax })
  const links = new Links({
    ...{ id, incarnation, clock, random, log, credentials, listing: members },
    ...{ streams: limits.links, peers: limits.peers },
    receive: (from, message, link) => requests.receive(from, message, link),
    broken: (node, link) => {
      requests.abandon(link)
      for (const watcher of [...linkWatchers]) guarded(log, () => watcher(node))
    },
    hinted: () => void members.look().catch(() => {}),
  })
  requests.attach(links)
  const placement = new Placement()
  const directory = new Directory({ id, incarnation, store, members, placement, own, alive })
  const center = new Center({ clock, store, log, directory, requests, own, alive })
  members.watch(({ kind, member }: MemberEvent) => {
    if (kind !== 'left' || member.id === id) return
    const told = { lost: member.id, incarnation: member.incarnation }
    if (member.draining) log.info(told, 'A node has left.')
    else log.warn(told, 'A node is gone.')
    // Where it has started again, the link to its new life stays.
    const again = members.find(member.id) !== undefined
    links.drop(member.id, again ? member.incarnation : undefined)
  })
  return {
    ...{ incarnation, log, self, members, lease, requests, links, linkWatchers, directory },
    ...{ center, tellOthers },
  }
}

/** What others do with what they are told must not keep this node from going on. */
function guarded(log: Log, run: () => void): void {
  try {
    run()
  } catch (error) {
    log.error({ error }, 'Who was told of a broken link failed.')
  }
}

/** A new key pair at every start: the record of the lease says whose it is. */
function newCredentials({ crypto, random }: NodeOptions): Credentials | undefined {
  return crypto && { crypto, signer: crypto.signer(random.bytes(secretBytes)) }
}

function nodeOf(options: NodeOptions, parts: Parts, close: () => Promise<void>): ClusterNode {
  const { id, clock, random, store } = options
  const { incarnation, log, self, members, lease, requests, links, directory, center } = parts
  const requestTimeoutMs = options.limits?.requestTimeoutMs ?? 10_000
  return {
    ...{ id, incarnation, clock, random, store, log, close },
    roles: self.member.roles,
    serve: (kind, handler) => requests.serve(kind, handler),
    post: (to, kind, input) => requests.post(to, kind, input),
    request: (to, kind, input, timeoutMs) =>
      requests.request(to, kind, input, timeoutMs ?? requestTimeoutMs),
    locate: (address) => directory.locate(address),
    forget: (address, because) => directory.forget(address, because),
    place: (address) => directory.choose(address),
    claim: async (address) => {
      const ownership = await directory.claim(address)
      self.took(ownership)
      return ownership
    },
    release: async (ownership) => {
      self.gave(ownership)
      await directory.release(ownership)
    },
    holds: async (ownership) => {
      const held = await directory.holds(ownership)
      if (!held) self.gave(ownership)
      return held
    },
    members: () => members.ids(),
    view: () => members.all(),
    watchMembers: (watcher) => members.watch(watcher),
    measure: (role, load) => self.measure(role, load),
    announce: (told) => {
      self.announce(told)
      members.update()
    },
    watchLinks: (watcher) => {
      parts.linkWatchers.add(watcher)
      return () => parts.linkWatchers.delete(watcher)
    },
    peers: () => links.peers(),
    fills: () => [...links.fills(), ...requests.fills()],
    keep: (address) => center.keep(address),
    unkeep: (address) => center.unkeep(address),
    onActivate: (handler) => center.onActivate(handler),
    leaseAlive: () => lease.alive(),
    drain: async () => {
      self.drain()
      members.update()
      await lease.renewNow()
      parts.tellOthers()
    },
    close,
  }
}
