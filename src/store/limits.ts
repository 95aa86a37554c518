import { RealmError } from '../errors/index.ts'
import type { Transaction } from '../ports/index.ts'
import { checkTransfers } from './ledger/limits.ts'

const keyBytesMax = 512
const valueBytesMax = 16 * 1024 * 1024
const transactionKeysMax = 10_000
const transactionBytesMax = 64 * 1024 * 1024
const scanLimitMax = 10_000

/**
 * A key of so many UTF-16 units fits whatever its characters are: each is at most 3 bytes of UTF-8.
 */
const surelyShort = Math.floor(keyBytesMax / 3)

/** @throws RealmError `STORE_LIMIT`. */
export function checkKey(key: string): void {
  if (key === '') throw new RealmError('STORE_LIMIT', 'The key is empty.')
  checkPrefix(key)
}

/** A prefix may be empty. @throws RealmError `STORE_LIMIT`. */
function checkPrefix(prefix: string): void {
  if (prefix.length > surelyShort && Buffer.byteLength(prefix) > keyBytesMax) {
    throw new RealmError('STORE_LIMIT', `The key is longer than ${keyBytesMax} bytes.`)
  }
  if (!prefix.isWellFormed() || prefix.includes('\0')) {
    throw new RealmError('STORE_LIMIT', 'The key holds NUL or half a character.')
  }
}

/** @throws RealmError `STORE_LIMIT`. */
export function checkScan(prefix: string, after: string | undefined, limit: number): void {
  checkPrefix(prefix)
  if (after !== undefined) checkPrefix(after)
  if (!Number.isInteger(limit) || limit < 1 || limit > scanLimitMax) {
    throw new RealmError('STORE_LIMIT', `A scan returns 1 to ${scanLimitMax} records.`)
  }
}

/** What a move counts for among the bytes that wait: its texts, about. */
const moveBytes = 128

/**
 * Returns the bytes of all values and, about, of all transfers.
 * @throws RealmError `STORE_LIMIT`, `LEDGER_MALFORMED`.
 */
export function checkTransaction({ checks, writes, transfers }: Transaction): number {
  if (checks.length + writes.length > transactionKeysMax) {
    throw new RealmError('STORE_LIMIT', `A transaction has at most ${transactionKeysMax} keys.`)
  }
  for (const { key, version } of checks) {
    checkKey(key)
    if (!Number.isSafeInteger(version) || version < 0) {
      throw new RealmError('STORE_LIMIT', 'A version is a whole number from 0 on.')
    }
  }
  const moves = transfers ? checkTransfers(transfers) : 0
  let bytes = 0
  for (const { key, value } of writes) {
    checkKey(key)
    if (value === undefined) continue
    if (value.length > valueBytesMax) {
      throw new RealmError('STORE_LIMIT', `A value is longer than ${valueBytesMax} bytes.`)
    }
    bytes += value.length
  }
  if (bytes > transactionBytesMax) {
    throw new RealmError('STORE_LIMIT', `A transaction has at most ${transactionBytesMax} bytes.`)
  }
  return bytes + moves * moveBytes
}
