import { RealmError } from '../errors/index.ts'
import type { Store, StoredRecord } from '../ports/index.ts'
import { decode, encode, record, text } from '../schema/index.ts'
import type { Leases } from './lease.ts'
import type { Address, Ownership } from './node.ts'

/** Who owns an address; both empty once it was given up. The record's version is the epoch. */
const OwnValue = record({ node: text({ max: 64 }), incarnation: text({ max: 64 }) })

const cachedOwnersMax = 100_000
/** Lost races for one address before the claim gives up. */
const claimAttemptsMax = 5

export interface DirectoryOptions {
  readonly id: string
  readonly incarnation: string
  readonly store: Store
  readonly leases: Leases
}

/**
 * Who owns which address. The store's record is the truth; what is cached here may be stale and is
 * only a hint.
 */
export class Directory {
  readonly #options: DirectoryOptions
  readonly #cache = new Map<Address, string>()

  constructor(options: DirectoryOptions) {
    this.#options = options
  }

  async locate(address: Address): Promise<string> {
    const { id, leases, store } = this.#options
    const members = leases.members()
    if (members.length === 1 && members[0] === id) return id
    const cached = this.#cache.get(address)
    if (cached !== undefined && members.includes(cached)) return cached
    const stored = await store.read(keyOf(address))
    const owner = stored === undefined ? undefined : decode(OwnValue, stored.value)
    const node =
      owner !== undefined && leases.maybeAlive(owner.node, owner.incarnation)
        ? owner.node
        : rendezvous(address, leases.open())
    if (this.#cache.size >= cachedOwnersMax) this.#cache.clear()
    this.#cache.set(address, node)
    return node
  }

  forget(address: Address): void {
    this.#cache.delete(address)
  }

  async claim(address: Address): Promise<Ownership> {
    const { id, incarnation, leases, store } = this.#options
    const key = keyOf(address)
    const value = encode(OwnValue, { node: id, incarnation })
    for (let attempt = 0; attempt < claimAttemptsMax; attempt += 1) {
      if (!leases.alive()) throw new RealmError('LEASE_LOST')
      const stored = await store.read(key)
      await this.#refuseLivingOwner(stored)
      const version = stored?.version ?? 0
      const result = await store
        .transact({ checks: [{ key, version }], writes: [{ key, value }] })
        .catch((error: unknown) => this.#resolve(key, version, error))
      if (result.ok) {
        this.#cache.set(address, id)
        const epoch = result.versions[0] ?? version + 1
        return { address, epoch, fence: { key, version: epoch } }
      }
    }
    throw new RealmError('NOT_OWNER', 'Too many nodes claim it at once.')
  }

  /** @returns whether the address was still owned. */
  async release(ownership: Ownership, ended: boolean): Promise<boolean> {
    const { fence } = ownership
    const value = ended ? undefined : encode(OwnValue, { node: '', incarnation: '' })
    this.#cache.delete(ownership.address)
    const result = await this.#options.store.transact({
      checks: [fence],
      writes: [{ key: fence.key, value }],
    })
    return result.ok
  }

  /** Whether the ownership still holds. */
  async holds(ownership: Ownership): Promise<boolean> {
    const stored = await this.#options.store.read(ownership.fence.key)
    return stored?.version === ownership.fence.version
  }

  async #refuseLivingOwner(stored: StoredRecord | undefined): Promise<void> {
    if (stored === undefined) return
    const { node, incarnation } = decode(OwnValue, stored.value)
    if (node === '' || node === this.#options.id) return
    if (await this.#options.leases.isAlive(node, incarnation)) {
      throw new RealmError('NOT_OWNER', `Owner: ${node}.`)
    }
  }

  /** The answer of the store was lost: the record itself tells whether the claim was made. */
  async #resolve(
    key: string,
    version: number,
    error: unknown,
  ): Promise<{ ok: true; versions: number[] } | { ok: false }> {
    const stored = await this.#options.store.read(key)
    if (stored === undefined || stored.version === version) throw error
    const { node, incarnation } = decode(OwnValue, stored.value)
    const ours = node === this.#options.id && incarnation === this.#options.incarnation
    if (!ours) return { ok: false }
    return { ok: true, versions: [stored.version] }
  }
}

function keyOf(address: Address): string {
  return `own/${address}`
}

/**
 * Highest random weight: each node draws a number for the address and the highest wins, so that a
 * node that comes or goes moves only its own share. Source: Thaler, Ravishankar, 1998.
 */
export function rendezvous(address: Address, nodes: readonly string[]): string {
  let best: string | undefined
  let bestWeight = -1
  for (const node of nodes) {
    const weight = mix(`${node}\n${address}`)
    if (weight > bestWeight) {
      best = node
      bestWeight = weight
    }
  }
  if (best === undefined) throw new RealmError('LEASE_LOST', 'No node is alive.')
  return best
}

/** FNV-1a with the finalizer of MurmurHash3, which spreads the last characters over all bits. */
function mix(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
