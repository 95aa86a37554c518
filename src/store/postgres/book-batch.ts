import { RealmError } from '../../errors/index.ts'
import { LedgerBatch, type LedgerChanges } from '../ledger/batch.ts'
import { loadedFacts } from '../ledger/needs.ts'
import { integerArray, textArray } from './arrays.ts'
import type { BookNeeds } from './book-needs.ts'
import { type BookStatements, freshMark } from './book-statements.ts'
import type { Answer, Ask } from './session.ts'

/** A balance as it was before the batch. */
interface HeldBalance {
  readonly amount: number
  /** There was none, so that there is a row for the lock's sake, whose amount means nothing. */
  readonly fresh: boolean
}

/** The books as they are while a batch holds the locks on all it needs. */
export interface HeldBooks {
  readonly needs: BookNeeds
  /** Decides what the batch makes of them. */
  readonly batch: LedgerBatch
  /** In the order of the accounts: how many entries each had. 0 is a row for the lock's sake. */
  readonly sequences: readonly number[]
  /** In the order of `needs.owners`. */
  readonly balances: readonly HeldBalance[]
  /** Rows that are there for the lock's sake, unless the batch makes something of them. */
  readonly newItems: readonly string[]
  readonly newTransfers: ReadonlySet<string>
}

/**
 * Sends what locks and loads the books. Sequences and balances are at once brought to what they
 * become if nothing is refused, since a row that is locked is as cheaply changed; what the server
 * answers less that change is what they were. Transfers come last: what they take for their time
 * comes after every earlier entry of their accounts.
 */
export async function holdBooks(
  ask: Ask,
  sql: BookStatements,
  needs: BookNeeds,
): Promise<HeldBooks> {
  const items = textArray(needs.items)
  const made = [textArray(needs.transfers), textArray(needs.contents)]
  const [accountRows, balanceRows, , itemRows, added] = await Promise.all([
    ask(sql.moveAccounts, [textArray(needs.accounts), integerArray(needs.entries)]),
    ask(sql.moveBalances, [
      ...[textArray(needs.owners), textArray(needs.assets), integerArray(needs.changes)],
    ]),
    needs.items.length > 0 && ask(sql.lockItems, [items]),
    needs.items.length > 0 && ask(sql.lookItems, [items]),
    ask(sql.addTransfers, made),
  ])
  const newTransfers = new Set(added.rows.map(([id]) => id as string))
  const repeats = newTransfers.size < needs.transfers.length
  const others = repeats ? (await ask(sql.lookTransfers, made)).rows : []
  const known = new Map((itemRows ? itemRows.rows : []).map((row) => [row[0] as string, row]))
  const sequences = sequencesOf(needs, accountRows)
  const balances = balancesOf(needs, balanceRows)
  const facts = loadedFacts({
    transfers: contentsOf(needs, newTransfers, others),
    sequences: new Map(needs.accounts.map((name, index) => [name, sequences[index] as number])),
    balances: amountsOf(needs, balances),
    items: new Map([...known].map(([id, row]) => [id, itemOf(row)])),
  })
  return {
    needs,
    batch: new LedgerBatch(facts),
    sequences,
    balances,
    newItems: needs.items.filter((id) => !known.has(id)),
    newTransfers,
  }
}

function sequencesOf({ accounts, entries }: BookNeeds, { rows }: Answer): number[] {
  const after = new Map(rows.map(([account, sequence]) => [account, Number(sequence)]))
  return accounts.map((account, index) => held(after.get(account)) - (entries[index] as number))
}

/** What is beyond the exact numbers is so only until the change is taken off again. */
function balancesOf({ owners, assets, changes }: BookNeeds, { rows }: Answer): HeldBalance[] {
  const after = new Map(rows.map(([owner, asset, amount]) => [pair(owner, asset), amount]))
  return owners.map((owner, index) => {
    const text = held(after.get(pair(owner, assets[index])))
    const before = BigInt(text ?? '') - BigInt(changes[index] as number)
    const fresh = before === freshMark
    return { amount: fresh ? 0 : Number(before), fresh }
  })
}

function held<T>(found: T | undefined): T {
  if (found !== undefined) return found
  throw new RealmError('INTERNAL', 'PostgreSQL did not lock every account of a batch.')
}

/** No account and no asset holds NUL. */
function pair(owner: string | null | undefined, asset: string | null | undefined): string {
  return `${owner}\0${asset}`
}

function contentsOf(
  { transfers, contents }: BookNeeds,
  fresh: ReadonlySet<string>,
  rows: Answer['rows'],
): Map<string, string> {
  const others = new Map(rows.map(([id, content]) => [id as string, content as string]))
  const found = new Map<string, string>()
  transfers.forEach((id, index) => {
    if (!fresh.has(id)) found.set(id, others.get(id) ?? (contents[index] as string))
  })
  return found
}

function amountsOf(
  { owners, assets }: BookNeeds,
  balances: readonly HeldBalance[],
): Map<string, Map<string, number>> {
  const amounts = new Map<string, Map<string, number>>()
  owners.forEach((owner, index) => {
    const known = amounts.get(owner) ?? new Map<string, number>()
    const { amount } = balances[index] as HeldBalance
    amounts.set(owner, known.set(assets[index] as string, amount))
  })
  return amounts
}

function itemOf([id, kind, owner]: readonly (string | null)[]) {
  return { id: id as string, kind: kind as string, owner: owner as string }
}

/** Sends what was decided; nothing of it waits for a lock. */
export function writeBooks(ask: Ask, sql: BookStatements, held: HeldBooks): Promise<unknown>[] {
  const { changes } = held.batch
  return [
    ...writeEntries(ask, sql, held, changes),
    ...writeAccounts(ask, sql, held, changes),
    ...writeBalances(ask, sql, held, changes),
    ...writeTransfers(ask, sql, held, changes),
    ...writeItems(ask, sql, held, changes),
  ]
}

/** In the order of the accounts, so that neighbours in the index come one after the other. */
function writeEntries(
  ask: Ask,
  sql: BookStatements,
  { needs }: HeldBooks,
  changes: LedgerChanges,
): Promise<unknown>[] {
  if (changes.entries.length === 0) return []
  const histories = Map.groupBy(changes.entries, ({ account }) => account)
  const entries = needs.accounts.flatMap((account) => histories.get(account) ?? [])
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
  ]
}

/** Where something was refused, the sequences of its accounts went too far. */
function writeAccounts(
  ask: Ask,
  sql: BookStatements,
  { needs, sequences }: HeldBooks,
  changes: LedgerChanges,
): Promise<unknown>[] {
  const sets: { account: string; sequence: number }[] = []
  const deletes: string[] = []
  needs.accounts.forEach((account, index) => {
    const before = sequences[index] as number
    const sequence = changes.sequences.get(account) ?? before
    if (sequence === before + (needs.entries[index] as number) && sequence > 0) return
    if (sequence === 0) deletes.push(account)
    else sets.push({ account, sequence })
  })
  const sent: Promise<unknown>[] = []
  if (sets.length > 0) {
    const accounts = textArray(sets.map(({ account }) => account))
    const numbers = integerArray(sets.map(({ sequence }) => sequence))
    sent.push(ask(sql.setAccounts, [accounts, numbers]))
  }
  if (deletes.length > 0) sent.push(ask(sql.deleteAccounts, [textArray(deletes)]))
  return sent
}

/** Likewise the balances; and those that there were none of are nothing yet. */
function writeBalances(
  ask: Ask,
  sql: BookStatements,
  { needs, balances }: HeldBooks,
  changes: LedgerChanges,
): Promise<unknown>[] {
  const amounts = new Map<string, number>()
  for (const { account, asset, amount } of changes.balances) {
    amounts.set(pair(account, asset), amount)
  }
  const sets: { owner: string; asset: string; amount: number }[] = []
  const deletes: { owner: string; asset: string }[] = []
  needs.owners.forEach((owner, index) => {
    const asset = needs.assets[index] as string
    const before = balances[index] as HeldBalance
    const written = amounts.get(pair(owner, asset))
    const amount = written ?? before.amount
    if (before.fresh && written === undefined) deletes.push({ owner, asset })
    else if (before.fresh || amount !== before.amount + (needs.changes[index] as number)) {
      sets.push({ owner, asset, amount })
    }
  })
  const columns = (pairs: readonly { owner: string; asset: string }[]): Buffer[] => [
    textArray(pairs.map(({ owner }) => owner)),
    textArray(pairs.map(({ asset }) => asset)),
  ]
  const sent: Promise<unknown>[] = []
  if (sets.length > 0) {
    const numbers = integerArray(sets.map(({ amount }) => amount))
    sent.push(ask(sql.setBalances, [...columns(sets), numbers]))
  }
  if (deletes.length > 0) sent.push(ask(sql.deleteBalances, columns(deletes)))
  return sent
}

function writeTransfers(
  ask: Ask,
  sql: BookStatements,
  { needs, newTransfers }: HeldBooks,
  changes: LedgerChanges,
): Promise<unknown>[] {
  const added = new Map(needs.transfers.map((id, index) => [id, needs.contents[index]]))
  const made = new Set(changes.transfers.map(({ id }) => id))
  // Where the first who asked for an id was refused, another may have made it.
  const others = changes.transfers.filter(({ id, content }) => added.get(id) !== content)
  const unmade = [...newTransfers].filter((id) => !made.has(id))
  const sent: Promise<unknown>[] = []
  if (others.length > 0) {
    const contents = textArray(others.map(({ content }) => content))
    sent.push(ask(sql.setTransfers, [textArray(others.map(({ id }) => id)), contents]))
  }
  if (unmade.length > 0) sent.push(ask(sql.deleteTransfers, [textArray(unmade)]))
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
