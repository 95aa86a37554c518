/** Moves `amount` of a currency (or of anything that is only counted) between two accounts. */
export interface MoneyMove {
  readonly from: string
  readonly to: string
  /** What is counted, such as `gold`: 1–64 bytes. */
  readonly asset: string
  /** A whole number from 1 to 2^53 − 1, in the smallest unit of the asset. */
  readonly amount: number
}

/** Moves one thing that is unlike all others, such as a sword with a history. */
export interface ItemMove {
  readonly from: string
  readonly to: string
  /** The item's own id, 1–128 bytes; no other item ever gets it. */
  readonly item: string
  /**
   * What it is, such as `sword/oak`: 1–64 bytes. Given where, and only where, `from` is an issuer:
   * that is how an item comes to be.
   */
  readonly kind?: string
}

export type Move = MoneyMove | ItemMove

/**
 * A double entry: what leaves one account arrives in another. The moves apply in their order, all
 * or none, and no balance may be below zero after any of them, except that of an issuer.
 *
 * Accounts are texts of 1–128 bytes such as `player:ada`. They need not be opened: one that was
 * never moved to has nothing. Three prefixes mean something:
 *
 * - `source:` and `mint:` are issuers: where money and items come from. Their balance is minus what
 *   they gave and has no floor. An item may not go back to one.
 * - `sink:` is where money and items end. Nothing is taken out of the books: a sink owns what it
 *   swallowed, and can give back that much, as a refund does.
 *
 * No text in a transfer may hold NUL or half a character.
 */
export interface Transfer {
  /**
   * 1–128 bytes, one space of names for the whole store. A transfer happens once per id, however
   * often it is asked for.
   */
  readonly id: string
  /** 1–256 of them. `from` and `to` differ. */
  readonly moves: readonly Move[]
  /** For whoever reads the history: 1–256 bytes. It is part of what the id stands for. */
  readonly memo?: string
}

/** Why a transfer, and with it its whole transaction, was refused. Nothing has happened. */
export type TransferRefusal =
  /** `account` had `balance` of `asset` when `amount` was to leave it. */
  | {
      readonly code: 'LEDGER_FUNDS'
      readonly transfer: string
      readonly account: string
      readonly asset: string
      readonly amount: number
      readonly balance: number
    }
  /** The balance of `account` would have left what is exact, ±(2^53 − 1). */
  | {
      readonly code: 'LEDGER_OVERFLOW'
      readonly transfer: string
      readonly account: string
      readonly asset: string
      readonly amount: number
      readonly balance: number
    }
  /**
   * `item` does not belong to `account`, from which it was to come, but to `owner` (undefined where
   * it does not exist); or an issuer was to make an item whose id was used before.
   */
  | {
      readonly code: 'LEDGER_ITEM'
      readonly transfer: string
      readonly account: string
      readonly item: string
      readonly owner: string | undefined
    }
  /** The id stands for another transfer, of other moves or another memo. */
  | { readonly code: 'LEDGER_CONFLICT'; readonly transfer: string }
  /** The transfer was made before, and the transaction has writes: see `Transaction.transfers`. */
  | { readonly code: 'LEDGER_REPEATED'; readonly transfer: string }

export interface Balance {
  readonly asset: string
  /** A whole number, at least 0 except at issuers. */
  readonly amount: number
}

export interface Item {
  readonly id: string
  readonly kind: string
  /** The one account that has it; a sink where it was destroyed. */
  readonly owner: string
}

/** One move as one of its two accounts saw it. */
export interface LedgerEntry {
  /** Counts the entries of the account: 1, 2, 3 … without a gap. */
  readonly sequence: number
  readonly transfer: string
  /** When it was committed, in ms since 1970 by the clock of the store. */
  readonly wallMs: number
  /** Where it came from, or went to. */
  readonly counter: string
  /** What was moved: of which asset, or which item. */
  readonly what: { readonly asset: string } | { readonly item: string }
  /** The amount, negative where it left; 1 or −1 for an item. */
  readonly change: number
  /** Of the asset, after this entry; for an item, how many items the account has then. */
  readonly balance: number
  readonly memo: string | undefined
}

export interface StoredTransfer extends Transfer {
  readonly wallMs: number
}

/** A page of what is ordered by a text: what comes after `after`, at most `limit` (1–10,000). */
export interface LedgerPage {
  readonly after?: string
  readonly limit: number
}

export interface HistoryPage {
  /** Goes on after (in the order asked for) the entry of this sequence. */
  readonly after?: number
  /** 1–10,000. */
  readonly limit: number
  /** The latest entry first. Default false. */
  readonly newestFirst?: boolean
}

/** What the books say about one asset; items count together, as the asset `''`. */
export interface AuditTotal {
  readonly asset: string
  /** What issuers gave: minus the sum of their balances. */
  readonly issued: bigint
  /** What sinks have. */
  readonly sunk: bigint
  /** What all other accounts have. `issued` = `sunk` + `held`, or there is a finding. */
  readonly held: bigint
}

export interface AuditFinding {
  /**
   * - `total`: the sum over all accounts is not 0.
   * - `history`: an entry is missing, or does not follow from the one before.
   * - `balance`: what an account has is not what its history says, or is below zero.
   * - `item`: an item's owner has no entry of its arrival, or has more or fewer items than entries.
   * - `transfer`: an entry belongs to no transfer.
   */
  readonly what: 'total' | 'history' | 'balance' | 'item' | 'transfer'
  readonly account?: string
  readonly asset?: string
  readonly item?: string
  /** A sentence with the numbers that disagree. */
  readonly detail: string
}

export interface AuditReport {
  readonly accounts: number
  readonly entries: number
  readonly items: number
  readonly totals: readonly AuditTotal[]
  /** The first 100. */
  readonly findings: readonly AuditFinding[]
  /** All of them; 0 where the books are in order. */
  readonly findingsTotal: number
}

/**
 * Reading the books; they are written by `Store.transact` alone. Every call shows what is committed
 * and rejects with `STORE_LIMIT` or `LEDGER_MALFORMED` where what is asked for is outside the
 * limits, and with `STORE_UNAVAILABLE` where the store cannot be read.
 */
export interface Ledger {
  /** 0 where the account never had any. */
  balance(account: string, asset: string): Promise<number>
  /**
   * The assets an account has or had, in the order of their bytes; without a page, the first 1,000.
   */
  balances(account: string, page?: LedgerPage): Promise<Balance[]>
  /** The items of an account, ascending by id. */
  items(account: string, page: LedgerPage): Promise<Item[]>
  item(id: string): Promise<Item | undefined>
  history(account: string, page: HistoryPage): Promise<LedgerEntry[]>
  transfer(id: string): Promise<StoredTransfer | undefined>
  /**
   * Proves the books, a page at a time, while transfers go on: that each asset sums to 0 over all
   * accounts, that each account's history is without gap and sums to its balance, and that each
   * item arrived where it is. Takes time in proportion to the whole history.
   */
  audit(): Promise<AuditReport>
}
