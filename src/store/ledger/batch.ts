import type { Item, ItemMove, MoneyMove, TransferRefusal } from '../../ports/index.ts'
import type { PreparedTransfer } from './content.ts'
import { balanceMax, isIssuer, itemsAsset } from './rules.ts'

/**
 * What was committed before the batch. The answers must not change until the batch is committed:
 * the adapter alone writes the books, or holds locks on what `ledgerNeeds` names.
 */
export interface LedgerFacts {
  /** The content of the transfer that was made under this id. */
  content(id: string): string | undefined
  /** How many entries the account has. */
  sequence(account: string): number
  /** 0 where there is none. Of the asset `''`: how many items the account has. */
  balance(account: string, asset: string): number
  item(id: string): Item | undefined
}

export interface NewEntry {
  readonly account: string
  readonly sequence: number
  /** The id of its transfer. */
  readonly transfer: string
  readonly counter: string
  /** `''` for an item. */
  readonly asset: string
  /** `''` for money. */
  readonly item: string
  readonly change: number
  /** After this entry. */
  readonly balance: number
}

export interface ItemState extends Item {
  /** The sequence of the entry in the owner's history with which the item came. */
  readonly arrival: number
}

export interface NewBalance {
  readonly account: string
  readonly asset: string
  readonly amount: number
}

/** What is to be written, with the records of the batch or not at all. */
export interface LedgerChanges {
  /** To insert. */
  readonly transfers: readonly PreparedTransfer[]
  /** To insert; in the order of the transfers. */
  readonly entries: readonly NewEntry[]
  /** To insert or replace: how many entries each account has now. */
  readonly sequences: ReadonlyMap<string, number>
  /** To insert or replace, one for each account and asset however often it moved. */
  readonly balances: Iterable<NewBalance>
  /** To insert or replace, by id. */
  readonly items: Iterable<ItemState>
}

export type Decision =
  | { readonly refused: TransferRefusal }
  /** Ids of transfers that were made before. */
  | { readonly repeated: readonly string[] }

/** What changed since some moment: in the batch, or in the transaction being decided. */
class Layer {
  readonly transfers: PreparedTransfer[] = []
  readonly entries: NewEntry[] = []
  readonly contents = new Map<string, string>()
  readonly sequences = new Map<string, number>()
  readonly balances = new Map<string, NewBalance>()
  readonly items = new Map<string, ItemState>()
}

/**
 * Decides the transfers of a batch of transactions, each transaction as of those before it, without
 * touching a store: load what `LedgerFacts` asks for, decide, write `changes`. However often an
 * account moves in a batch, its balance is written once.
 */
export class LedgerBatch {
  readonly #facts: LedgerFacts
  readonly #done = new Layer()
  #staged = new Layer()

  constructor(facts: LedgerFacts) {
    this.#facts = facts
  }

  /** Whether anything is to be written. */
  get changed(): boolean {
    return this.#done.transfers.length > 0
  }

  get changes(): LedgerChanges {
    const { transfers, entries, sequences, balances, items } = this.#done
    return { transfers, entries, sequences, balances: balances.values(), items: items.values() }
  }

  /**
   * All transfers of one transaction, whose checks hold: none of them counts where one is refused.
   * The transfers have passed `checkTransfers`.
   */
  decide(transfers: readonly PreparedTransfer[], hasWrites: boolean): Decision {
    this.#staged = new Layer()
    const repeated: string[] = []
    for (const transfer of transfers) {
      const { id, content } = transfer
      const known = this.#done.contents.get(id) ?? this.#facts.content(id)
      if (known === undefined) {
        const refused = this.#move(transfer)
        if (refused) return { refused }
      } else if (known !== content) return { refused: { code: 'LEDGER_CONFLICT', transfer: id } }
      else if (hasWrites) return { refused: { code: 'LEDGER_REPEATED', transfer: id } }
      else repeated.push(id)
    }
    this.#keep()
    return { repeated }
  }

  #keep(): void {
    const { transfers, entries, sequences, balances, items } = this.#staged
    for (const transfer of transfers) {
      this.#done.transfers.push(transfer)
      this.#done.contents.set(transfer.id, transfer.content)
    }
    for (const entry of entries) this.#done.entries.push(entry)
    for (const [account, sequence] of sequences) this.#done.sequences.set(account, sequence)
    for (const [key, balance] of balances) this.#done.balances.set(key, balance)
    for (const [id, item] of items) this.#done.items.set(id, item)
  }

  #move(transfer: PreparedTransfer): TransferRefusal | undefined {
    for (const move of transfer.moves) {
      const { id } = transfer
      const refused = 'asset' in move ? this.#moveMoney(id, move) : this.#moveItem(id, move)
      if (refused) return refused
    }
    this.#staged.transfers.push(transfer)
    return undefined
  }

  #moveMoney(transfer: string, move: MoneyMove): TransferRefusal | undefined {
    const { from, to, asset, amount } = move
    const fromBalance = this.#balance(from, asset)
    const toBalance = this.#balance(to, asset)
    const refusal = (code: 'LEDGER_FUNDS' | 'LEDGER_OVERFLOW', account: string, balance: number) =>
      ({ code, transfer, account, asset, amount, balance }) as const
    if (isIssuer(from)) {
      // Written without a sum that might not be exact.
      if (fromBalance < amount - balanceMax) return refusal('LEDGER_OVERFLOW', from, fromBalance)
    } else if (fromBalance < amount) return refusal('LEDGER_FUNDS', from, fromBalance)
    if (toBalance > balanceMax - amount) return refusal('LEDGER_OVERFLOW', to, toBalance)
    this.#enter(transfer, from, to, asset, '', fromBalance - amount, -amount)
    this.#enter(transfer, to, from, asset, '', toBalance + amount, amount)
    return undefined
  }

  #moveItem(transfer: string, move: ItemMove): TransferRefusal | undefined {
    const { from, to, item: id } = move
    const item = this.#item(id)
    const owner = item?.owner
    if (isIssuer(from) ? item !== undefined : owner !== from) {
      return { code: 'LEDGER_ITEM', transfer, account: from, item: id, owner }
    }
    const kind = item?.kind ?? move.kind ?? ''
    const fromItems = this.#balance(from, itemsAsset)
    const toItems = this.#balance(to, itemsAsset)
    this.#enter(transfer, from, to, itemsAsset, id, fromItems - 1, -1)
    const arrival = this.#enter(transfer, to, from, itemsAsset, id, toItems + 1, 1)
    this.#staged.items.set(id, { id, kind, owner: to, arrival })
    return undefined
  }

  /** Returns the sequence of the entry. */
  #enter(
    transfer: string,
    account: string,
    counter: string,
    asset: string,
    item: string,
    balance: number,
    change: number,
  ): number {
    const sequence = this.#sequence(account) + 1
    this.#staged.sequences.set(account, sequence)
    this.#staged.balances.set(balanceKey(account, asset), { account, asset, amount: balance })
    this.#staged.entries.push({
      account,
      sequence,
      transfer,
      counter,
      asset,
      item,
      change,
      balance,
    })
    return sequence
  }

  #sequence(account: string): number {
    return (
      this.#staged.sequences.get(account) ??
      this.#done.sequences.get(account) ??
      this.#facts.sequence(account)
    )
  }

  #balance(account: string, asset: string): number {
    const key = balanceKey(account, asset)
    const changed = this.#staged.balances.get(key) ?? this.#done.balances.get(key)
    return changed === undefined ? this.#facts.balance(account, asset) : changed.amount
  }

  #item(id: string): Item | undefined {
    return this.#staged.items.get(id) ?? this.#done.items.get(id) ?? this.#facts.item(id)
  }
}

/** No account and no asset holds NUL. */
function balanceKey(account: string, asset: string): string {
  return `${account}\0${asset}`
}
