import { RealmError } from '../errors/index.ts'
import type { ItemMove, Ledger, MoneyMove, Move, Transfer } from '../ports/index.ts'
import type { ActivationContext } from './behaviour.ts'

/** What one account has of one asset. */
export interface Purse {
  readonly account: string
  readonly asset: string
}

/** A move of money of which the asset may be told by one of its purses. */
export interface PurseMove {
  readonly from: string | Purse
  readonly to: string | Purse
  /** May be left out where a purse names it. */
  readonly asset?: string
  /** A whole number from 1 on, in the smallest unit of the asset. */
  readonly amount: number
}

/** A move of one item; the asset of a purse does not matter. */
export interface PurseItemMove {
  readonly from: string | Purse
  readonly to: string | Purse
  readonly item: string
  /** Given where `from` is an issuer: that is how an item comes to be. */
  readonly kind?: string
}

export interface TransferOptions {
  /** For whoever reads the history, 1–256 bytes. */
  readonly memo?: string
  /**
   * By default an actor's transfer is named by the call that makes it, so that a repeated call
   * repeats it.
   * A name of the game's own says that it happens once ever: `daily-reward/ada/2026-11-22`.
   */
  readonly id?: string
}

/** The ledger as handlers see it: what the store has committed, and what they add to it. */
export interface ActorLedger extends Omit<Ledger, 'transfer' | 'audit'> {
  /**
   * Moves money or items, all of `moves` or none, together with the changes of the handler that
   * says so: once it has returned, the store commits all of it or refuses all of it. Then state is
   * as before, and the caller gets the error.
   *
   * Until then balances read are those before.
   *
   * Refused with `LEDGER_FUNDS`, `LEDGER_ITEM`, `LEDGER_OVERFLOW`, `LEDGER_CONFLICT`,
   * `LEDGER_REPEATED` or `LEDGER_MALFORMED`.
   * @throws RealmError `LEDGER_MALFORMED` where no asset is named
   */
  transfer(
    moves: PurseMove | PurseItemMove | readonly (PurseMove | PurseItemMove)[],
    options?: TransferOptions,
  ): void
}

/** The ledger as services, rooms and worlds see it, which have no transactions of their own. */
export interface DirectLedger extends Omit<Ledger, 'transfer' | 'audit'> {
  /**
   * Moves money or items, all of `moves` or none, at once: settles when that is durable. What a
   * service answers and what a room or a world tells its members after this call leaves only then.
   *
   * Without an `id` of the game's own a transfer is a new one each time. A client whose gate dies
   * may make its last call of a service once more: what that must not repeat has an `id`.
   * @throws RealmError `LEDGER_FUNDS`, `LEDGER_ITEM`, `LEDGER_OVERFLOW`, `LEDGER_CONFLICT` or
   * `LEDGER_MALFORMED`, upon which nothing has moved; `FENCED` where the room or world is another
   * node's by now; `STORE_UNAVAILABLE` where it is unknown what became of it: with an `id` it can
   * be asked for again.
   */
  transfer(
    moves: PurseMove | PurseItemMove | readonly (PurseMove | PurseItemMove)[],
    options?: TransferOptions,
  ): Promise<void>
}

export interface DirectDesk {
  /** Left out in tests of behaviours that do without. */
  readonly books: Ledger | undefined
  /** Names the next transfer that the game gives no id of its own. */
  name(): string
  /** Makes it durable. @throws RealmError as `DirectLedger.transfer` */
  pay(transfer: Transfer): Promise<void>
}

/** The ledger of something that makes its transfers at once. */
export function directLedger({ books, name, pay }: DirectDesk): DirectLedger {
  if (books === undefined) throw new RealmError('INTERNAL', 'It was made without books.')
  return {
    ...readersOf(books),
    transfer(moves, options) {
      const paid = pay(transferOf(name(), moves, options))
      // Game code may leave it at that: what became of it must not end the process.
      paid.catch(() => {})
      return paid
    },
  }
}

/** The ledger of a room or world: fenced, and heeded by what it delivers. */
export function ledgerOf({ ledger, random, transfer }: ActivationContext): DirectLedger {
  return directLedger({
    books: ledger,
    name: () => random.id(),
    pay: (one) => transfer([one]),
  })
}

/** Takes a transfer that still lacks the name by which a repetition is known. */
export type StageTransfer = (transfer: (name: string) => Transfer) => void

/** The ledger of something that stages its transfers. */
export function actorLedger(books: Ledger, stage: StageTransfer): ActorLedger {
  return {
    ...readersOf(books),
    transfer(moves, options) {
      const made = transferOf('', moves, options)
      stage((name) => (options?.id === undefined ? { ...made, id: name } : made))
    },
  }
}

function readersOf(books: Ledger): Omit<Ledger, 'transfer' | 'audit'> {
  return {
    balance: (account, asset) => books.balance(account, asset),
    balances: (account, page) => books.balances(account, page),
    items: (account, page) => books.items(account, page),
    item: (id) => books.item(id),
    history: (account, page) => books.history(account, page),
  }
}

function transferOf(
  name: string,
  moves: PurseMove | PurseItemMove | readonly (PurseMove | PurseItemMove)[],
  { memo, id }: TransferOptions = {},
): Transfer {
  const list = (Array.isArray(moves) ? moves : [moves]).map(moveOf)
  return { id: id ?? name, moves: list, ...(memo === undefined ? {} : { memo }) }
}

function moveOf(move: PurseMove | PurseItemMove): Move {
  const [from, to] = [accountOf(move.from), accountOf(move.to)]
  if ('item' in move) {
    const { item, kind } = move
    const made: ItemMove = { from, to, item, ...(kind === undefined ? {} : { kind }) }
    return made
  }
  const assets = new Set([move.asset, assetOf(move.from), assetOf(move.to)])
  assets.delete(undefined)
  const [asset] = assets
  if (asset === undefined || assets.size > 1) {
    throw new RealmError('LEDGER_MALFORMED', 'A move names one asset.')
  }
  const made: MoneyMove = { from, to, asset, amount: move.amount }
  return made
}

function accountOf(end: string | Purse): string {
  return typeof end === 'string' ? end : end.account
}

function assetOf(end: string | Purse): string | undefined {
  return typeof end === 'string' ? undefined : end.asset
}
