import type { StoredRecord, Transaction, TransactionResult } from '../ports/index.ts'
import { comesBefore } from './key-order.ts'
import { prepare } from './ledger/content.ts'
import { MemoryBooks } from './ledger/memory-books.ts'
import { checkKey, checkScan, checkTransaction } from './limits.ts'

/** What a store in memory holds, with the rules of the port and nothing asynchronous. */
export class Table {
  readonly #records = new Map<string, StoredRecord>()
  readonly books = new MemoryBooks()
  /** Every key, in the order of its bytes. */
  readonly #keys: string[] = []
  /** The highest version given so far, to whichever key. */
  #revision = 0

  read(key: string): StoredRecord | undefined {
    checkKey(key)
    const record = this.#records.get(key)
    return record && copied(record)
  }

  scan(prefix: string, { after, limit }: { after?: string; limit: number }): StoredRecord[] {
    checkScan(prefix, after, limit)
    const found: StoredRecord[] = []
    let index = this.#firstIndex(prefix)
    if (after !== undefined) {
      const afterIndex = this.#firstIndex(after)
      index = Math.max(index, this.#keys[afterIndex] === after ? afterIndex + 1 : afterIndex)
    }
    for (; index < this.#keys.length && found.length < limit; index += 1) {
      const key = this.#keys[index] as string
      if (!key.startsWith(prefix)) break
      found.push(copied(this.#records.get(key) as StoredRecord))
    }
    return found
  }

  /** `wallMs` is when its transfers are said to have been made. */
  apply(transaction: Transaction, wallMs = 0): TransactionResult {
    checkTransaction(transaction)
    const { checks, writes, transfers = [] } = transaction
    for (const check of checks) {
      const actual = this.#records.get(check.key)?.version ?? 0
      if (actual !== check.version) return { ok: false, failed: { ...check }, actual }
    }
    const batch = this.books.begin()
    const decision = batch.decide(transfers.map(prepare), writes.length > 0)
    if ('refused' in decision) return { ok: false, refused: decision.refused }
    this.books.keep(batch, wallMs)
    const versions = writes.map(({ key, value }) => this.#write(key, value))
    const { repeated } = decision
    return repeated.length === 0 ? { ok: true, versions } : { ok: true, versions, repeated }
  }

  #write(key: string, value: Uint8Array | undefined): number {
    const before = this.#records.get(key)
    if (value === undefined) {
      if (before) this.#keys.splice(this.#firstIndex(key), 1)
      this.#records.delete(key)
      return 0
    }
    if (!before) this.#keys.splice(this.#firstIndex(key), 0, key)
    this.#revision += 1
    this.#records.set(key, { key, version: this.#revision, value: new Uint8Array(value) })
    return this.#revision
  }

  /** The index of the first key that is not before `key`. */
  #firstIndex(key: string): number {
    let low = 0
    let high = this.#keys.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (comesBefore(this.#keys[middle] as string, key)) low = middle + 1
      else high = middle
    }
    return low
  }
}

function copied({ key, version, value }: StoredRecord): StoredRecord {
  return { key, version, value: new Uint8Array(value) }
}
