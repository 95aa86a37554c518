import type {
  AuditTotal,
  Balance,
  HistoryPage,
  Item,
  LedgerEntry,
  LedgerPage,
  StoredTransfer,
} from '../../ports/index.ts'
import { comesBefore } from '../key-order.ts'
import type { AuditedItem, AuditPage, AuditPosition } from './audit.ts'
import { type ItemState, LedgerBatch, type LedgerFacts, type NewEntry } from './batch.ts'
import type { Books } from './books.ts'
import { memoOf, storedTransfer } from './content.ts'
import { classOf, itemsAsset } from './rules.ts'

interface Account {
  readonly entries: NewEntry[]
  /** By asset; `''` counts the items. */
  readonly balances: Map<string, number>
  readonly items: Set<string>
}

interface Made {
  readonly content: string
  readonly wallMs: number
}

/** The books of a store in memory, with the rules of the port and nothing asynchronous. */
export class MemoryBooks implements Books, LedgerFacts {
  readonly #transfers = new Map<string, Made>()
  readonly #accounts = new Map<string, Account>()
  readonly #items = new Map<string, ItemState>()

  content(id: string): string | undefined {
    return this.#transfers.get(id)?.content
  }

  sequence(account: string): number {
    return this.#accounts.get(account)?.entries.length ?? 0
  }

  balance(account: string, asset: string): number {
    return this.#accounts.get(account)?.balances.get(asset) ?? 0
  }

  item(id: string): Item | undefined {
    const item = this.#items.get(id)
    return item && { id, kind: item.kind, owner: item.owner }
  }

  /** Begins to decide what `keep` will write. */
  begin(): LedgerBatch {
    return new LedgerBatch(this)
  }

  keep({ changes }: LedgerBatch, wallMs: number): void {
    for (const { id, content } of changes.transfers) this.#transfers.set(id, { content, wallMs })
    for (const entry of changes.entries) this.#account(entry.account).entries.push(entry)
    for (const { account, asset, amount } of changes.balances) {
      this.#account(account).balances.set(asset, amount)
    }
    for (const item of changes.items) {
      const former = this.#items.get(item.id)
      if (former) this.#account(former.owner).items.delete(item.id)
      this.#items.set(item.id, item)
      this.#account(item.owner).items.add(item.id)
    }
  }

  balances(account: string, page: LedgerPage): Balance[] {
    const balances = this.#accounts.get(account)?.balances ?? new Map<string, number>()
    const assets = [...balances.keys()].filter((asset) => asset !== itemsAsset)
    return paged(assets, page).map((asset) => ({ asset, amount: balances.get(asset) ?? 0 }))
  }

  items(account: string, page: LedgerPage): Item[] {
    const ids = paged(this.#accounts.get(account)?.items ?? [], page)
    return ids.map((id) => this.item(id) as Item)
  }

  history(account: string, { after, limit, newestFirst }: HistoryPage): LedgerEntry[] {
    const entries = this.#accounts.get(account)?.entries ?? []
    if (!newestFirst) {
      const first = Math.max(0, after ?? 0)
      return entries.slice(first, first + limit).map((entry) => this.#shown(entry))
    }
    const end = Math.max(0, Math.min(entries.length, (after ?? Number.POSITIVE_INFINITY) - 1))
    const newest = entries.slice(Math.max(0, end - limit), end).reverse()
    return newest.map((entry) => this.#shown(entry))
  }

  transfer(id: string): StoredTransfer | undefined {
    const made = this.#transfers.get(id)
    return made && storedTransfer(id, made.content, made.wallMs)
  }

  auditTotals(): AuditTotal[] {
    const totals = new Map<string, { issued: bigint; sunk: bigint; held: bigint }>()
    for (const [account, { balances }] of this.#accounts) {
      const column = classOf(account)
      for (const [asset, amount] of balances) {
        const total = totals.get(asset) ?? { issued: 0n, sunk: 0n, held: 0n }
        total[column] += BigInt(column === 'issued' ? -amount : amount)
        totals.set(asset, total)
      }
    }
    const assets = [...totals.keys()].sort(byBytes)
    return assets.map((asset) => ({ asset, issued: 0n, sunk: 0n, held: 0n, ...totals.get(asset) }))
  }

  /** All that is left in one page, whatever the limit: nothing is copied to anywhere. */
  auditEntries(after: AuditPosition | undefined, _limit: number): AuditPage {
    const names = [...this.#accounts.keys()].sort(byBytes)
    const left = names.filter((name) => !after || !comesBefore(name, after.account))
    const accounts = left.map((account) => {
      const { entries, balances, items } = this.#account(account)
      return {
        account,
        sequence: entries.length,
        held: items.size,
        balances: [...balances].map(([asset, amount]) => ({ asset, amount })),
      }
    })
    const entries = left.flatMap((account) => {
      const seen = account === after?.account ? after.sequence : 0
      return this.#account(account).entries.slice(seen)
    })
    const audited = entries.map(({ account, sequence, asset, change, balance, transfer }) => {
      return { account, sequence, asset, change, balance, known: this.#transfers.has(transfer) }
    })
    return { entries: audited, accounts, last: true }
  }

  auditItems(after: string | undefined, limit: number): AuditedItem[] {
    const ids = paged(this.#items.keys(), after === undefined ? { limit } : { after, limit })
    return ids.map((id) => {
      const { owner, arrival } = this.#items.get(id) as ItemState
      const entry = this.#account(owner).entries[arrival - 1]
      return { id, owner, arrived: entry?.item === id && entry.change === 1 }
    })
  }

  #account(name: string): Account {
    const known = this.#accounts.get(name)
    if (known) return known
    const account = { entries: [], balances: new Map<string, number>(), items: new Set<string>() }
    this.#accounts.set(name, account)
    return account
  }

  #shown({ sequence, transfer, counter, asset, item, change, balance }: NewEntry): LedgerEntry {
    const made = this.#transfers.get(transfer)
    return {
      sequence,
      transfer,
      wallMs: made?.wallMs ?? 0,
      counter,
      what: item === '' ? { asset } : { item },
      change,
      balance,
      memo: made && memoOf(made.content),
    }
  }
}

function byBytes(left: string, right: string): number {
  if (left === right) return 0
  return comesBefore(left, right) ? -1 : 1
}

function paged(texts: Iterable<string>, { after, limit }: LedgerPage): string[] {
  const left = [...texts].filter((text) => after === undefined || comesBefore(after, text))
  return left.sort(byBytes).slice(0, limit)
}
