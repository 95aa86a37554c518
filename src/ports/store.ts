/**
 * A record of the store. `version` counts its writes: 1 at the first, one more with each, never
 * reused while the key lives. A key that is written again after a delete starts again at 1, so what
 * is fenced by a version is never deleted while an earlier owner may still act.
 */
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
 * Every check is judged before any write, as of the transactions before this one. The same key may
 * be written more than once; the writes apply in order. Checks and writes together are at most
 * 10,000, their values at most 64 MiB.
 *
 * Atomic: either every check holds and every write is durable, or nothing happened.
 *
 * A fence is a check on an ownership record: its version *is* the epoch, since only a claim writes
 * it.
 */
export interface Transaction {
  readonly checks: readonly Check[]
  readonly writes: readonly Write[]
}

/**
 * `versions` are the new versions of the written keys, in the order of the writes (0 for a delete).
 */
export type TransactionResult =
  | { readonly ok: true; readonly versions: readonly number[] }
  | { readonly ok: false; readonly failed: Check; readonly actual: number }

/**
 * The only truth. Keys are 1–512 bytes of UTF-8 without NUL, ordered by their bytes; values up to
 * 16 MiB. Every call rejects with `STORE_LIMIT` where that does not hold. Values handed over are
 * copied during the call.
 */
export interface Store {
  /**
   * True where nobody else can hold this store open (an embedded file under an exclusive lock), so
   * that whoever owned anything in it before is certainly gone and no lease need be waited for.
   */
  readonly exclusive: boolean
  /** The record as last committed, or undefined. */
  read(key: string): Promise<StoredRecord | undefined>
  /**
   * Records whose key starts with `prefix`, ascending by key, after key `after`, at most `limit`
   * (1–10,000).
   */
  scan(prefix: string, options: { after?: string; limit: number }): Promise<StoredRecord[]>
  /**
   * Commits; concurrent transactions are grouped into one durable write, each judged on its own, in
   * the order of the calls. Rejects with `STORE_UNAVAILABLE` where the outcome is unknown: resolve
   * it by reading. Rejects with `STORE_BUSY` where too much is waiting already: nothing of it was
   * begun.
   */
  transact(transaction: Transaction): Promise<TransactionResult>
  /** Finishes what was handed over, then closes. */
  close(): Promise<void>
}
