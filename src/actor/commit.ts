import type { Ownership } from '../cluster/index.ts'
import { RealmError, toRealmError } from '../errors/index.ts'
import type { Check, Clock, Store, Transfer, Write } from '../ports/index.ts'
import type { CommitMore, Part } from './behaviour.ts'
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

interface Output {
  /** The number of commits that must be durable first. */
  readonly after: number
  readonly release: () => void
  readonly fail: (error: RealmError) => void
}

const noTransfers: readonly Transfer[] = []

/** What becomes one transaction. */
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
  #staged: Staged[] = []
  #writing = false
  #outputs: Output[] = []
  #head = 0
  #failed: RealmError | undefined

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
    return this.#head < this.#outputs.length
  }

  /** Whether nothing waits: what is said now may leave at once. */
  get clear(): boolean {
    if (this.#called > this.#durable || this.#head < this.#outputs.length) return false
    return this.#failed === undefined && this.#options.mayAct()
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

  /** As `commit` for who learns by its outputs alone what becomes of it. */
  stage(blob: Uint8Array, writes: readonly Write[]): void {
    if (this.#failed !== undefined) return
    const staged = this.#stagedFor(blob, noTransfers, () => {})
    for (const { key, value } of writes) write(staged, key, value)
  }

  /** What is to be written next, where this may be merged into it. */
  #stagedFor(
    blob: Uint8Array | undefined,
    transfers: readonly Transfer[],
    refused: (error: RealmError) => void,
  ): Staged {
    this.#called += 1
    if (this.#staged.length === 0 && !this.#writing) queueMicrotask(() => void this.#write())
    const last = this.#staged.at(-1)
    if (last !== undefined && last.transfers.length === 0 && transfers.length === 0) {
      last.blob = blob
      last.upTo = this.#called
      return last
    }
    const mayRefuse = transfers.length > 0 ? refused : undefined
    const upTo = this.#called
    const staged: Staged = { blob, writes: undefined, transfers, upTo, refused: mayRefuse }
    this.#staged.push(staged)
    return staged
  }

  /** Calls `release` once everything before is out; or `fail`, never both. */
  after(release: () => void, fail: (error: RealmError) => void): void {
    if (this.#failed !== undefined) fail(this.#failed)
    else if (this.clear) release()
    else this.#outputs.push({ after: this.#called, release, fail })
  }

  /** Resolves in the order of the outputs, once all commits called so far are durable. */
  settled(): Promise<void> {
    return new Promise((resolve, reject) => this.after(resolve, reject))
  }

  /** Sends what may leave by now. To be called when the lease is back. */
  drain(): void {
    while (this.#head < this.#outputs.length) {
      const output = this.#outputs[this.#head] as Output
      if (output.after > this.#durable || !this.#options.mayAct()) break
      this.#head += 1
      output.release()
    }
    if (this.#head === this.#outputs.length) this.#forget()
  }

  /** Fails everything that waits, and all that comes. */
  fail(error: RealmError): void {
    if (this.#failed !== undefined) return
    this.#failed = error
    const outputs = this.#outputs.slice(this.#head)
    this.#forget()
    this.#staged = []
    for (const output of outputs) output.fail(error)
  }

  #forget(): void {
    this.#outputs = []
    this.#head = 0
  }

  async #write(): Promise<void> {
    if (this.#writing) return
    this.#writing = true
    for (let staged = this.#staged.shift(); staged !== undefined; staged = this.#staged.shift()) {
      const error = await this.#transact(staged)
      if (this.#failed !== undefined) return
      if (error?.code.startsWith('LEDGER_') === true && staged.refused !== undefined) {
        staged.refused(error)
      } else if (error !== undefined) {
        this.fail(error)
        this.#options.refused(error)
        return
      }
      this.#durable = staged.upTo
      this.drain()
    }
    this.#writing = false
  }

  /** @returns why it is not durable; undefined where it is. */
  async #transact(staged: Staged): Promise<RealmError | undefined> {
    const { store, clock, fence } = this.#options
    // The check on the state's own version makes repeating safe: of all attempts at most one takes
    // effect.
    const { blob } = staged
    const checks = [fence]
    const writes: Write[] = []
    if (blob !== undefined) {
      checks.push({ key: this.#stateKey, version: this.#stateVersion })
      writes.push({ key: this.#stateKey, value: blob })
    }
    if (staged.writes !== undefined) {
      for (const [key, value] of staged.writes) writes.push({ key, value })
    }
    const transfers = staged.transfers.length === 0 ? {} : { transfers: staged.transfers }
    let failure: unknown
    for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
      if (attempt > 0) await delay(clock, retryWaitMs * 2 ** (attempt - 1))
      try {
        const result = await store.transact({ checks, writes, ...transfers })
        if (result.ok) {
          if (blob !== undefined) this.#stateVersion = result.versions[0] as number
          return undefined
        }
        if ('refused' in result) return ledgerError(result.refused)
        if (attempt > 0 && blob && (await this.#landed(blob))) return undefined
        return new RealmError('FENCED')
      } catch (error) {
        failure = error
        if (!mayRepeat(error)) break
      }
    }
    return toRealmError(failure, 'STORE_UNAVAILABLE')
  }

  /**
   * Whether an earlier attempt, whose answer was lost, is what the store now holds in our epoch.
   */
  async #landed(blob: Uint8Array): Promise<boolean> {
    const { store, fence } = this.#options
    const owned = await store.read(fence.key)
    const stored = await store.read(this.#stateKey)
    if (owned?.version !== fence.version) return false
    if (stored === undefined || stored.version === this.#stateVersion) return false
    if (!sameBytes(stored.value, blob)) return false
    this.#stateVersion = stored.version
    return true
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
  const keys = [stateKey(address), ...parts.map(({ key }) => key)]
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
