import type { Ledger, Transfer, TransferRefusal } from './ledger.ts'

/**
 * A record of the store. Each write gives it a version above every one that its key ever had, also
 * before a delete; by how much is not promised. So no version means two things, and what was
 * fenced by one that is gone stays fenced for ever. Versions are whole numbers from 1 to 2^53 − 1.
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
 * Every check is judged first, as of the transactions before this one; then the transfers, in their
 * order; then the writes apply. The same key may be written more than once; the writes apply in
 * order. Checks and writes together are at most 10,000, their values at most 64 MiB.
 *
 * Atomic: either every check holds, every transfer is possible, and everything is durable, or
 * nothing happened.
 *
 * A fence is a check on an ownership record: its version *is* the epoch, since only a claim writes
 * it.
 */
export interface Transaction {
  readonly checks: readonly Check[]
  readonly writes: readonly Write[]
  /**
   * What the ledger moves, together with the writes: at most 1,000 transfers of different ids and
   * 10,000 moves. `transact` rejects with `LEDGER_MALFORMED` where one is not well-formed.
   *
   * A transfer whose id was made before with the same content moves nothing. Its writes were
   * committed with it then, so they must not apply again: a transaction that has writes is refused
   * with `LEDGER_REPEATED`. One without writes goes on with its other transfers and is told which
   * were `repeated`; to ask for it again after a lost reply is therefore always safe.
   */
  readonly transfers?: readonly Transfer[]
}

/**
 * `versions` are the new versions of the written keys, in the order of the writes (0 for a delete).
 * `repeated` are the ids of transfers that were made before; absent where there is none.
 *
 * Refused because of the first check that `failed`, or of the first transfer that cannot be.
 */
export type TransactionResult =
  | {
      readonly ok: true
      readonly versions: readonly number[]
      readonly repeated?: readonly string[]
    }
  | { readonly ok: false; readonly failed: Check; readonly actual: number }
  | { readonly ok: false; readonly refused: TransferRefusal }

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
  /** Who has how much of what, and why: what the transfers of all transactions came to. */
  readonly ledger: Ledger
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
