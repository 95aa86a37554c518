import type { TransactionResult, TransferRefusal } from '../ports/index.ts'
import type { Decision } from './ledger/batch.ts'
import { type PreparedTransfer, prepared } from './ledger/content.ts'
import type { BatchOutcome, PackedBatch } from './sqlite-messages.ts'

/** What a batch is applied to. */
export interface BatchTarget {
  /** The version of `key`, 0 where there is none. */
  version(key: string): number
  decide(transfers: readonly PreparedTransfer[], hasWrites: boolean): Decision
  /** Returns the new version. */
  set(key: string, value: Uint8Array): number
  delete(key: string): void
}

/** Judges and applies the transactions of a batch in order. */
export function applyBatch(batch: PackedBatch, target: BatchTarget): BatchOutcome {
  const run = new BatchRun(batch, target)
  for (let index = 0; index < batch.transactions; index += 1) run.next()
  return run.outcome
}

/** Reads a batch from its start and writes the outcome. */
class BatchRun {
  readonly #batch: PackedBatch
  readonly #target: BatchTarget
  readonly #numbers: number[] = []
  readonly #failed: string[] = []
  readonly #ledger: (TransferRefusal | readonly string[])[] = []
  #key = 0
  #number = 0
  #offset = 0

  constructor(batch: PackedBatch, target: BatchTarget) {
    this.#batch = batch
    this.#target = target
  }

  get outcome(): BatchOutcome {
    const numbers = Float64Array.from(this.#numbers)
    return { numbers, failed: this.#failed, ledger: this.#ledger }
  }

  next(): void {
    const checks = this.#takeNumber()
    const transfers = this.#takeNumber()
    const writes = this.#takeNumber()
    const checked = this.#check(checks)
    const possible = this.#transfer(checked, transfers, writes > 0)
    this.#write(possible, writes)
  }

  /** Returns whether all hold; so does the next. */
  #check(checks: number): boolean {
    let holds = true
    for (let check = 0; check < checks; check += 1) {
      const key = this.#takeKey()
      const version = this.#takeNumber()
      if (!holds) continue
      const actual = this.#target.version(key)
      if (actual === version) continue
      holds = false
      this.#numbers.push(0, version, actual)
      this.#failed.push(key)
    }
    return holds
  }

  #transfer(checked: boolean, transfers: number, hasWrites: boolean): boolean {
    if (!checked || transfers === 0) {
      this.#key += 2 * transfers
      if (checked) this.#numbers.push(1)
      return checked
    }
    const asked: PreparedTransfer[] = []
    while (asked.length < transfers) asked.push(prepared(this.#takeKey(), this.#takeKey()))
    const decision = this.#target.decide(asked, hasWrites)
    if ('refused' in decision) {
      this.#numbers.push(2)
      this.#ledger.push(decision.refused)
      return false
    }
    const { repeated } = decision
    this.#numbers.push(repeated.length > 0 ? 3 : 1)
    if (repeated.length > 0) this.#ledger.push(repeated)
    return true
  }

  #write(possible: boolean, writes: number): void {
    for (let write = 0; write < writes; write += 1) {
      const key = this.#takeKey()
      const length = this.#takeNumber()
      const start = this.#offset
      this.#offset += Math.max(0, length)
      if (!possible) continue
      if (length < 0) this.#target.delete(key)
      const value = length < 0 ? undefined : this.#batch.values.subarray(start, this.#offset)
      this.#numbers.push(value ? this.#target.set(key, value) : 0)
    }
  }

  #takeKey(): string {
    const key = this.#batch.keys[this.#key] as string
    this.#key += 1
    return key
  }

  #takeNumber(): number {
    const number = this.#batch.numbers[this.#number] as number
    this.#number += 1
    return number
  }
}

/** Reads the results of a batch one after the other. */
export class OutcomeReader {
  readonly #outcome: BatchOutcome
  #position = 0
  #failed = 0
  #ledger = 0

  constructor(outcome: BatchOutcome) {
    this.#outcome = outcome
  }

  next(writes: number): TransactionResult {
    const kind = this.#take()
    if (kind === 0) {
      const key = this.#outcome.failed[this.#failed] as string
      this.#failed += 1
      return { ok: false, failed: { key, version: this.#take() }, actual: this.#take() }
    }
    if (kind === 2) return { ok: false, refused: this.#takeLedger() as TransferRefusal }
    const versions: number[] = []
    for (let write = 0; write < writes; write += 1) versions.push(this.#take())
    if (kind === 1) return { ok: true, versions }
    return { ok: true, versions, repeated: this.#takeLedger() as readonly string[] }
  }

  #take(): number {
    const value = this.#outcome.numbers[this.#position]
    if (value === undefined) throw new RangeError('The outcome of a batch is too short.')
    this.#position += 1
    return value
  }

  #takeLedger(): TransferRefusal | readonly string[] {
    const taken = this.#outcome.ledger[this.#ledger]
    if (taken === undefined) throw new RangeError('The outcome of a batch is too short.')
    this.#ledger += 1
    return taken
  }
}
