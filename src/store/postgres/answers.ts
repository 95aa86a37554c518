import type { TransactionResult } from '../../ports/index.ts'
import type { Pending } from './batch.ts'

/** So many are answered before the loop looks at what the server has said meanwhile. */
const answersMax = 64

interface Judged {
  readonly transactions: readonly Pending[]
  readonly results: readonly TransactionResult[]
}

/**
 * Tells callers what has become of their transactions, in order, a few in each turn of the loop.
 * What they do upon it takes longer than all else about a batch, and the server would wait
 * meanwhile for what the next batch is to write.
 */
export class Answers {
  readonly #told: (transaction: Pending) => void
  readonly #waiting: Judged[] = []
  #from = 0
  #idle: (() => void)[] = []

  /** @param told called right before each is answered */
  constructor(told: (transaction: Pending) => void) {
    this.#told = told
  }

  /** The transactions of a batch that is committed. */
  add(transactions: readonly Pending[], results: readonly TransactionResult[]): void {
    this.#waiting.push({ transactions, results })
    if (this.#waiting.length === 1) setImmediate(() => this.#turn())
  }

  /** Once all are answered. */
  async idle(): Promise<void> {
    if (this.#waiting.length > 0) await new Promise<void>((idle) => this.#idle.push(idle))
  }

  #turn(): void {
    const { transactions, results } = this.#waiting[0] as Judged
    const end = Math.min(this.#from + answersMax, transactions.length)
    for (; this.#from < end; this.#from += 1) {
      const transaction = transactions[this.#from] as Pending
      this.#told(transaction)
      transaction.resolve(results[this.#from] as TransactionResult)
    }
    if (end === transactions.length) {
      this.#waiting.shift()
      this.#from = 0
    }
    if (this.#waiting.length > 0) setImmediate(() => this.#turn())
    else for (const idle of this.#idle.splice(0)) idle()
  }
}
