import { RealmError } from '../../errors/index.ts'
import type { Ledger, Store, Transaction, TransactionResult } from '../../ports/index.ts'

/** One node's way to a store, with faults on demand. */
export class FaultyStore implements Store {
  readonly exclusive: boolean
  readonly ledger: Ledger
  /** Transactions handed over, in order. */
  readonly transactions: Transaction[] = []
  /** Nothing reaches the store while true. */
  cut = false
  /** How many of the next transactions take effect while their answer is lost. */
  answersLost = 0
  /** How many of the next transactions take effect and are never answered. */
  answersHanging = 0
  /** How many of the next transactions are lost before they take effect. */
  requestsLost = 0
  /** How many of the next transactions are refused for good, with `STORE_LIMIT`. */
  refusals = 0
  readonly #store: Store
  #held: (() => void)[] | undefined

  constructor(store: Store, options: { exclusive: boolean }) {
    this.#store = store
    this.exclusive = options.exclusive
    this.ledger = store.ledger
  }

  /** Transactions wait until `release`. */
  hold(): void {
    this.#held ??= []
  }

  /** Lets the oldest waiting transaction through. */
  releaseOne(): void {
    this.#held?.shift()?.()
  }

  release(): void {
    const held = this.#held ?? []
    this.#held = undefined
    for (const go of held) go()
  }

  async read(key: string) {
    this.#assertReachable()
    return this.#store.read(key)
  }

  async scan(prefix: string, options: { after?: string; limit: number }) {
    this.#assertReachable()
    return this.#store.scan(prefix, options)
  }

  async transact(transaction: Transaction): Promise<TransactionResult> {
    this.#assertReachable()
    this.transactions.push(transaction)
    if (this.#held !== undefined) await new Promise<void>((go) => this.#held?.push(go))
    if (this.refusals > 0) {
      this.refusals -= 1
      throw new RealmError('STORE_LIMIT')
    }
    if (this.requestsLost > 0) {
      this.requestsLost -= 1
      throw new RealmError('STORE_UNAVAILABLE')
    }
    const result = await this.#store.transact(transaction)
    if (this.answersHanging > 0) {
      this.answersHanging -= 1
      return new Promise(() => {})
    }
    if (this.answersLost === 0) return result
    this.answersLost -= 1
    throw new RealmError('STORE_UNAVAILABLE')
  }

  async close(): Promise<void> {}

  #assertReachable(): void {
    if (this.cut) throw new RealmError('STORE_UNAVAILABLE', 'It was cut off.')
  }
}
