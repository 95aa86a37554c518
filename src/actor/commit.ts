import { RealmError, toRealmError } from '../errors/index.ts'
import type { Check, Clock, Store, Write } from '../ports/index.ts'
import type { Part } from './behaviour.ts'

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

interface Staged {
  readonly blob: Uint8Array
  readonly parts: Map<string, Part>
}

/**
 * Output commit: nothing an activation says leaves before the state that made it say so is durable.
 *
 * Commits are numbered. Every output (answer, delivery, call to others) waits for the commits
 * called before it and for all outputs before it. Handlers need not wait: they run on while a
 * commit is being written, and commits called meanwhile are merged into the next transaction, of
 * which one is under way at a time.
 */
export class OutputCommit {
  readonly #options: OutputCommitOptions
  readonly #stateKey: string
  #stateVersion: number
  #called = 0
  #durable = 0
  #staged: Staged | undefined
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

  get stateVersion(): number {
    return this.#stateVersion
  }

  /** @throws RealmError `FENCED`, or what else kept the state from being durable. */
  commit(blob: Uint8Array, parts: readonly Part[] = []): Promise<void> {
    if (this.#failed !== undefined) return Promise.reject(this.#failed)
    this.#called += 1
    const merged = this.#staged?.parts ?? new Map<string, Part>()
    for (const part of parts) merged.set(part.name, part)
    if (this.#staged === undefined && !this.#writing) queueMicrotask(() => void this.#write())
    this.#staged = { blob, parts: merged }
    return this.settled()
  }

  /** Calls `release` once everything before is out; or `fail`, never both. */
  after(release: () => void, fail: (error: RealmError) => void): void {
    if (this.#failed !== undefined) fail(this.#failed)
    else if (!this.pending && !this.waiting && this.#options.mayAct()) release()
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
    this.#staged = undefined
    for (const output of outputs) output.fail(error)
  }

  #forget(): void {
    this.#outputs = []
    this.#head = 0
  }

  async #write(): Promise<void> {
    if (this.#writing) return
    this.#writing = true
    while (this.#staged !== undefined) {
      const staged: Staged = this.#staged
      const upTo = this.#called
      this.#staged = undefined
      const error = await this.#transact(staged)
      if (this.#failed !== undefined) return
      if (error !== undefined) {
        this.fail(error)
        this.#options.refused(error)
        return
      }
      this.#durable = upTo
      this.drain()
    }
    this.#writing = false
  }

  /** @returns why it is not durable; undefined where it is. */
  async #transact(staged: Staged): Promise<RealmError | undefined> {
    const { store, clock, fence, address } = this.#options
    // The check on the state's own version makes repeating safe: of all attempts at most one takes
    // effect.
    const checks = [fence, { key: this.#stateKey, version: this.#stateVersion }]
    const writes: Write[] = [{ key: this.#stateKey, value: staged.blob }]
    for (const { name, bytes } of staged.parts.values()) {
      writes.push({ key: partKey(address, name), value: bytes })
    }
    let failure: unknown
    for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
      if (attempt > 0) await delay(clock, retryWaitMs * 2 ** (attempt - 1))
      try {
        const result = await store.transact({ checks, writes })
        if (result.ok) {
          this.#stateVersion = result.versions[0] ?? this.#stateVersion + 1
          return undefined
        }
        if (attempt > 0 && (await this.#landed(staged.blob))) return undefined
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

export function stateKey(address: string): string {
  return `state/${address}`
}

export function partKey(address: string, name: string): string {
  return `part/${address}/${name}`
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
