import { RealmError } from '../errors/index.ts'
import type { Clock, Log, Store, StoredRecord, Timer, Witness } from '../ports/index.ts'
import { decode, encode } from '../schema/index.ts'
import { LeaseValue, type Member, recordOf } from './member.ts'
import { leaseMs } from './members.ts'

/** How often a lease is renewed, and how often those of others are looked at. */
export const leaseRenewMs = 500
/** An owner stops acting this long before others may take over. */
const leaseMarginMs = 500
/** Others may take away what a life has left in the moment in which the next one takes it over. */
const startAttemptsMax = 3

export interface LeaseOptions {
  readonly clock: Clock
  readonly store: Store
  readonly log: Log
  /** What this node tells of itself, at each renewal. */
  readonly own: () => Member
  readonly witness: Witness | undefined
  /** Told before each renewal. */
  readonly renewing: () => void
}

/**
 * This node's own lease. With an exclusive store none is needed.
 */
export class Lease {
  readonly #options: LeaseOptions
  readonly #key: string
  #timer: Timer | undefined
  #version = 0
  #counter = 0
  #renewedMs = Number.NEGATIVE_INFINITY
  #renewing: Promise<void> | undefined
  #taken = false
  #closed = false

  constructor(options: LeaseOptions) {
    this.#options = options
    this.#key = `lease/${options.own().id}`
  }

  /**
   * Takes the lease of this node's id. Where a former one is left over, it is watched until it is
   * certain that nobody renews it, which takes up to `leaseMs` unless its process is seen to have
   * ended.
   * @throws RealmError `NODE_DUPLICATE`
   */
  async start(): Promise<void> {
    const { store, clock } = this.#options
    if (store.exclusive) return
    for (let attempt = 0; attempt < startAttemptsMax; attempt += 1) {
      const former = await store.read(this.#key)
      this.#version = former?.version ?? 0
      const gone = former !== undefined && this.#hasEnded(former)
      if (former !== undefined && !gone) await this.#awaitEnd(former)
      const begunMs = clock.now()
      if (await this.#write()) {
        this.#renewedMs = begunMs
        this.#timer = clock.every(leaseRenewMs, () => void this.renew())
        return
      }
      if (!gone) break
    }
    throw this.#duplicate()
  }

  #hasEnded(former: StoredRecord): boolean {
    const { witness } = this.#options
    return witness?.ended(decode(LeaseValue, former.value).process) ?? false
  }

  /** Tells at once what this node tells of itself. */
  async renewNow(): Promise<void> {
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

  /** Gives the lease back, so that nobody waits for its end. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#timer?.cancel()
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
    return new RealmError('NODE_DUPLICATE', `Node: ${this.#options.own().id}.`)
  }

  async #write(): Promise<boolean> {
    this.#counter += 1
    const { own, store, renewing } = this.#options
    renewing()
    const value = encode(LeaseValue, recordOf(own(), this.#counter))
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
    const { store, own, log } = this.#options
    const { incarnation } = own()
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
}
