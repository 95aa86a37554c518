import { RealmError } from '../../errors/index.ts'
import type { Move, Transfer } from '../../ports/index.ts'
import { isIssuer } from './rules.ts'

const nameBytesMax = 128
const shortBytesMax = 64
const memoBytesMax = 256
const transfersMax = 1_000
const transferMovesMax = 256
const transactionMovesMax = 10_000
const pageLimitMax = 10_000

function malformed(detail: string): RealmError {
  return new RealmError('LEDGER_MALFORMED', detail)
}

function checkText(what: string, text: string, bytesMax: number): void {
  // Three bytes are the most that one unit of UTF-16 becomes.
  const surelyShort = text.length * 3 <= bytesMax
  if (text === '' || !(surelyShort || Buffer.byteLength(text) <= bytesMax)) {
    throw malformed(`The ${what} must have 1 to ${bytesMax} bytes.`)
  }
  if (!text.isWellFormed() || text.includes('\0')) {
    throw malformed(`The ${what} holds NUL or half a character.`)
  }
}

/** @throws RealmError `LEDGER_MALFORMED`; so do all others here. */
export function checkAccount(account: string): void {
  checkText('account', account, nameBytesMax)
}

export function checkAsset(asset: string): void {
  checkText('asset', asset, shortBytesMax)
}

export function checkItem(item: string): void {
  checkText('item', item, nameBytesMax)
}

export function checkTransferId(id: string): void {
  checkText('id of a transfer', id, nameBytesMax)
}

/** @throws RealmError `STORE_LIMIT`. */
export function checkLimit(limit: number): void {
  if (!Number.isInteger(limit) || limit < 1 || limit > pageLimitMax) {
    throw new RealmError('STORE_LIMIT', `A page has 1 to ${pageLimitMax} entries.`)
  }
}

/** @throws RealmError `STORE_LIMIT`. */
export function checkSequence(sequence: number): void {
  if (!Number.isSafeInteger(sequence) || sequence < 0) {
    throw new RealmError('STORE_LIMIT', 'A history goes on after a whole number from 0 on.')
  }
}

/** Returns how many moves there are in all. */
export function checkTransfers(transfers: readonly Transfer[]): number {
  if (transfers.length > transfersMax) {
    throw malformed(`A transaction has at most ${transfersMax} transfers.`)
  }
  let moves = 0
  for (const transfer of transfers) {
    checkTransfer(transfer)
    moves += transfer.moves.length
  }
  if (moves > transactionMovesMax) {
    throw malformed(`A transaction has at most ${transactionMovesMax} moves.`)
  }
  if (new Set(transfers.map(({ id }) => id)).size < transfers.length) {
    throw malformed('Two transfers of the transaction have the same id.')
  }
  return moves
}

function checkTransfer({ id, moves, memo }: Transfer): void {
  checkTransferId(id)
  if (memo !== undefined) checkText('memo', memo, memoBytesMax)
  if (moves.length < 1 || moves.length > transferMovesMax) {
    throw malformed(`A transfer has 1 to ${transferMovesMax} moves.`)
  }
  for (const move of moves) checkMove(move)
}

function checkMove(move: Move): void {
  const { from, to } = move
  checkAccount(from)
  checkAccount(to)
  if (from === to) throw malformed('A move goes from one account to another.')
  if ('asset' in move) {
    if ('item' in move) throw malformed('A move is of an asset or of an item, not of both.')
    checkAsset(move.asset)
    if (!Number.isSafeInteger(move.amount) || move.amount < 1) {
      throw malformed('An amount is a whole number from 1 to 2^53 − 1.')
    }
    return
  }
  checkItem(move.item)
  if (move.kind !== undefined) checkText('kind of an item', move.kind, shortBytesMax)
  if (isIssuer(from) !== (move.kind !== undefined)) {
    throw malformed('The kind of an item is given where an issuer makes it, and only there.')
  }
  if (isIssuer(to)) throw malformed('An item does not go back to an issuer; use a sink.')
}
