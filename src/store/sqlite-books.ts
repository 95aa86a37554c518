import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type {
  AuditTotal,
  Balance,
  HistoryPage,
  Item,
  LedgerEntry,
  LedgerPage,
  StoredTransfer,
} from '../ports/index.ts'
import type { AuditedEntry, AuditedItem, AuditPage, AuditPosition } from './ledger/audit.ts'
import type { LedgerBatch, LedgerFacts } from './ledger/batch.ts'
import type { Books } from './ledger/books.ts'
import { memoOf, storedTransfer } from './ledger/content.ts'
import { type BookStatements, bookStatements } from './sqlite-books-sql.ts'

interface EntryRow {
  readonly sequence: number
  readonly counter: string
  readonly asset: string
  readonly item: string
  readonly change: number
  readonly balance: number
  /** Null where the transfer is missing; so are the two below. */
  readonly id: string | null
  readonly content: string | null
  readonly wallMs: number | null
}

/** Accounts and balances that are remembered; nobody else changes them behind us. */
const rememberedMax = 65_536

/** The books in an open file. Everything here blocks, and throws what SQLite throws. */
export class SqliteBooks implements Books, LedgerFacts {
  readonly #sql: BookStatements
  readonly #sequences = new Map<string, number>()
  /** By account and asset. */
  readonly #amounts = new Map<string, number>()

  constructor(database: DatabaseSync) {
    this.#sql = bookStatements(database)
  }

  content(id: string): string | undefined {
    return one<{ content: string }>(this.#sql.transfer, id)?.content
  }

  sequence(account: string): number {
    const remembered = this.#sequences.get(account)
    if (remembered !== undefined) return remembered
    return one<{ sequence: number }>(this.#sql.account, account)?.sequence ?? 0
  }

  balance(account: string, asset: string): number {
    const remembered = this.#amounts.get(balanceKey(account, asset))
    if (remembered !== undefined) return remembered
    return one<{ amount: number }>(this.#sql.balance, account, asset)?.amount ?? 0
  }

  item(id: string): Item | undefined {
    return one<Item>(this.#sql.item, id)
  }

  /**
   * Writes what was decided, in the caller's transaction; in the order of the accounts, so that
   * neighbours in an index come one after the other.
   */
  keep({ changes }: LedgerBatch, wallMs: number): void {
    const sql = this.#sql
    const numbers = new Map<string, number | bigint>()
    for (const { id, content } of changes.transfers) {
      numbers.set(id, sql.addTransfer.run(id, content, wallMs).lastInsertRowid)
    }
    const histories = Map.groupBy(changes.entries, ({ account }) => account)
    for (const [account, sequence] of sortedBy(changes.sequences, ([name]) => name)) {
      for (const entry of histories.get(account) ?? []) {
        const { transfer, counter, asset, item, change, balance } = entry
        const number = numbers.get(transfer) as number | bigint
        sql.addEntry.run(account, entry.sequence, number, counter, asset, item, change, balance)
      }
      sql.setAccount.run(account, sequence)
      remember(this.#sequences, account, sequence)
    }
    for (const { account, asset, amount } of sortedBy(changes.balances, (one) => one.account)) {
      sql.setBalance.run(account, asset, amount)
      remember(this.#amounts, balanceKey(account, asset), amount)
    }
    for (const { id, kind, owner, arrival } of changes.items) {
      sql.setItem.run(id, kind, owner, arrival)
    }
  }

  /** To be called where what was kept is not committed. */
  forget(): void {
    this.#sequences.clear()
    this.#amounts.clear()
  }

  balances(account: string, { after = '', limit }: LedgerPage): Balance[] {
    return all(this.#sql.balances, account, after, limit)
  }

  items(account: string, { after = '', limit }: LedgerPage): Item[] {
    return all(this.#sql.items, account, after, limit)
  }

  history(account: string, { after, limit, newestFirst }: HistoryPage): LedgerEntry[] {
    const rows: EntryRow[] = newestFirst
      ? all(this.#sql.historyDown, account, after ?? Number.MAX_SAFE_INTEGER, limit)
      : all(this.#sql.historyUp, account, after ?? 0, limit)
    return rows.map(shown)
  }

  transfer(id: string): StoredTransfer | undefined {
    const row = one<{ content: string; wallMs: number }>(this.#sql.transfer, id)
    return row && storedTransfer(id, row.content, row.wallMs)
  }

  auditTotals(): AuditTotal[] {
    const rows = all<{ asset: string; issued: number; sunk: number; high: number; low: number }>(
      this.#sql.totals,
    )
    const totals = new Map<string, { issued: bigint; sunk: bigint; held: bigint }>()
    for (const { asset, issued, sunk, high, low } of rows) {
      const total = totals.get(asset) ?? { issued: 0n, sunk: 0n, held: 0n }
      const sum = BigInt(high) * 2n ** 26n + BigInt(low)
      if (issued) total.issued -= sum
      else if (sunk) total.sunk += sum
      else total.held += sum
      totals.set(asset, total)
    }
    return [...totals].map(([asset, total]) => ({ asset, ...total }))
  }

  auditEntries(after: AuditPosition | undefined, limit: number): AuditPage {
    const { account: first, sequence } = after ?? { account: '', sequence: 0 }
    const rows = all<Omit<AuditedEntry, 'known'> & { known: number }>(
      this.#sql.auditEntries,
      first,
      sequence,
      limit,
    )
    const entries = rows.map((row) => ({ ...row, known: row.known === 1 }))
    const end = entries.at(-1)
    const last = entries.length < limit || end === undefined
    const names = last
      ? all<{ account: string }>(this.#sql.auditAccountsFrom, first)
      : all<{ account: string }>(this.#sql.auditAccountsBetween, first, end.account)
    const accounts = names.map(({ account }) => ({ account, sequence: this.sequence(account) }))
    const goesOn = accounts.at(-1)
    const behind = goesOn?.account === end?.account ? (end?.sequence ?? 0) : 0
    if (!last && goesOn && behind > 0 && goesOn.sequence > behind) accounts.pop()
    return {
      entries,
      accounts: accounts.map((account) => ({ ...account, ...this.#audited(account.account) })),
      last,
    }
  }

  auditItems(after: string | undefined, limit: number): AuditedItem[] {
    const rows = all<{ id: string; owner: string; arrived: number }>(
      this.#sql.auditItems,
      after ?? '',
      limit,
    )
    return rows.map((row) => ({ ...row, arrived: row.arrived === 1 }))
  }

  #audited(account: string): { held: number; balances: Balance[] } {
    const held = one<{ held: number }>(this.#sql.held, account)?.held ?? 0
    return { held, balances: all(this.#sql.auditBalances, account) }
  }
}

function sortedBy<T>(values: Iterable<T>, keyOf: (value: T) => string): T[] {
  return [...values].sort((a, b) => {
    const [left, right] = [keyOf(a), keyOf(b)]
    return left < right ? -1 : left > right ? 1 : 0
  })
}

/** Whoever was remembered first goes first. */
function remember(known: Map<string, number>, key: string, value: number): void {
  if (known.size >= rememberedMax && !known.has(key)) {
    for (const oldest of known.keys()) {
      known.delete(oldest)
      break
    }
  }
  known.set(key, value)
}

/** No account and no asset holds NUL. */
function balanceKey(account: string, asset: string): string {
  return `${account}\0${asset}`
}

function one<T>(statement: StatementSync, ...values: (string | number)[]): T | undefined {
  return statement.get(...values) as unknown as T | undefined
}

function all<T>(statement: StatementSync, ...values: (string | number)[]): T[] {
  return statement.all(...values) as unknown as T[]
}

function shown({ sequence, counter, asset, item, change, balance, ...row }: EntryRow): LedgerEntry {
  return {
    sequence,
    transfer: row.id ?? '',
    wallMs: row.wallMs ?? 0,
    counter,
    what: item === '' ? { asset } : { item },
    change,
    balance,
    memo: row.content === null ? undefined : memoOf(row.content),
  }
}
