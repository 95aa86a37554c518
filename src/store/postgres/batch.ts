import type { RealmError } from '../../errors/index.ts'
import type { Transaction, TransactionResult } from '../../ports/index.ts'

/** What is committed at once. A larger batch would only make the ones in it wait longer. */
const batchTransactionsMax = 512
const batchKeysMax = 8_192
const batchBytesMax = 32 * 1024 * 1024

export interface Pending {
  readonly transaction: Transaction
  /** Bytes of its values. */
  readonly bytes: number
  readonly resolve: (result: TransactionResult) => void
  readonly reject: (error: RealmError) => void
}

/** A copy of what the caller may change after the call. */
export function owned({ checks, writes }: Transaction): Transaction {
  return {
    checks: checks.map(({ key, version }) => ({ key, version })),
    writes: writes.map(({ key, value }) => ({ key, value: value && Uint8Array.from(value) })),
  }
}

/** Takes as many of the first as one batch may hold, at least one. */
export function takeBatch(waiting: Pending[]): Batch {
  let count = 0
  let keys = 0
  let bytes = 0
  for (const { transaction, bytes: more } of waiting) {
    keys += transaction.checks.length + transaction.writes.length
    bytes += more
    const full = count >= batchTransactionsMax || keys > batchKeysMax || bytes > batchBytesMax
    if (full && count > 0) break
    count += 1
  }
  return new Batch(waiting.splice(0, count))
}

interface KeyState {
  /** As of the transactions judged so far; 0 where there is no record. */
  version: number
  /** What was written last; undefined where nothing was, or where it was deleted. */
  value: Uint8Array | undefined
  /** How often it was written in this batch. */
  writes: number
}

/** What a batch leaves to be written. */
export interface BatchChanges {
  readonly sets: readonly ChangedRecord[]
  readonly deletes: readonly string[]
  /** False where nothing needs to be committed: then rolling back is as good. */
  readonly changed: boolean
}

interface ChangedRecord {
  readonly key: string
  readonly version: number
  readonly value: Uint8Array
}

export interface JudgedBatch {
  readonly results: readonly TransactionResult[]
  readonly changes: BatchChanges
}

/** Transactions that are committed at once, and the keys that they speak of. */
export class Batch {
  readonly transactions: readonly Pending[]
  /**
   * Each key once, in an order that all processes share: the order in which they are locked. (It is
   * that of UTF-16 units, the cheapest here; any order would do.)
   */
  readonly keys: readonly string[]
  /** How many versions it needs: as many as the key has writes that is written most often. */
  readonly revisions: number
  #attempts = 0

  constructor(transactions: readonly Pending[]) {
    this.transactions = transactions
    const writesOf = new Map<string, number>()
    let revisions = 0
    for (const { transaction } of transactions) {
      for (const { key } of transaction.checks) if (!writesOf.has(key)) writesOf.set(key, 0)
      for (const { key } of transaction.writes) {
        const writes = (writesOf.get(key) ?? 0) + 1
        writesOf.set(key, writes)
        if (writes > revisions) revisions = writes
      }
    }
    this.keys = [...writesOf.keys()].sort()
    this.revisions = revisions
  }

  /** Counts the attempts to commit it. */
  attempt(): number {
    this.#attempts += 1
    return this.#attempts
  }

  /**
   * Judges each transaction as of those before it.
   * @param versions of `keys`, as they are while this batch holds their locks; 0: no record
   * @param revisions ascending numbers above every version that any of the keys ever had
   */
  judge(versions: readonly number[], revisions: readonly number[]): JudgedBatch {
    const states = new Map<string, KeyState>()
    this.keys.forEach((key, index) => {
      states.set(key, { version: versions[index] as number, value: undefined, writes: 0 })
    })
    const results = this.transactions.map(({ transaction }) =>
      judge(transaction, states, revisions),
    )
    return { results, changes: changesOf(this.keys, versions, states) }
  }
}

function judge(
  { checks, writes }: Transaction,
  states: ReadonlyMap<string, KeyState>,
  revisions: readonly number[],
): TransactionResult {
  for (const check of checks) {
    const actual = (states.get(check.key) as KeyState).version
    if (actual !== check.version) return { ok: false, failed: check, actual }
  }
  const versions = writes.map(({ key, value }) => {
    const state = states.get(key) as KeyState
    state.version = value === undefined ? 0 : (revisions[state.writes] as number)
    state.value = value
    state.writes += 1
    return state.version
  })
  return { ok: true, versions }
}

/** Keys without a record are held by a row of version 0, which goes where nothing took its place. */
function changesOf(
  keys: readonly string[],
  versions: readonly number[],
  states: ReadonlyMap<string, KeyState>,
): BatchChanges {
  const sets: ChangedRecord[] = []
  const deletes: string[] = []
  let changed = false
  keys.forEach((key, index) => {
    const { version, value } = states.get(key) as KeyState
    if (value !== undefined) sets.push({ key, version, value })
    else if (version === 0) deletes.push(key)
    if (version !== versions[index]) changed = true
  })
  return { sets, deletes, changed }
}
