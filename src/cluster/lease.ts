import { RealmError } from '../errors/index.ts'
import type { Clock, Log, Store, StoredRecord, Timer } from '../ports/index.ts'
import { bool, decode, encode, type Infer, record, text, varint } from '../schema/index.ts'

/** How often a lease is renewed, and how often those of others are looked at. */
const leaseRenewMs = 500
/** A lease has ended when no renewal was observed for this long. */
const leaseMs = 3000
/** An owner stops acting this long before others may take over. */
const leaseMarginMs = 500
/** Leases that ended this long ago are swept from the store. */
const leaseSweepMs = 60_000
const nodesMax = 1000
/** Older observations are refreshed before anybody is declared dead. */
const observationFreshMs = 1000

const LeaseValue = record({
  incarnation: text({ max: 64 }),
  counter: varint,
  /** It is about to stop and takes nothing new. */
  draining: bool,
})

interface Observed extends Infer<typeof LeaseValue> {
  readonly version: number
  /** When this node last saw the lease change, by its own monotonic clock. */
  changedMs: number
}

export interface LeaseOptions {
  readonly id: string
  readonly incarnation: string
  readonly clock: Clock
  readonly store: Store
  readonly log: Log
  /** A node was seen alive and is not any more. */
  readonly lost: (node: string) => void
}

/**
 * This node's lease, and what it has observed of the others'. With an exclusive store there are no
 * others.
 */
export class Leases {
  readonly #options: LeaseOptions
  readonly #key: string
  readonly #observed = new Map<string, Observed>()
  readonly #timers: Timer[] = []
  #members: readonly string[]
  #open: readonly string[]
  #version = 0
  #counter = 0
  #renewedMs = Number.NEGATIVE_INFINITY
  #observedMs = Number.NEGATIVE_INFINITY
  #renewing: Promise<void> | undefined
  #draining = false
  #observing: Promise<void> | undefined
  #taken = false
  #closed = false

  constructor(options: LeaseOptions) {
    this.#options = options
    this.#key = `lease/${options.id}`
    this.#members = [options.id]
    this.#open = this.#members
  }

  /**
   * Takes the lease of this node's id. Where a former one is left over, it is watched until it is
   * certain that nobody renews it, which takes up to `leaseMs`.
   * @throws RealmError `NODE_DUPLICATE`
   */
  async start(): Promise<void> {
    const { store, clock } = this.#options
    if (store.exclusive) return
    const former = await store.read(this.#key)
    this.#version = former?.version ?? 0
    if (former !== undefined) await this.#awaitEnd(former)
    const begunMs = clock.now()
    if (!(await this.#write())) throw this.#duplicate()
    this.#renewedMs = begunMs
    await this.observe()
    this.#timers.push(
      clock.every(leaseRenewMs, () => void this.renew()),
      clock.every(leaseRenewMs, () => void this.observe().catch(() => {})),
    )
  }

  members(): readonly string[] {
    return this.#members
  }

  /** Members that take something new; all of them where none does. */
  open(): readonly string[] {
    return this.#open
  }

  /** Takes nothing new from now on; others know as soon as they look. */
  async drain(): Promise<void> {
    this.#draining = true
    this.#updateMembers()
    if (this.#options.store.exclusive) return
    // A renewal under way may have been written without the word.
    await this.#renewing
    await this.renew()
  }

  /** Whether this node may act as an owner. */
  alive(): boolean {
    if (this.#closed) return false
    if (this.#options.store.exclusive) return true
    return !this.#taken && this.#options.clock.now() < this.#renewedMs + leaseMs - leaseMarginMs
  }

  /** Whether that life of that node may still act, as far as is known. */
  maybeAlive(node: string, incarnation: string): boolean {
    const { id } = this.#options
    if (node === id) return incarnation === this.#options.incarnation
    const seen = this.#observed.get(node)
    return seen?.incarnation === incarnation && this.#isFresh(seen)
  }

  /** The same, certain enough to take over from it. @throws RealmError `STORE_UNAVAILABLE` */
  async isAlive(node: string, incarnation: string): Promise<boolean> {
    if (this.#options.store.exclusive) return this.maybeAlive(node, incarnation)
    if (this.maybeAlive(node, incarnation)) return true
    // A node that has just started may not have been observed yet; one cut off from the store
    // observes nothing.
    const ageMs = this.#options.clock.now() - this.#observedMs
    if (ageMs > observationFreshMs || !this.#observed.has(node)) await this.observe()
    return this.maybeAlive(node, incarnation)
  }

  /** Looks at all leases now. */
  observe(): Promise<void> {
    this.#observing ??= this.#scan().finally(() => {
      this.#observing = undefined
    })
    return this.#observing
  }

  /** Gives the lease back, so that nobody waits for its end. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    for (const timer of this.#timers) timer.cancel()
    if (this.#options.store.exclusive || this.#taken) return
    const { store, log } = this.#options
    const checks = [{ key: this.#key, version: this.#version }]
    await store
      .transact({ checks, writes: [{ key: this.#key, value: undefined }] })
      .catch((error) =>
        log.warn({ error }, 'The lease could not be given back; it ends by itself.'),
      )
  }

  async #awaitEnd(former: StoredRecord): Promise<void> {
    const { store, clock } = this.#options
    const endMs = clock.now() + leaseMs
    while (clock.now() < endMs) {
      await new Promise<void>((resolve) => clock.after(leaseRenewMs, resolve))
      const now = await store.read(this.#key)
      if (now !== undefined && now.version !== former.version) throw this.#duplicate()
      if (now === undefined) {
        this.#version = 0
        return
      }
    }
  }

  #duplicate(): RealmError {
    return new RealmError('NODE_DUPLICATE', `Node: ${this.#options.id}.`)
  }

  async #write(): Promise<boolean> {
    this.#counter += 1
    const { incarnation, store } = this.#options
    const draining = this.#draining
    const value = encode(LeaseValue, { incarnation, counter: this.#counter, draining })
    const result = await store.transact({
      checks: [{ key: this.#key, version: this.#version }],
      writes: [{ key: this.#key, value }],
    })
    if (result.ok) this.#version = result.versions[0] ?? 0
    return result.ok
  }

  renew(): Promise<void> {
    this.#renewing ??= this.#renewOnce().finally(() => {
      this.#renewing = undefined
    })
    return this.#renewing
  }

  async #renewOnce(): Promise<void> {
    if (this.#taken || this.#closed) return
    const { clock, log } = this.#options
    // Counted from before the write: others may have seen it at once.
    const begunMs = clock.now()
    try {
      if (await this.#write()) this.#renewedMs = begunMs
      else await this.#resolve()
    } catch (error) {
      log.warn({ error }, 'The lease could not be renewed; trying again.')
    }
  }

  /** The record is not at our version: a renewal whose answer was lost, or somebody else has it. */
  async #resolve(): Promise<void> {
    const { store, incarnation, log } = this.#options
    const current = await store.read(this.#key)
    if (this.#closed) return
    if (current !== undefined && decode(LeaseValue, current.value).incarnation === incarnation) {
      this.#version = current.version
      return
    }
    if (current === undefined) {
      this.#version = 0
      return
    }
    this.#taken = true
    log.error({}, 'Another process has taken this node’s lease; this one acts no more.')
  }

  async #scan(): Promise<void> {
    const { store, clock } = this.#options
    const records = await store.scan('lease/', { limit: nodesMax })
    if (this.#closed) return
    const now = clock.now()
    this.#observedMs = now
    const seen = new Set<string>()
    for (const { key, version, value } of records) {
      const node = key.slice('lease/'.length)
      seen.add(node)
      if (node === this.#options.id) continue
      const known = this.#observed.get(node)
      if (known?.version === version) continue
      this.#observed.set(node, { ...decode(LeaseValue, value), version, changedMs: now })
    }
    for (const node of this.#observed.keys()) if (!seen.has(node)) this.#observed.delete(node)
    this.#updateMembers()
    await this.#sweep()
  }

  #updateMembers(): void {
    const former = this.#members
    const { id } = this.#options
    const alive = [id]
    const open = this.#draining ? [] : [id]
    for (const [node, seen] of this.#observed) {
      if (!this.#isFresh(seen)) continue
      alive.push(node)
      if (!seen.draining) open.push(node)
    }
    this.#members = alive.sort()
    this.#open = open.length === 0 ? this.#members : open.sort()
    for (const node of former) if (!this.#members.includes(node)) this.#options.lost(node)
  }

  #isFresh(seen: Observed): boolean {
    return this.#options.clock.now() < seen.changedMs + leaseMs
  }

  async #sweep(): Promise<void> {
    const { store, clock } = this.#options
    for (const [node, { version, changedMs }] of this.#observed) {
      if (clock.now() < changedMs + leaseSweepMs) continue
      const key = `lease/${node}`
      await store.transact({ checks: [{ key, version }], writes: [{ key, value: undefined }] })
    }
  }
}
