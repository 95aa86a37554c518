import { RealmError } from '../errors/index.ts'
import type { Clock, Ledger, Store, Transaction, TransactionResult } from '../ports/index.ts'
import { booksAt, ledgerOf, Table } from '../store/index.ts'
import type { Owner, SimCore } from './core.ts'
import type { SeededRandom } from './random.ts'

export interface SimStoreOptions {
  /** Whether whoever held this store before is certainly gone. Default false, as for a cluster. */
  readonly exclusive?: boolean
}

/** The one store of a simulated cluster, some way off from every node. */
export class SimStores {
  readonly #core: SimCore
  readonly #random: SeededRandom
  /** What is committed; invariants may look into it at any time. */
  readonly table = new Table()

  constructor(core: SimCore) {
    this.#core = core
    this.#random = core.random.fork('store')
  }

  /** The store as `owner` reaches it. */
  handle(owner: Owner, { exclusive = false }: SimStoreOptions = {}): Store {
    return new StoreHandle(this.#core, this.#random, this.table, owner, exclusive)
  }
}

class StoreHandle implements Store {
  readonly exclusive: boolean
  readonly #core: SimCore
  readonly #random: SeededRandom
  readonly #table: Table
  readonly #owner: Owner
  /** The store itself never dies. */
  readonly #store: Owner = { name: 'store', state: 'running', deferred: [] }
  readonly #clock: Clock
  readonly ledger: Ledger
  #open = true
  #pending = 0
  #idle: (() => void) | undefined
  #lastCommitMs = 0
  #lastReplyMs = 0

  constructor(core: SimCore, random: SeededRandom, table: Table, owner: Owner, exclusive: boolean) {
    this.#core = core
    this.#random = random
    this.#table = table
    this.#owner = owner
    this.exclusive = exclusive
    this.#clock = core.clock(this.#store)
    this.ledger = ledgerOf(booksAt(table.books, (read) => this.#ask('books', '', read)))
  }

  read: Store['read'] = (key) => this.#ask('read', key, () => this.#table.read(key))

  scan: Store['scan'] = (prefix, options) =>
    this.#ask('scan', prefix, () => this.#table.scan(prefix, options))

  transact(transaction: Transaction): Promise<TransactionResult> {
    const copy: Transaction = {
      checks: transaction.checks.map((check) => ({ ...check })),
      writes: transaction.writes.map(({ key, value }) => ({ key, value: value?.slice() })),
      transfers: structuredClone(transaction.transfers ?? []),
    }
    const { storeLossRate, storeLostReplyRate } = this.#core.faults
    const lost = this.#random.float() < storeLossRate
    const replyLost = this.#random.float() < storeLostReplyRate
    this.#lastCommitMs = Math.max(this.#lastCommitMs, this.#core.nowMs + this.#latencyMs())
    const commit = (): TransactionResult => {
      if (lost) throw new RealmError('STORE_UNAVAILABLE', 'The simulation lost the request.')
      const result = this.#table.apply(copy, this.#clock.wallMs())
      this.#noteCommit(copy, result)
      if (replyLost) throw new RealmError('STORE_UNAVAILABLE', 'The simulation lost the reply.')
      return result
    }
    return this.#call(this.#lastCommitMs, commit, () => {
      this.#lastReplyMs = Math.max(this.#lastReplyMs, this.#core.nowMs + this.#latencyMs())
      return this.#lastReplyMs
    })
  }

  async close(): Promise<void> {
    this.#open = false
    if (this.#pending === 0) return
    await new Promise<void>((resolve) => {
      this.#idle = resolve
    })
  }

  #noteCommit({ writes, transfers = [] }: Transaction, result: TransactionResult): void {
    const owner = this.#owner.name
    if (!result.ok) {
      const why = 'failed' in result ? result.failed.key : result.refused.transfer
      this.#core.note('refuse', owner, why)
      return
    }
    for (const { key, value } of writes) this.#core.note('commit', owner, key, value)
    for (const { id } of transfers) this.#core.note('transfer', owner, id)
  }

  #ask<T>(kind: string, key: string, run: () => T): Promise<T> {
    const arrivalMs = this.#core.nowMs + this.#latencyMs()
    const noted = (): T => {
      this.#core.note(kind, this.#owner.name, key)
      return run()
    }
    return this.#call(arrivalMs, noted, () => this.#core.nowMs + this.#latencyMs())
  }

  #latencyMs(): number {
    const { storeLatencyMs, storeJitterMs } = this.#core.faults
    return storeLatencyMs + this.#random.float() * storeJitterMs
  }

  /** Runs at the store at one time and answers the owner at a later one. */
  #call<T>(arrivalMs: number, run: () => T, replyMs: () => number): Promise<T> {
    if (!this.#open) {
      return Promise.reject(new RealmError('STORE_UNAVAILABLE', 'It was closed.'))
    }
    this.#pending += 1
    return new Promise((resolve, reject) => {
      const answer = (settle: () => void): void => {
        this.#core.at(this.#owner, replyMs(), () => {
          settle()
          this.#pending -= 1
          if (this.#pending === 0) this.#idle?.()
        })
      }
      this.#core.at(this.#store, arrivalMs, () => {
        try {
          const result = run()
          answer(() => resolve(result))
        } catch (error) {
          answer(() => reject(error))
        }
      })
    })
  }
}
