import type { AuditTotal, Balance, Item, LedgerEntry } from '../../ports/index.ts'
import type { AuditedAccount, AuditedEntry, AuditPage } from '../ledger/audit.ts'
import type { AskBooks, Books } from '../ledger/books.ts'
import { memoOf, storedTransfer } from '../ledger/content.ts'
import { type BookQueries, bookQueries } from './book-queries.ts'
import type { Row } from './reads.ts'
import type { Statement } from './session.ts'

type Ask = (statement: Statement, values: readonly unknown[]) => Promise<Row[]>

type Asked<K extends keyof Books> = (...args: Parameters<Books[K]>) => Promise<ReturnType<Books[K]>>

type AskedBooks = { readonly [K in keyof Books]: Asked<K> }

/** The books in a schema, each call one statement and so as of one moment. */
export function askBooks(ask: Ask, schema: string): AskBooks {
  const sql = bookQueries(schema)
  const books: AskedBooks = { ...accountsOf(ask, sql), ...auditOf(ask, sql) }
  return <K extends keyof Books>(what: K, ...args: Parameters<Books[K]>) =>
    (books[what] as Asked<K>)(...args)
}

type AuditCalls = 'auditTotals' | 'auditEntries' | 'auditItems'

function accountsOf(ask: Ask, sql: BookQueries): Omit<AskedBooks, AuditCalls> {
  return {
    balance: async (account, asset) => {
      const [row] = await ask(sql.balance, [account, asset])
      return Number(row?.[0] ?? 0)
    },
    balances: async (account, { after = '', limit }) => {
      const rows = await ask(sql.balances, [account, after, limit])
      return rows.map(([asset, amount]): Balance => {
        return { asset: asset as string, amount: Number(amount) }
      })
    },
    items: async (account, { after = '', limit }) =>
      (await ask(sql.items, [account, after, limit])).map(itemOf),
    item: async (id) => (await ask(sql.item, [id])).map(itemOf)[0],
    history: async (account, { after, limit, newestFirst }) => {
      const rows = newestFirst
        ? await ask(sql.historyDown, [account, after ?? Number.MAX_SAFE_INTEGER, limit])
        : await ask(sql.historyUp, [account, after ?? 0, limit])
      return rows.map(entryOf)
    },
    transfer: async (id) => {
      const [row] = await ask(sql.transfer, [id])
      return row && storedTransfer(id, row[0] as string, Number(row[1]))
    },
  }
}

function auditOf(ask: Ask, sql: BookQueries): Pick<AskedBooks, AuditCalls> {
  return {
    auditTotals: async () => totalsOf(await ask(sql.totals, [])),
    auditEntries: async (after, limit) => {
      const { account, sequence } = after ?? { account: '', sequence: 0 }
      const [row] = await ask(sql.auditEntries, [account, sequence, limit])
      return pageOf(row as Row, limit)
    },
    auditItems: async (after, limit) => {
      const rows = await ask(sql.auditItems, [after ?? '', limit])
      return rows.map(([id, owner, arrived]) => {
        return { id: id as string, owner: owner as string, arrived: arrived === 't' }
      })
    },
  }
}

function itemOf([id, kind, owner]: Row): Item {
  return { id: id as string, kind: kind as string, owner: owner as string }
}

function entryOf(row: Row): LedgerEntry {
  const [sequence, transfer, counter, asset, item, change, balance, content, wallMs] = row
  return {
    sequence: Number(sequence),
    transfer: transfer as string,
    wallMs: Number(wallMs ?? 0),
    counter: counter as string,
    what: item === '' ? { asset: asset as string } : { item: item as string },
    change: Number(change),
    balance: Number(balance),
    memo: typeof content === 'string' ? memoOf(content) : undefined,
  }
}

function totalsOf(rows: readonly Row[]): AuditTotal[] {
  return rows.map(([asset, issued, sunk, held]) => ({
    asset: asset as string,
    issued: -BigInt(issued as string),
    sunk: BigInt(sunk as string),
    held: BigInt(held as string),
  }))
}

/** The last account is left to the next page where its history goes on there. */
function pageOf([entryTexts, accountTexts]: Row, limit: number): AuditPage {
  const entries = JSON.parse(entryTexts as string) as AuditedEntry[]
  const accounts = JSON.parse(accountTexts as string) as AuditedAccount[]
  const end = entries.at(-1)
  const last = entries.length < limit
  const edge = accounts.at(-1)
  if (!last && end && edge?.account === end.account && edge.sequence > end.sequence) accounts.pop()
  return { entries, accounts, last }
}
