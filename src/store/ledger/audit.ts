import type { AuditFinding, AuditReport, AuditTotal, Balance } from '../../ports/index.ts'
import { comesBefore } from '../key-order.ts'
import { isIssuer, itemsAsset } from './rules.ts'

const findingsMax = 100

/** Where an audit is: after the entry of this sequence in this account's history. */
export interface AuditPosition {
  readonly account: string
  readonly sequence: number
}

export interface AuditedEntry {
  readonly account: string
  readonly sequence: number
  /** `''` for an item. */
  readonly asset: string
  readonly change: number
  readonly balance: number
  /** Whether the transfer it names is there. */
  readonly known: boolean
}

/** What the books say of an account beside its history. */
export interface AuditedAccount {
  readonly account: string
  readonly sequence: number
  /** Items whose owner it is. */
  readonly held: number
  /** With the asset `''` for how many items it has. */
  readonly balances: readonly Balance[]
}

export interface AuditPage {
  /** Ascending by account (by bytes), then by sequence. */
  readonly entries: readonly AuditedEntry[]
  /**
   * Ascending, as of the same moment as the entries: all accounts from that of the position (it
   * too) to that of the last entry, or to the last of all where nothing is left; but not the one
   * whose history goes on in the next page.
   */
  readonly accounts: readonly AuditedAccount[]
  /** Whether no entry is left. */
  readonly last: boolean
}

export interface AuditedItem {
  readonly id: string
  readonly owner: string
  /** Whether the owner's history has the entry with which it came. */
  readonly arrived: boolean
}

/**
 * Adds up what it is shown, a page at a time. Of the histories it keeps one account's sums only, so
 * it takes books of any size; and each page is compared with accounts of the same moment, so
 * transfers may go on meanwhile.
 */
export class Audit {
  #totals: readonly AuditTotal[] = []
  #accounts = 0
  #entries = 0
  #items = 0
  readonly #findings: AuditFinding[] = []
  #findingsTotal = 0
  /** The account whose history is being read, and what it sums to so far. */
  #account: string | undefined
  #sequence = 0
  #sums = new Map<string, number>()
  #settled = false

  totals(totals: readonly AuditTotal[]): void {
    this.#totals = totals
    for (const { asset, issued, sunk, held } of totals) {
      if (issued === sunk + held) continue
      const detail = `Issued ${issued}, but ${sunk} in sinks and ${held} in accounts.`
      this.#find({ what: 'total', asset, detail })
    }
  }

  /** Returns the position of its last entry. */
  page({ entries, accounts, last }: AuditPage): AuditPosition | undefined {
    const end = entries.at(-1)
    let next = 0
    for (const account of accounts) {
      for (; next < entries.length; next += 1) {
        const entry = entries[next] as AuditedEntry
        if (comesBefore(account.account, entry.account)) break
        this.#entry(entry)
      }
      this.#settle(account)
    }
    for (const entry of entries.slice(next)) this.#entry(entry)
    if (last) this.#begin(undefined)
    return end && { account: end.account, sequence: end.sequence }
  }

  items(items: readonly AuditedItem[]): void {
    for (const { id, owner, arrived } of items) {
      this.#items += 1
      if (arrived) continue
      const detail = `The history of its owner ${owner} does not tell of its arrival.`
      this.#find({ what: 'item', account: owner, item: id, detail })
    }
  }

  report(): AuditReport {
    return {
      accounts: this.#accounts,
      entries: this.#entries,
      items: this.#items,
      totals: this.#totals,
      findings: this.#findings,
      findingsTotal: this.#findingsTotal,
    }
  }

  #find(finding: AuditFinding): void {
    this.#findingsTotal += 1
    if (this.#findings.length < findingsMax) this.#findings.push(finding)
  }

  #begin(account: string | undefined): void {
    if (this.#account === account) return
    if (this.#account !== undefined && !this.#settled) {
      const detail = `It has ${this.#sequence} entries, but is not among the accounts.`
      this.#find({ what: 'history', account: this.#account, detail })
    }
    this.#account = account
    if (account !== undefined) this.#accounts += 1
    this.#sequence = 0
    this.#sums = new Map()
    this.#settled = false
  }

  #entry({ account, sequence, asset, change, balance, known }: AuditedEntry): void {
    this.#begin(account)
    this.#entries += 1
    this.#settled = false
    const expected = this.#sequence + 1
    if (sequence !== expected) {
      const detail = `Entry ${expected} is missing; entry ${sequence} comes next.`
      this.#find({ what: 'history', account, detail })
    }
    this.#sequence = sequence
    const sum = (this.#sums.get(asset) ?? 0) + change
    if (sum !== balance) {
      const detail = `Entry ${sequence} leaves ${balance}, where the entries sum to ${sum}.`
      this.#find({ what: 'history', account, asset, detail })
    }
    // Goes on from what is written, so that one fault is told once.
    this.#sums.set(asset, balance)
    if (!known) {
      const detail = `Entry ${sequence} belongs to no transfer.`
      this.#find({ what: 'transfer', account, detail })
    }
  }

  /** All of the account's history has been seen. */
  #settle({ account, sequence, held, balances }: AuditedAccount): void {
    this.#begin(account)
    // The next page begins with the account of the last one.
    if (this.#settled) return
    this.#settled = true
    if (sequence !== this.#sequence) {
      const detail = `It has entries up to ${this.#sequence}, where there should be ${sequence}.`
      this.#find({ what: 'history', account, detail })
    }
    const sums = new Map(this.#sums)
    for (const { asset, amount } of balances) {
      const sum = sums.get(asset) ?? 0
      sums.delete(asset)
      if (sum !== amount) {
        const detail = `The balance is ${amount}, where the history leaves ${sum}.`
        this.#find({ what: 'balance', account, asset, detail })
      }
      if (amount < 0 && !isIssuer(account)) {
        this.#find({ what: 'balance', account, asset, detail: `The balance is ${amount}.` })
      }
    }
    for (const [asset, sum] of sums) {
      const detail = `There is no balance, where the history leaves ${sum}.`
      this.#find({ what: 'balance', account, asset, detail })
    }
    const items = isIssuer(account) ? 0 : (this.#sums.get(itemsAsset) ?? 0)
    if (held !== items) {
      const detail = `It has ${held} items, where the history leaves ${items}.`
      this.#find({ what: 'item', account, detail })
    }
  }
}
