/** A record of the store. `version` counts its writes: 1 at the first, never reused while the key lives. */
export interface StoredRecord {
  readonly key: string
  readonly version: number
  readonly value: Uint8Array
}

/** `key` must be at `version` when the transaction commits; 0 means it must not exist. */
export interface Check {
  readonly key: string
  readonly version: number
}

/** Sets `key` to `value`, or deletes it where `value` is undefined. */
export interface Write {
  readonly key: string
  readonly value: Uint8Array | undefined
}

/**
 * Atomic: either every check holds and every write is durable, or nothing happened.
 *
 * A fence is a check on an ownership record: its version *is* the epoch, since only a claim writes it.
 */
export interface Transaction {
  readonly checks: readonly Check[]
  readonly writes: readonly Write[]
}

/** `versions` are the new versions of the written keys, in the order of the writes (0 for a delete). */
export type TransactionResult =
  | { readonly ok: true; readonly versions: readonly number[] }
  | { readonly ok: false; readonly failed: Check; readonly actual: number }

/** The only truth. Keys are up to 512 bytes of UTF-8, ordered by their bytes; values up to 16 MiB. */
export interface Store {
  /**
   * True where nobody else can hold this store open (an embedded file under an exclusive lock), so that
   * whoever owned anything in it before is certainly gone and no lease need be waited for.
   */
  readonly exclusive: boolean
  /** The record as last committed, or undefined. */
  read(key: string): Promise<StoredRecord | undefined>
  /** Records whose key starts with `prefix`, ascending by key, after key `after`, at most `limit` (1–10,000). */
  scan(prefix: string, options: { after?: string; limit: number }): Promise<StoredRecord[]>
  /**
   * Commits; concurrent transactions are grouped into one durable write, each judged on its own, in the
   * order of the calls. Rejects with `STORE_UNAVAILABLE` where the outcome is unknown: resolve it by reading.
   */
  transact(transaction: Transaction): Promise<TransactionResult>
  /** Finishes what was handed over, then closes. */
  close(): Promise<void>
}
