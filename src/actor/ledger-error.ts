import { RealmError } from '../errors/index.ts'
import type { TransferRefusal } from '../ports/index.ts'

/**
 * What a caller learns of a refused transfer: what was missing, never what somebody has. The whole
 * refusal is the error's `cause`, for the game.
 */
export function ledgerError(refusal: TransferRefusal): RealmError {
  return new RealmError(refusal.code, detailOf(refusal), { cause: refusal })
}

function detailOf(refusal: TransferRefusal): string {
  if ('asset' in refusal) return `Asset: ${refusal.asset}.`
  if ('item' in refusal) return `Item: ${refusal.item}.`
  return ''
}
