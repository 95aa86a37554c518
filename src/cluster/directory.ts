import { RealmError } from '../errors/index.ts'
import type { Check, Store, StoredRecord } from '../ports/index.ts'
import { decode, encode, record, text } from '../schema/index.ts'
import type { Member } from './member.ts'
import type { Members } from './members.ts'
import type { Address, Ownership } from './node.ts'
import { type Placement, placeRuleOf } from './placement.ts'

/** Who owns an address; no record where nobody does. The record's version is the epoch. */
const OwnValue = record({ node: text({ max: 64 }), incarnation: text({ max: 64 }) })

const cachedOwnersMax = 100_000
/** Lost races for one address before the claim gives up. */
const claimAttemptsMax = 5

export interface DirectoryOptions {
  readonly id: string
  readonly incarnation: string
  readonly store: Store
  readonly members: Members
  readonly placement: Placement
  readonly own: () => Member
  /** Whether this node may act as an owner. */
  readonly alive: () => boolean
}

/**
 * Who owns which address. The store's record is the truth; what is cached here may be stale and is
 * only a hint. A stale hint costs one message: whoever is asked in vain names the owner, and only
 * where it does not know one is the store read, once for all who want to know at the time.
 */
export class Directory {
  readonly #options: DirectoryOptions
  /** Oldest first: the first go when there are too many. */
  readonly #cache = new Map<Address, string>()
  readonly #reading = new Map<Address, Promise<string>>()

  constructor(options: DirectoryOptions) {
    this.#options = options
  }

  async locate(address: Address): Promise<string> {
    const { id, members } = this.#options
    const ids = members.ids()
    const cached = this.#cache.get(address)
    if (cached !== undefined && ids.includes(cached)) return cached
    if (ids.length === 1 && ids[0] === id) return this.choose(address).id
    const reading = this.#reading.get(address) ?? this.#read(address)
    this.#reading.set(address, reading)
    const node = await reading
    // Who has forgotten it meanwhile wants to know what holds from then on.
    if (this.#reading.get(address) === reading) {
      this.#reading.delete(address)
      this.expect(address, node)
    }
    return node
  }

  /** Takes it that the address is at that node, until the contrary turns out. */
  expect(address: Address, node: string): void {
    this.#cache.delete(address)
    if (this.#cache.size >= cachedOwnersMax) {
      const [oldest] = this.#cache.keys()
      if (oldest !== undefined) this.#cache.delete(oldest)
    }
    this.#cache.set(address, node)
  }

  /** A cached answer has led astray, and `because` may tell who owns the address instead. */
  forget(address: Address, because: unknown): void {
    const { members } = this.#options
    this.#reading.delete(address)
    const owner = ownerNamed(because)
    if (
      owner !== undefined &&
      owner !== this.#cache.get(address) &&
      members.ids().includes(owner)
    ) {
      this.expect(address, owner)
    } else {
      this.#cache.delete(address)
    }
  }

  /** The living owner by the store; undefined where there is none. */
  async ownerOf(address: Address): Promise<string | undefined> {
    const stored = await this.#options.store.read(keyOf(address))
    if (stored === undefined) return undefined
    const { node, incarnation } = decode(OwnValue, stored.value)
    return this.#options.members.maybeAlive(node, incarnation) ? node : undefined
  }

  async #read(address: Address): Promise<string> {
    try {
      return (await this.ownerOf(address)) ?? this.choose(address).id
    } catch (error) {
      this.#reading.delete(address)
      throw error
    }
  }

  /** Where the address is to be active, if nobody owns it. @throws RealmError `NODE_MISSING` */
  choose(address: Address): Member {
    const { placement, members } = this.#options
    return placement.choose(address, members.all())
  }

  /** The same, but at none of those nodes as long as there is any other that stays. */
  chooseOther(address: Address, than: ReadonlySet<string>): Member {
    const { placement, members } = this.#options
    const { role } = placeRuleOf(address)
    const others = members
      .all()
      .filter(({ id, roles, draining }) => !than.has(id) && !draining && roles.includes(role))
    return others.length > 0 ? placement.choose(address, others) : this.choose(address)
  }

  async claim(address: Address): Promise<Ownership> {
    const { id, incarnation, alive, store, members } = this.#options
    if (!this.#options.own().roles.includes(placeRuleOf(address).role)) {
      throw notOwner(this.choose(address).id)
    }
    const key = keyOf(address)
    const value = encode(OwnValue, { node: id, incarnation })
    for (let attempt = 0; attempt < claimAttemptsMax; attempt += 1) {
      if (!alive()) throw new RealmError('LEASE_LOST')
      const stored = await store.read(key)
      const ended = await this.#checksOfEnd(stored)
      const version = stored?.version ?? 0
      const checks = [{ key, version }, ...ended]
      const result = await store
        .transact({ checks, writes: [{ key, value }] })
        .catch((error: unknown) => this.#resolve(key, version, error))
      if (result.ok) {
        this.expect(address, id)
        const epoch = result.versions[0] ?? version + 1
        return { address, epoch, fence: { key, version: epoch } }
      }
      if ('failed' in result && result.failed.key !== key) await members.observe()
    }
    throw new RealmError('NOT_OWNER', 'Too many nodes claim it at once.')
  }

  /**
   * Deletes the record: the store gives no version twice, so the fence fails for ever after.
   * @returns whether the address was still owned
   */
  async release(ownership: Ownership): Promise<boolean> {
    const { fence } = ownership
    this.#cache.delete(ownership.address)
    const result = await this.#options.store.transact({
      checks: [fence],
      writes: [{ key: fence.key, value: undefined }],
    })
    return result.ok
  }

  /**
   * Whether the ownership still holds, made certain by a new epoch: who took this node for dead may
   * be about to claim, and one of both must fail.
   */
  async holds({ fence }: Ownership): Promise<boolean> {
    const { id, incarnation, store } = this.#options
    const value = encode(OwnValue, { node: id, incarnation })
    const result = await store
      .transact({ checks: [fence], writes: [{ key: fence.key, value }] })
      .catch((error: unknown) => this.#resolve(fence.key, fence.version, error))
    if (!result.ok) return false
    fence.version = result.versions[0] ?? fence.version
    return true
  }

  /**
   * What must hold where the owner is another one, who may act no more.
   * @throws RealmError `NOT_OWNER` where it may
   */
  async #checksOfEnd(stored: StoredRecord | undefined): Promise<readonly Check[]> {
    if (stored === undefined) return []
    const { node, incarnation } = decode(OwnValue, stored.value)
    if (node === this.#options.id) return []
    const checks = await this.#options.members.checksOfEnd(node, incarnation)
    if (checks === undefined) throw notOwner(node)
    return checks
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

/** Refuses what another node owns, and names it to whoever asked. */
function notOwner(owner: string): RealmError {
  return new RealmError('NOT_OWNER', `Owner: ${owner}.`)
}

/** Whom a refusal names. */
function ownerNamed(error: unknown): string | undefined {
  if (!(error instanceof RealmError) || error.code !== 'NOT_OWNER') return undefined
  return /^Owner: (\S+)\.$/.exec(error.detail)?.[1]
}
