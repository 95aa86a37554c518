import { RealmError } from '../errors/index.ts'
import type {
  Clock,
  Ledger,
  Store,
  Transaction,
  TransactionResult,
  Transfer,
} from '../ports/index.ts'
import { booksAt, ledgerOf, Table } from '../store/index.ts'
import { newOwner, type Owner, type SimCore } from './core.ts'
import type { SeededRandom } from './random.ts'

export interface SimStoreOptions {
  /** Whether whoever held this store before is certainly gone. Default false, as for a cluster. */
  readonly exclusive?: boolean
}

/** One transaction that the store has committed. */
export interface SimCommit {
  readonly process: string
  /** The same for all commits of one life of a process, and for no other. */
  readonly life: object
  readonly transaction: Transaction
  readonly result: TransactionResult & { readonly ok: true }
}

/** What is wrong with the store. `full`: it can be read but not written. */
export type StoreTrouble = 'refusing' | 'full'

/** How long a process waits for an answer that will never come, ms. */
const patienceMs = 1500

/** A call on its way to the store, or its answer on the way back. */
interface Call {
  readonly owner: Owner
  /** Commits it without an answer; undefined once it has been judged, and for reads. */
  commit: (() => void) | undefined
  lost: boolean
  /** Its answer never comes. */
  lose(afterMs: number): void
}

/** The one store of a simulated cluster, some way off from every node. */
export class SimStores {
  /** What is committed; invariants may look into it at any time. */
  readonly table = new Table()
  trouble: StoreTrouble | undefined
  /** Names of processes that do not reach it. */
  readonly cutOff = new Set<string>()
  readonly inFlight = new Set<Call>()
  /** Told of every commit as it happens. */
  readonly watchers: ((commit: SimCommit) => void)[] = []
  readonly #core: SimCore
  readonly #random: SeededRandom

  constructor(core: SimCore) {
    this.#core = core
    this.#random = core.random.fork('store')
  }

  /** The store as `owner` reaches it. */
  handle(owner: Owner, { exclusive = false }: SimStoreOptions = {}): Store {
    return new StoreHandle(this.#core, this.#random, this, owner, exclusive)
  }

  /**
   * Kills and restarts the store: no call that is under way is answered. Of the transactions that
   * each process has handed over, the first ones were still written, and the rest was not.
   */
  crash(writtenRate = 0.5): void {
    const torn = new Set<Owner>()
    for (const call of [...this.inFlight]) {
      if (call.commit !== undefined && !torn.has(call.owner)) {
        if (this.#random.float() < writtenRate) call.commit()
        else torn.add(call.owner)
      }
      call.lose(0)
    }
  }

  /** @throws RealmError `STORE_UNAVAILABLE` */
  assertReady(writing: boolean): void {
    if (this.trouble === undefined || (this.trouble === 'full' && !writing)) return
    throw new RealmError('STORE_UNAVAILABLE', `The simulated store is ${this.trouble}.`)
  }
}

class StoreHandle implements Store {
  readonly exclusive: boolean
  readonly #core: SimCore
  readonly #random: SeededRandom
  readonly #stores: SimStores
  readonly #owner: Owner
  /** The store itself never dies. */
  readonly #store = newOwner('store')
  readonly #clock: Clock
  readonly ledger: Ledger
  #open = true
  #pending = 0
  #idle: (() => void) | undefined
  #lastCommitMs = 0
  #lastReplyMs = 0

  constructor(
    core: SimCore,
    random: SeededRandom,
    stores: SimStores,
    owner: Owner,
    exclusive: boolean,
  ) {
    this.#core = core
    this.#random = random
    this.#stores = stores
    this.#owner = owner
    this.exclusive = exclusive
    this.#clock = core.clock(this.#store)
    const { books } = stores.table
    this.ledger = ledgerOf(booksAt(books, (read) => this.#ask('books', '', read)))
  }

  read: Store['read'] = (key) => this.#ask('read', key, () => this.#stores.table.read(key))

  scan: Store['scan'] = (prefix, options) =>
    this.#ask('scan', prefix, () => this.#stores.table.scan(prefix, options))

  transact(transaction: Transaction): Promise<TransactionResult> {
    const copy: Transaction = {
      checks: transaction.checks.map((check) => ({ ...check })),
      writes: transaction.writes.map(({ key, value }) => ({ key, value: value?.slice() })),
      transfers: (transaction.transfers ?? []).map(copyOf),
    }
    const { storeLossRate, storeLostReplyRate } = this.#core.faults
    const lost = this.#random.float() < storeLossRate
    const replyLost = this.#random.float() < storeLostReplyRate
    this.#lastCommitMs = Math.max(this.#lastCommitMs, this.#core.nowMs + this.#latencyMs())
    const commit = (): TransactionResult => {
      if (lost) throw new RealmError('STORE_UNAVAILABLE', 'The simulation lost the request.')
      this.#stores.assertReady(true)
      const result = this.#stores.table.apply(copy, this.#clock.wallMs())
      this.#noteCommit(copy, result)
      if (replyLost) throw new RealmError('STORE_UNAVAILABLE', 'The simulation lost the reply.')
      return result
    }
    return this.#call(this.#lastCommitMs, commit, true, () => {
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

  #noteCommit(transaction: Transaction, result: TransactionResult): void {
    const { writes, transfers = [] } = transaction
    const { name } = this.#owner
    if (!result.ok) {
      const why = 'failed' in result ? result.failed.key : result.refused.transfer
      this.#core.note('refuse', name, why)
      return
    }
    for (const { key, value } of writes) this.#core.note('commit', name, key, value)
    for (const { id } of transfers) this.#core.note('transfer', name, id)
    for (const watch of this.#stores.watchers) {
      watch({ process: name, life: this.#owner, transaction, result })
    }
  }

  #ask<T>(kind: string, key: string, run: () => T): Promise<T> {
    const arrivalMs = this.#core.nowMs + this.#latencyMs()
    const noted = (): T => {
      this.#core.note(kind, this.#owner.name, key)
      this.#stores.assertReady(false)
      return run()
    }
    return this.#call(arrivalMs, noted, false, () => this.#core.nowMs + this.#latencyMs())
  }

  #latencyMs(): number {
    const { storeLatencyMs, storeJitterMs } = this.#core.faults
    return storeLatencyMs + this.#random.float() * storeJitterMs
  }

  /** Runs at the store at one time and answers the owner at a later one. */
  #call<T>(arrivalMs: number, run: () => T, commits: boolean, replyMs: () => number): Promise<T> {
    if (!this.#open) {
      return Promise.reject(new RealmError('STORE_UNAVAILABLE', 'It was closed.'))
    }
    this.#pending += 1
    return new Promise((resolve, reject) => {
      const call: Call = {
        owner: this.#owner,
        lost: false,
        commit: commits ? () => void attempt(run, resolve, reject) : undefined,
        lose: (afterMs) => {
          if (call.lost) return
          call.lost = true
          const error = new RealmError('STORE_UNAVAILABLE', 'The simulation lost the connection.')
          const timeMs = this.#core.nowMs + afterMs
          this.#core.at(this.#owner, timeMs, () => this.#done(call, () => reject(error)))
        },
      }
      this.#stores.inFlight.add(call)
      this.#core.at(this.#store, arrivalMs, () => {
        if (call.lost) return
        if (this.#stores.cutOff.has(this.#owner.name)) {
          call.lose(patienceMs)
          return
        }
        call.commit = undefined
        const settle = attempt(run, resolve, reject)
        this.#core.at(this.#owner, replyMs(), () => {
          if (call.lost) return
          if (this.#stores.cutOff.has(this.#owner.name)) call.lose(patienceMs)
          else this.#done(call, settle)
        })
      })
    })
  }

  #done(call: Call, settle: () => void): void {
    this.#stores.inFlight.delete(call)
    settle()
    this.#pending -= 1
    if (this.#pending === 0) this.#idle?.()
  }
}

/** @returns what tells the outcome. */
function attempt<T>(
  run: () => T,
  resolve: (result: T) => void,
  reject: (error: unknown) => void,
): () => void {
  try {
    const result = run()
    return () => resolve(result)
  } catch (error) {
    return () => reject(error)
  }
}

function copyOf(transfer: Transfer): Transfer {
  return { ...transfer, moves: transfer.moves.map((move) => ({ ...move })) }
}
