import type { Ownership } from '../cluster/index.ts'
import { RealmError, toRealmError } from '../errors/index.ts'
import type {
  Check,
  Clock,
  Store,
  Transaction,
  TransactionResult,
  Transfer,
  Write,
} from '../ports/index.ts'
import type { CommitMore, Part } from './behaviour.ts'
import { eventsKey } from './event-record.ts'
import { ledgerError } from './ledger-error.ts'

/**
 * Attempts to write one commit while the store gives no answer; waits double from `retryWaitMs`.
 */
const attemptsMax = 6
const retryWaitMs = 50

export interface OutputCommitOptions {
  readonly store: Store
  readonly clock: Clock
  readonly address: string
  /** Fails the transaction once somebody else has claimed the address. */
  readonly fence: Check
  /** Version of the state's record as read at activation; 0 where there was none. */
  readonly stateVersion: number
  /**
   * Whether this owner may show anything to the outside at present (it may not without a lease).
   */
  readonly mayAct: () => boolean
  /**
   * A commit was refused or its outcome stayed unknown: the activation must not go on from its
   * memory.
   */
  readonly refused: (error: RealmError) => void
}

/** Linked to the one behind it: most have one at a time, for which an array costs more. */
interface Output {
  /** The number of commits that must be durable first. */
  readonly after: number
  readonly release: () => void
  readonly fail: (error: RealmError) => void
  next: Output | undefined
}

const noTransfers: readonly Transfer[] = []
const noRefusal = (): void => {}
const now = Promise.resolve()

/** What becomes one transaction; linked to the one to be written after it. */
interface Staged {
  /** Undefined where only transfers are to be made: the state stays as it is stored. */
  blob: Uint8Array | undefined
  /** By key, the last word on each. */
  writes: Map<string, Uint8Array | undefined> | undefined
  readonly transfers: readonly Transfer[]
  /** Commits called until this one, itself included. */
  upTo: number
  /** Told where the ledger says no. */
  readonly refused: ((error: RealmError) => void) | undefined
  next: Staged | undefined
}

/**
 * Output commit: nothing an activation says leaves before the state that made it say so is durable.
 *
 * Commits are numbered. Every output (answer, delivery, call to others) waits for the commits
 * called before it and for all outputs before it. Handlers need not wait: they run on while a
 * commit is being written, and commits called meanwhile are merged into the next transaction, of
 * which one is under way at a time.
 *
 * A commit with transfers is a transaction of its own, since the ledger may refuse it: then it is
 * as if it had never been called, and all others stand.
 */
export class OutputCommit {
  readonly #options: OutputCommitOptions
  readonly #stateKey: string
  #stateVersion: number
  #called = 0
  #durable = 0
  /** Being written; after a failure it stays, so that nothing is written any more. */
  #writing: Staged | undefined
  /** To be written next, and last. */
  #staged: Staged | undefined
  #lastStaged: Staged | undefined
  /** What waits first, and last. */
  #output: Output | undefined
  #lastOutput: Output | undefined
  #failed: RealmError | undefined
  readonly #begin = (): void => {
    if (this.#writing === undefined) this.#writeNext()
  }
  readonly #answered = (result: TransactionResult): void => this.#take(result)
  readonly #unanswered = (error: unknown): void => void this.#tryAgain(error)

  constructor(options: OutputCommitOptions) {
    this.#options = options
    this.#stateKey = stateKey(options.address)
    this.#stateVersion = options.stateVersion
  }

  /** Whether the state in memory is ahead of the store. */
  get pending(): boolean {
    return this.#called > this.#durable
  }

  /** Whether outputs wait, be it for a commit or for the lease. */
  get waiting(): boolean {
    return this.#output !== undefined
  }

  /** Whether nothing was changed or said that is not durable and out. */
  get idle(): boolean {
    if (this.#called > this.#durable || this.#output !== undefined) return false
    return this.#failed === undefined
  }

  /** Whether what is said now may leave at once. */
  get clear(): boolean {
    return this.idle && this.#options.mayAct()
  }

  get stateVersion(): number {
    return this.#stateVersion
  }

  /**
   * @throws RealmError `FENCED`, or what else kept the state from being durable; `LEDGER_…` where a
   * transfer was refused: whoever asked for it must not build on `blob` before it is durable.
   */
  commit(blob: Uint8Array, parts: readonly Part[] = [], more: CommitMore = {}): Promise<void> {
    if (this.#failed !== undefined) return Promise.reject(this.#failed)
    const { transfers = [], writes = [] } = more
    let refusal: RealmError | undefined
    const staged = this.#stagedFor(blob, transfers, (error) => {
      refusal = error
    })
    for (const { name, bytes } of parts) write(staged, partKey(this.#options.address, name), bytes)
    for (const { key, value } of writes) write(staged, key, value)
    return this.settled().then(() => {
      if (refusal !== undefined) throw refusal
    })
  }

  /**
   * Makes transfers and nothing else. The ledger makes each of them once, so they may be asked for
   * again whatever became of a first attempt.
   * @throws RealmError as `commit`
   */
  transfer(transfers: readonly Transfer[]): Promise<void> {
    if (this.#failed !== undefined) return Promise.reject(this.#failed)
    let refusal: RealmError | undefined
    this.#stagedFor(undefined, transfers, (error) => {
      refusal = error
    })
    return this.settled().then(() => {
      if (refusal !== undefined) throw refusal
    })
  }

  /**
   * As `commit` for who learns by its outputs alone what becomes of it. Without a blob only the
   * writes are made.
   */
  stage(blob: Uint8Array | undefined, writes: readonly Write[]): void {
    if (this.#failed !== undefined) return
    const staged = this.#stagedFor(blob, noTransfers, noRefusal)
    for (const { key, value } of writes) write(staged, key, value)
  }

  /** What is to be written next, where this may be merged into it. */
  #stagedFor(
    blob: Uint8Array | undefined,
    transfers: readonly Transfer[],
    refused: (error: RealmError) => void,
  ): Staged {
    this.#called += 1
    const last = this.#lastStaged
    if (last !== undefined && last.transfers.length === 0 && transfers.length === 0) {
      if (blob !== undefined) last.blob = blob
      last.upTo = this.#called
      return last
    }
    const mayRefuse = transfers.length > 0 ? refused : undefined
    const upTo = this.#called
    const next = undefined
    const staged: Staged = { blob, writes: undefined, transfers, upTo, refused: mayRefuse, next }
    this.#lastStaged = staged
    if (last !== undefined) last.next = staged
    else {
      this.#staged = staged
      // What is called in one go is one transaction.
      if (this.#writing === undefined) void now.then(this.#begin)
    }
    return staged
  }

  /** Calls `release` once everything before is out; or `fail`, never both. */
  after(release: () => void, fail: (error: RealmError) => void): void {
    if (this.#failed !== undefined) fail(this.#failed)
    else if (this.clear) release()
    else {
      const output: Output = { after: this.#called, release, fail, next: undefined }
      if (this.#lastOutput === undefined) this.#output = output
      else this.#lastOutput.next = output
      this.#lastOutput = output
    }
  }

  /** Resolves in the order of the outputs, once all commits called so far are durable. */
  settled(): Promise<void> {
    return new Promise((resolve, reject) => this.after(resolve, reject))
  }

  /** Sends what may leave by now. To be called when the lease is back. */
  drain(): void {
    for (let output = this.#output; output !== undefined; output = this.#output) {
      if (output.after > this.#durable || !this.#options.mayAct()) return
      this.#output = output.next
      if (this.#output === undefined) this.#lastOutput = undefined
      output.release()
    }
  }

  /** Fails everything that waits, and all that comes. */
  fail(error: RealmError): void {
    if (this.#failed !== undefined) return
    this.#failed = error
    let output = this.#output
    this.#output = undefined
    this.#lastOutput = undefined
    this.#staged = undefined
    this.#lastStaged = undefined
    for (; output !== undefined; output = output.next) output.fail(error)
  }

  #writeNext(): void {
    const staged = this.#staged
    this.#writing = staged
    if (staged === undefined) return
    this.#staged = staged.next
    if (this.#staged === undefined) this.#lastStaged = undefined
    this.#options.store.transact(this.#transaction(staged)).then(this.#answered, this.#unanswered)
  }

  /**
   * The check on the state's own version makes repeating safe: of all attempts at most one takes
   * effect.
   */
  #transaction({ blob, writes: more, transfers }: Staged): Transaction {
    const { fence } = this.#options
    const key = this.#stateKey
    const checks = blob === undefined ? [fence] : [fence, { key, version: this.#stateVersion }]
    const writes: Write[] = blob === undefined ? [] : [{ key, value: blob }]
    if (more !== undefined) for (const [key, value] of more) writes.push({ key, value })
    return transfers.length === 0 ? { checks, writes } : { checks, writes, transfers }
  }

  #take(result: TransactionResult): void {
    if (result.ok) this.#written(result.versions)
    else if ('refused' in result) this.#unwritten(ledgerError(result.refused))
    else this.#unwritten(new RealmError('FENCED'))
  }

  #written(versions: readonly number[]): void {
    const { blob } = this.#writing as Staged
    if (blob !== undefined) this.#stateVersion = versions[0] as number
    this.#settle()
  }

  #unwritten(error: RealmError): void {
    const { refused } = this.#writing as Staged
    if (this.#failed !== undefined) return
    if (error.code.startsWith('LEDGER_') && refused !== undefined) {
      refused(error)
      this.#settle()
    } else {
      this.fail(error)
      this.#options.refused(error)
    }
  }

  /** What was being written is durable, or as if it had never been called. */
  #settle(): void {
    if (this.#failed !== undefined) return
    this.#durable = (this.#writing as Staged).upTo
    this.drain()
    if (this.#failed === undefined) this.#writeNext()
  }

  /** The store gave no answer. */
  async #tryAgain(thrown: unknown): Promise<void> {
    let failure = thrown
    for (let attempt = 1; attempt < attemptsMax && mayRepeat(failure); attempt += 1) {
      await delay(this.#options.clock, retryWaitMs * 2 ** (attempt - 1))
      const result = await this.#repeat(this.#writing as Staged).catch((error: unknown) => {
        failure = error
      })
      if (result !== undefined) return this.#take(result)
    }
    this.#unwritten(toRealmError(failure, 'STORE_UNAVAILABLE'))
  }

  /** Asks once more; where it is refused, an attempt before may be what it stands behind. */
  async #repeat(staged: Staged): Promise<TransactionResult> {
    const result = await this.#options.store.transact(this.#transaction(staged))
    if (result.ok || 'refused' in result || staged.blob === undefined) return result
    const version = await this.#landed(staged.blob)
    return version === undefined ? result : { ok: true, versions: [version] }
  }

  /**
   * The version of what the store holds in our epoch, where that is `blob`: an attempt whose answer
   * was lost has taken effect.
   */
  async #landed(blob: Uint8Array): Promise<number | undefined> {
    const { store, fence } = this.#options
    const owned = await store.read(fence.key)
    const stored = await store.read(this.#stateKey)
    if (owned?.version !== fence.version) return undefined
    if (stored === undefined || stored.version === this.#stateVersion) return undefined
    return sameBytes(stored.value, blob) ? stored.version : undefined
  }
}

function write(staged: Staged, key: string, value: Uint8Array | undefined): void {
  staged.writes ??= new Map()
  staged.writes.set(key, value)
}

export function stateKey(address: string): string {
  return `state/${address}`
}

export function partKey(address: string, name: string): string {
  return `part/${address}/${name}`
}

/** Forgets what is kept of an address, its parts included. */
export async function deleteState(store: Store, { address, fence }: Ownership): Promise<void> {
  const parts = await store.scan(partKey(address, ''), { limit: 10_000 })
  const keys = [stateKey(address), eventsKey(address), ...parts.map(({ key }) => key)]
  const writes = keys.map((key) => ({ key, value: undefined }))
  await store.transact({ checks: [fence], writes })
}

export function delay(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(ms, resolve)
  })
}

function mayRepeat(error: unknown): boolean {
  return !(error instanceof RealmError) || error.retry
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index])
}
