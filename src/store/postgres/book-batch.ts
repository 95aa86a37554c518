import { LedgerBatch, type LedgerChanges } from '../ledger/batch.ts'
import type { PreparedTransfer } from '../ledger/content.ts'
import { ledgerNeeds, loadedFacts } from '../ledger/needs.ts'
import { integerArray, parseIntegers, textArray } from './arrays.ts'
import type { BookStatements } from './book-statements.ts'
import type { Ask } from './session.ts'

/** What a batch needs to know of the books, in the order in which all processes lock it. */
export interface BookNeeds {
  readonly accounts: readonly string[]
  readonly items: readonly string[]
  readonly transfers: readonly string[]
  /** What each transfer is to be, by the first who asks for it. */
  readonly contents: readonly string[]
  /** Accounts and assets of the balances, side by side. */
  readonly owners: readonly string[]
  readonly assets: readonly string[]
}

/** Undefined where nothing is transferred. */
export function bookNeeds(
  transactions: readonly (readonly PreparedTransfer[])[],
): BookNeeds | undefined {
  const needs = ledgerNeeds(transactions)
  if (needs.transfers.size === 0) return undefined
  const first = new Map<string, string>()
  for (const transfers of transactions) {
    for (const { id, content } of transfers) if (!first.has(id)) first.set(id, content)
  }
  const transfers = [...needs.transfers].sort()
  const pairs = [...needs.balances].flatMap(([owner, assets]) =>
    [...assets].map((asset) => ({ owner, asset })),
  )
  return {
    accounts: [...needs.balances.keys()].sort(),
    items: [...needs.items].sort(),
    transfers,
    contents: transfers.map((id) => first.get(id) as string),
    owners: pairs.map(({ owner }) => owner),
    assets: pairs.map(({ asset }) => asset),
  }
}

/** The books as they are while a batch holds the locks on all it needs. */
export interface HeldBooks {
  readonly needs: BookNeeds
  /** Decides what the batch makes of them. */
  readonly batch: LedgerBatch
  /** Rows that are there for the lock's sake, unless the batch makes something of them. */
  readonly newAccounts: readonly string[]
  readonly newItems: readonly string[]
  readonly newTransfers: ReadonlySet<string>
}

/**
 * Sends what locks and loads the books. Transfers come last: what they take for their time comes
 * after every earlier entry of their accounts.
 */
export async function holdBooks(
  ask: Ask,
  sql: BookStatements,
  needs: BookNeeds,
): Promise<HeldBooks> {
  const accounts = textArray(needs.accounts)
  const items = textArray(needs.items)
  const made = [textArray(needs.transfers), textArray(needs.contents)]
  const balances = [textArray(needs.owners), textArray(needs.assets)]
  const [, , added, accountRows, itemRows, otherRows] = await Promise.all([
    ask(sql.lockAccounts, [accounts]),
    needs.items.length > 0 && ask(sql.lockItems, [items]),
    ask(sql.addTransfers, made),
    ask(sql.lookAccounts, [accounts, ...balances]),
    needs.items.length > 0 && ask(sql.lookItems, [items]),
    ask(sql.lookTransfers, made),
  ])
  const [sequences, amounts] = (accountRows.rows[0] ?? []).map((text) =>
    parseIntegers(text ?? '{}'),
  )
  const known = new Map((itemRows ? itemRows.rows : []).map((row) => [row[0] as string, row]))
  const newTransfers = new Set(added.rows.map(([id]) => id as string))
  const others = new Map(otherRows.rows.map(([id, content]) => [id as string, content as string]))
  const facts = loadedFacts({
    transfers: contentsOf(needs, newTransfers, others),
    sequences: new Map(needs.accounts.map((name, index) => [name, sequences?.[index] as number])),
    balances: balancesOf(needs, amounts ?? []),
    items: new Map([...known].map(([id, row]) => [id, itemOf(row)])),
  })
  return {
    needs,
    batch: new LedgerBatch(facts),
    newAccounts: needs.accounts.filter((_, index) => sequences?.[index] === 0),
    newItems: needs.items.filter((id) => !known.has(id)),
    newTransfers,
  }
}

function contentsOf(
  { transfers, contents }: BookNeeds,
  fresh: ReadonlySet<string>,
  others: ReadonlyMap<string, string>,
): Map<string, string> {
  const found = new Map<string, string>()
  transfers.forEach((id, index) => {
    if (!fresh.has(id)) found.set(id, others.get(id) ?? (contents[index] as string))
  })
  return found
}

function balancesOf(
  { owners, assets }: BookNeeds,
  amounts: readonly number[],
): Map<string, Map<string, number>> {
  const balances = new Map<string, Map<string, number>>()
  owners.forEach((owner, index) => {
    const known = balances.get(owner) ?? new Map<string, number>()
    balances.set(owner, known.set(assets[index] as string, amounts[index] as number))
  })
  return balances
}

function itemOf([id, kind, owner]: readonly (string | null)[]) {
  return { id: id as string, kind: kind as string, owner: owner as string }
}

/** Sends what was decided; nothing of it waits for a lock. */
export function writeBooks(ask: Ask, sql: BookStatements, held: HeldBooks): Promise<unknown>[] {
  const { changes } = held.batch
  return [
    ...writeEntries(ask, sql, changes),
    ...writeTransfers(ask, sql, held, changes),
    ...writeItems(ask, sql, held, changes),
  ]
}

function writeEntries(ask: Ask, sql: BookStatements, changes: LedgerChanges): Promise<unknown>[] {
  const { entries } = changes
  if (entries.length === 0) return []
  const sequences = [...changes.sequences]
  const balances = [...changes.balances]
  return [
    ask(sql.addEntries, [
      textArray(entries.map(({ account }) => account)),
      integerArray(entries.map(({ sequence }) => sequence)),
      textArray(entries.map(({ transfer }) => transfer)),
      textArray(entries.map(({ counter }) => counter)),
      textArray(entries.map(({ asset }) => asset)),
      textArray(entries.map(({ item }) => item)),
      integerArray(entries.map(({ change }) => change)),
      integerArray(entries.map(({ balance }) => balance)),
    ]),
    ask(sql.setAccounts, [
      textArray(sequences.map(([account]) => account)),
      integerArray(sequences.map(([, sequence]) => sequence)),
    ]),
    ask(sql.setBalances, [
      textArray(balances.map(({ account }) => account)),
      textArray(balances.map(({ asset }) => asset)),
      integerArray(balances.map(({ amount }) => amount)),
    ]),
  ]
}

function writeTransfers(
  ask: Ask,
  sql: BookStatements,
  { needs, newAccounts, newTransfers }: HeldBooks,
  changes: LedgerChanges,
): Promise<unknown>[] {
  const added = new Map(needs.transfers.map((id, index) => [id, needs.contents[index]]))
  const made = new Set(changes.transfers.map(({ id }) => id))
  // Where the first who asked for an id was refused, another may have made it.
  const others = changes.transfers.filter(({ id, content }) => added.get(id) !== content)
  const unmade = [...newTransfers].filter((id) => !made.has(id))
  const unused = newAccounts.filter((account) => !changes.sequences.has(account))
  const sent: Promise<unknown>[] = []
  if (others.length > 0) {
    const contents = textArray(others.map(({ content }) => content))
    sent.push(ask(sql.setTransfers, [textArray(others.map(({ id }) => id)), contents]))
  }
  if (unmade.length > 0) sent.push(ask(sql.deleteTransfers, [textArray(unmade)]))
  if (unused.length > 0) sent.push(ask(sql.deleteAccounts, [textArray(unused)]))
  return sent
}

function writeItems(
  ask: Ask,
  sql: BookStatements,
  { newItems }: HeldBooks,
  changes: LedgerChanges,
): Promise<unknown>[] {
  const items = [...changes.items]
  const existing = new Set(items.map(({ id }) => id))
  const unmade = newItems.filter((id) => !existing.has(id))
  const sent: Promise<unknown>[] = []
  if (items.length > 0) {
    const columns = [
      textArray(items.map(({ id }) => id)),
      textArray(items.map(({ kind }) => kind)),
      textArray(items.map(({ owner }) => owner)),
      integerArray(items.map(({ arrival }) => arrival)),
    ]
    sent.push(ask(sql.setItems, columns))
  }
  if (unmade.length > 0) sent.push(ask(sql.deleteItems, [textArray(unmade)]))
  return sent
}
