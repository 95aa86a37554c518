import type {
  AuditReport,
  AuditTotal,
  Balance,
  HistoryPage,
  Item,
  Ledger,
  LedgerEntry,
  LedgerPage,
  StoredTransfer,
} from '../../ports/index.ts'
import { Audit, type AuditedItem, type AuditPage, type AuditPosition } from './audit.ts'
import {
  checkAccount,
  checkAsset,
  checkItem,
  checkLimit,
  checkSequence,
  checkTransferId,
} from './limits.ts'

/**
 * How an adapter reads its books: each call as of one moment. What is asked for has been checked.
 */
export interface Books {
  balance(account: string, asset: string): number
  /** Without the asset `''`. */
  balances(account: string, page: LedgerPage): Balance[]
  items(account: string, page: LedgerPage): Item[]
  item(id: string): Item | undefined
  history(account: string, page: HistoryPage): LedgerEntry[]
  transfer(id: string): StoredTransfer | undefined
  auditTotals(): AuditTotal[]
  /** Entries after `after`; from the first one where it is undefined. */
  auditEntries(after: AuditPosition | undefined, limit: number): AuditPage
  /** Items ascending by id. */
  auditItems(after: string | undefined, limit: number): AuditedItem[]
}

/** One call of `Books`, as it goes to another thread. */
export interface BooksRequest {
  readonly books: keyof Books
  readonly with: readonly unknown[]
}

export type AskBooks = <K extends keyof Books>(
  what: K,
  ...args: Parameters<Books[K]>
) => Promise<ReturnType<Books[K]>>

export function answerBooks(books: Books, { books: what, with: args }: BooksRequest): unknown {
  return (books[what] as (...given: readonly unknown[]) => unknown).apply(books, [...args])
}

/** Asks books in this thread; `run` says when, and with what faults. */
export function booksAt(books: Books, run: <T>(read: () => T) => Promise<T>): AskBooks {
  return <K extends keyof Books>(what: K, ...args: Parameters<Books[K]>) =>
    run(() => answerBooks(books, { books: what, with: args }) as ReturnType<Books[K]>)
}

const balancesLimit = 1_000
/** A page is read between two commits, which wait for it: a few milliseconds. */
const auditPageEntries = 2_000

/** The port of a ledger whose books are read by `ask`. */
export function ledgerOf(ask: AskBooks): Ledger {
  return {
    async balance(account, asset) {
      checkAccount(account)
      checkAsset(asset)
      return ask('balance', account, asset)
    },
    async balances(account, page = { limit: balancesLimit }) {
      checkAccount(account)
      return ask('balances', account, checkedPage(page, checkAsset))
    },
    async items(account, page) {
      checkAccount(account)
      return ask('items', account, checkedPage(page, checkItem))
    },
    async item(id) {
      checkItem(id)
      return ask('item', id)
    },
    async history(account, { after, limit, newestFirst = false }) {
      checkAccount(account)
      checkLimit(limit)
      if (after !== undefined) checkSequence(after)
      return ask('history', account, {
        ...(after === undefined ? {} : { after }),
        limit,
        newestFirst,
      })
    },
    async transfer(id) {
      checkTransferId(id)
      return ask('transfer', id)
    },
    audit: () => auditBooks(ask, auditPageEntries),
  }
}

function checkedPage({ after, limit }: LedgerPage, check: (text: string) => void): LedgerPage {
  checkLimit(limit)
  if (after === undefined) return { limit }
  check(after)
  return { after, limit }
}

/** Audits `pageEntries` entries, or items, at a time. */
export async function auditBooks(ask: AskBooks, pageEntries: number): Promise<AuditReport> {
  const audit = new Audit()
  audit.totals(await ask('auditTotals'))
  let after: AuditPosition | undefined
  for (let last = false; !last; ) {
    const page = await ask('auditEntries', after, pageEntries)
    after = audit.page(page) ?? after
    last = page.last
  }
  let item: string | undefined
  for (;;) {
    const items = await ask('auditItems', item, pageEntries)
    audit.items(items)
    item = items.at(-1)?.id
    if (item === undefined) return audit.report()
  }
}
