import type { ErrorCode } from '../errors/index.ts'
import type { Check, StoredRecord, Transaction, TransactionResult } from '../ports/index.ts'

/** What the worker thread is started with. */
export interface SqliteFileOptions {
  /** A path, or `:memory:`. */
  readonly file: string
  /** Pages beyond are refused as if the disk were full. */
  readonly fileBytesMax: number
}

/** An error on its way between threads. */
export interface Refusal {
  readonly code: ErrorCode
  readonly detail: string
}

export type ReadRequest =
  | { readonly key: string }
  | { readonly prefix: string; readonly after: string | undefined; readonly limit: number }

/** Undefined where there is no record; records of a scan; or why it could not be read. */
export type ReadReply = StoredRecord | StoredRecord[] | undefined | { readonly refusal: Refusal }

export type WorkerRequest =
  | { readonly kind: 'reads'; readonly reads: readonly ReadRequest[] }
  | { readonly kind: 'batch'; readonly batch: PackedBatch }
  | { readonly kind: 'close' }

export type WorkerReply =
  | { readonly kind: 'opened' }
  | { readonly kind: 'failed'; readonly refusal: Refusal }
  | { readonly kind: 'reads'; readonly replies: readonly ReadReply[] }
  | { readonly kind: 'batch'; readonly outcome: Float64Array | Refusal }

/**
 * Transactions as they cross to the worker: one message with three parts however many there are,
 * since cloning thousands of small objects costs more than committing them.
 *
 * `numbers` holds for each transaction: how many checks, how many writes, the versions of the
 * checks, the byte lengths of the writes (−1 for a delete). `keys` and `values` hold theirs in the
 * same order.
 */
export interface PackedBatch {
  readonly transactions: number
  readonly keys: readonly string[]
  readonly numbers: Float64Array
  readonly values: Uint8Array
}

const firstValuesBytes = 1024

/** Packs transactions as they come, so that their values are copied once and at once. */
export class BatchPacker {
  #transactions = 0
  #keys: string[] = []
  #numbers: number[] = []
  #values = new Uint8Array(firstValuesBytes)
  #valuesUsed = 0

  get transactions(): number {
    return this.#transactions
  }

  get bytes(): number {
    return this.#valuesUsed
  }

  add({ checks, writes }: Transaction): void {
    this.#transactions += 1
    this.#numbers.push(checks.length, writes.length)
    for (const { key, version } of checks) {
      this.#keys.push(key)
      this.#numbers.push(version)
    }
    for (const { key, value } of writes) {
      this.#keys.push(key)
      this.#numbers.push(value ? value.length : -1)
      if (value) this.#append(value)
    }
  }

  /** Everything so far, in buffers of its own; the packer is empty afterwards. */
  take(): PackedBatch {
    const batch = {
      transactions: this.#transactions,
      keys: this.#keys,
      numbers: Float64Array.from(this.#numbers),
      values: this.#values.subarray(0, this.#valuesUsed),
    }
    // The next batch is likely to be about as large as this one was.
    this.#values = new Uint8Array(Math.max(firstValuesBytes, this.#valuesUsed))
    this.#valuesUsed = 0
    this.#transactions = 0
    this.#keys = []
    this.#numbers = []
    return batch
  }

  #append(value: Uint8Array): void {
    const end = this.#valuesUsed + value.length
    if (end > this.#values.length) {
      const larger = new Uint8Array(Math.max(end, this.#values.length * 2))
      larger.set(this.#values.subarray(0, this.#valuesUsed))
      this.#values = larger
    }
    this.#values.set(value, this.#valuesUsed)
    this.#valuesUsed = end
  }
}

/** What a batch is applied to. */
export interface BatchTarget {
  /** The version of `key`, 0 where there is none. */
  version(key: string): number
  /** Returns the new version. */
  set(key: string, value: Uint8Array): number
  delete(key: string): void
}

/**
 * Judges and applies the transactions of a batch in order. The outcome holds for each: 1 and its
 * new versions, or 0, the index of the failed check and the version that was found.
 */
export function applyBatch(batch: PackedBatch, target: BatchTarget): Float64Array {
  const { keys, numbers, values } = batch
  const outcome: number[] = []
  let key = 0
  let number = 0
  let offset = 0
  for (let index = 0; index < batch.transactions; index += 1) {
    const checks = numbers[number] as number
    const writes = numbers[number + 1] as number
    number += 2
    let failed = -1
    for (let check = 0; check < checks && failed < 0; check += 1) {
      const actual = target.version(keys[key + check] as string)
      if (actual === numbers[number + check]) continue
      failed = check
      outcome.push(0, check, actual)
    }
    key += checks
    number += checks
    if (failed < 0) outcome.push(1)
    for (let write = 0; write < writes; write += 1) {
      const length = numbers[number + write] as number
      const name = keys[key + write] as string
      if (failed < 0) {
        if (length < 0) target.delete(name)
        const value = length < 0 ? undefined : values.subarray(offset, offset + length)
        outcome.push(value ? target.set(name, value) : 0)
      }
      offset += Math.max(0, length)
    }
    key += writes
    number += writes
  }
  return Float64Array.from(outcome)
}

/** Reads the results of a batch one after the other. */
export class OutcomeReader {
  readonly #outcome: Float64Array
  #position = 0

  constructor(outcome: Float64Array) {
    this.#outcome = outcome
  }

  next(checks: readonly Check[], writes: number): TransactionResult {
    if (this.#take() === 1) {
      const versions: number[] = []
      for (let write = 0; write < writes; write += 1) versions.push(this.#take())
      return { ok: true, versions }
    }
    const failed = checks[this.#take()]
    if (!failed) throw new RangeError('The outcome of a batch does not fit its transactions.')
    return { ok: false, failed: { ...failed }, actual: this.#take() }
  }

  #take(): number {
    const value = this.#outcome[this.#position]
    if (value === undefined) throw new RangeError('The outcome of a batch is too short.')
    this.#position += 1
    return value
  }
}
