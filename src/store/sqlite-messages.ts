import type { MessagePort } from 'node:worker_threads'
import type { ErrorCode } from '../errors/index.ts'
import type { Transaction, TransferRefusal } from '../ports/index.ts'
import type { BooksRequest } from './ledger/books.ts'
import { contentOf } from './ledger/content.ts'

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
  | BooksRequest

/** What was read, or why it could not be. */
export type ReadReply = { readonly value: unknown } | { readonly refusal: Refusal }

export type WorkerRequest =
  | { readonly kind: 'reads'; readonly reads: readonly ReadRequest[] }
  | { readonly kind: 'batch'; readonly batch: PackedBatch }
  /** Obeys one more port as well. */
  | { readonly kind: 'share'; readonly port: MessagePort }
  | { readonly kind: 'close' }

export type WorkerReply =
  | { readonly kind: 'opened' }
  | { readonly kind: 'failed'; readonly refusal: Refusal }
  | { readonly kind: 'reads'; readonly replies: readonly ReadReply[] }
  | { readonly kind: 'batch'; readonly outcome: BatchOutcome | Refusal }

/**
 * Transactions as they cross to the worker: one message with three parts however many there are,
 * since cloning thousands of small objects costs more than committing them.
 *
 * `numbers` holds for each transaction: how many checks, transfers and writes, the versions of the
 * checks, the byte lengths of the writes (−1 for a delete). `keys` and `values` hold theirs in the
 * same order; of a transfer, `keys` hold its id and its content.
 */
export interface PackedBatch {
  readonly transactions: number
  readonly keys: readonly string[]
  readonly numbers: Float64Array
  readonly values: Uint8Array
  /** When its transfers are made. */
  readonly wallMs: number
}

/**
 * `numbers` holds for each transaction one of: 1 and its new versions; 0, the version that the
 * failed check asked for and the one that was found, where `failed` holds its key; 2, where
 * `ledger` holds why a transfer was refused; 3 and its new versions, where `ledger` holds the ids
 * of repeated transfers.
 */
export interface BatchOutcome {
  readonly numbers: Float64Array
  readonly failed: readonly string[]
  readonly ledger: readonly (TransferRefusal | readonly string[])[]
}

const firstValuesBytes = 1024

/** Packs transactions as they come, so that their values are copied once and at once. */
export class BatchPacker {
  #transactions = 0
  #keys: string[] = []
  #numbers: number[] = []
  #values = new Uint8Array(firstValuesBytes)
  #valuesUsed = 0
  #textLength = 0
  #moves = 0

  get transactions(): number {
    return this.#transactions
  }

  get moves(): number {
    return this.#moves
  }

  /** Of values and transfers, about. */
  get bytes(): number {
    return this.#valuesUsed + this.#textLength
  }

  add({ checks, writes, transfers = [] }: Transaction): void {
    this.#transactions += 1
    this.#numbers.push(checks.length, transfers.length, writes.length)
    for (const { key, version } of checks) {
      this.#keys.push(key)
      this.#numbers.push(version)
    }
    for (const transfer of transfers) {
      const content = contentOf(transfer)
      this.#keys.push(transfer.id, content)
      this.#textLength += content.length
      this.#moves += transfer.moves.length
    }
    for (const { key, value } of writes) {
      this.#keys.push(key)
      this.#numbers.push(value ? value.length : -1)
      if (value) this.#append(value)
    }
  }

  /** Everything so far, in buffers of its own; the packer is empty afterwards. */
  take(wallMs: number): PackedBatch {
    const batch = {
      transactions: this.#transactions,
      keys: this.#keys,
      numbers: Float64Array.from(this.#numbers),
      values: this.#values.subarray(0, this.#valuesUsed),
      wallMs,
    }
    // The next batch is likely to be about as large as this one was.
    this.#values = new Uint8Array(Math.max(firstValuesBytes, this.#valuesUsed))
    this.#valuesUsed = 0
    this.#textLength = 0
    this.#moves = 0
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
