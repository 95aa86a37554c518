import type { RealmError } from '../../errors/index.ts'
import type { Check, Transaction, TransactionResult, Write } from '../../ports/index.ts'
import { type PreparedTransfer, prepare } from '../ledger/content.ts'
import type { HeldBooks } from './book-batch.ts'
import { type BookNeeds, bookNeeds } from './book-needs.ts'
import type { HeldRecords } from './record-batch.ts'

/** What is committed at once. A larger batch would only make the ones in it wait longer. */
const batchTransactionsMax = 512
const batchNamesMax = 8_192
const batchBytesMax = 32 * 1024 * 1024

export interface Pending {
  readonly transaction: OwnedTransaction
  /** Bytes of its values and transfers. */
  readonly bytes: number
  readonly resolve: (result: TransactionResult) => void
  readonly reject: (error: RealmError) => void
}

/** A copy of what the caller may change after the call. */
export interface OwnedTransaction {
  readonly checks: readonly Check[]
  readonly transfers: readonly PreparedTransfer[]
  readonly writes: readonly Write[]
}

export function owned({ checks, writes, transfers = [] }: Transaction): OwnedTransaction {
  return {
    checks: checks.map(({ key, version }) => ({ key, version })),
    transfers: transfers.map(({ moves, ...transfer }) =>
      prepare({ ...transfer, moves: moves.map((move) => ({ ...move })) }),
    ),
    // Small ones come to lie in a common pool.
    writes: writes.map(({ key, value }) => ({ key, value: value && Buffer.from(value) })),
  }
}

/** Takes as many of the first as one batch may hold, at least one. */
export function takeBatch(waiting: Pending[]): Batch {
  let count = 0
  let names = 0
  let bytes = 0
  for (const { transaction, bytes: more } of waiting) {
    names += namesOf(transaction)
    bytes += more
    const full = count >= batchTransactionsMax || names > batchNamesMax || bytes > batchBytesMax
    if (full && count > 0) break
    count += 1
  }
  return new Batch(waiting.splice(0, count))
}

/** How much there is to lock, at most. */
function namesOf({ checks, writes, transfers }: OwnedTransaction): number {
  let names = checks.length + writes.length
  for (const { moves } of transfers) names += 1 + 3 * moves.length
  return names
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
export interface RecordChanges {
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
  readonly records: RecordChanges
  /** Where something is transferred. */
  readonly books: HeldBooks | undefined
}

/** What a batch has locked. */
export interface Held {
  readonly records: HeldRecords
  readonly books: HeldBooks | undefined
}

/** Transactions that are committed at once, and what they speak of. */
export class Batch {
  readonly transactions: readonly Pending[]
  /**
   * Each key once, in an order that all processes share: the order in which they are locked. (It is
   * that of UTF-16 units, the cheapest here; any order would do.)
   */
  readonly keys: readonly string[]
  /** How many versions it needs: as many as the key has writes that is written most often. */
  readonly revisions: number
  readonly books: BookNeeds | undefined
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
    this.books = bookNeeds(transactions.map(({ transaction }) => transaction.transfers))
  }

  /** Counts the attempts to commit it. */
  attempt(): number {
    this.#attempts += 1
    return this.#attempts
  }

  /** Judges each transaction as of those before it. */
  judge({ records, books }: Held): JudgedBatch {
    const states = new Map<string, KeyState>()
    this.keys.forEach((key, index) => {
      const version = records.versions[index] as number
      states.set(key, { version, value: undefined, writes: 0 })
    })
    const run = new BatchRun(states, records.revisions, books)
    const results = this.transactions.map(({ transaction }) => run.judge(transaction))
    return { results, records: changesOf(this.keys, records.versions, states), books }
  }
}

class BatchRun {
  readonly #states: ReadonlyMap<string, KeyState>
  readonly #revisions: readonly number[]
  readonly #books: HeldBooks | undefined

  constructor(
    states: ReadonlyMap<string, KeyState>,
    revisions: readonly number[],
    books: HeldBooks | undefined,
  ) {
    this.#states = states
    this.#revisions = revisions
    this.#books = books
  }

  judge({ checks, transfers, writes }: OwnedTransaction): TransactionResult {
    for (const check of checks) {
      const actual = this.#state(check.key).version
      if (actual !== check.version) return { ok: false, failed: check, actual }
    }
    let repeated: readonly string[] = []
    if (this.#books && transfers.length > 0) {
      const decision = this.#books.batch.decide(transfers, writes.length > 0)
      if ('refused' in decision) return { ok: false, refused: decision.refused }
      repeated = decision.repeated
    }
    const versions = writes.map((write) => this.#write(write))
    return repeated.length === 0 ? { ok: true, versions } : { ok: true, versions, repeated }
  }

  #write({ key, value }: Write): number {
    const state = this.#state(key)
    state.version = value === undefined ? 0 : (this.#revisions[state.writes] as number)
    state.value = value
    state.writes += 1
    return state.version
  }

  #state(key: string): KeyState {
    return this.#states.get(key) as KeyState
  }
}

/** A key without a record is held by a row of version 0, which goes if nothing takes its place. */
function changesOf(
  keys: readonly string[],
  versions: readonly number[],
  states: ReadonlyMap<string, KeyState>,
): RecordChanges {
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
