import type { Type } from '../schema/index.ts'
import { bytes, decode, encode, f64, list, record, text, u8, varint } from '../schema/index.ts'

const recordVersion = 1
const hash = bytes({ max: 32 })
const name = text({ max: 64 })

/** A ticket that was issued and not used: `ticket/<hash>`. */
export const TicketRecord = record({ version: u8, player: name, name, expires: f64 })
/**
 * A session: `session/<id>`. `tokens` are hashes of its valid resume tokens, `epoch` counts the
 * gates that have had it: every gate writes it by compare-and-set, so that only the last one can.
 */
export const SessionRecord = record({
  version: u8,
  player: name,
  name,
  tokens: list(hash, { max: 2 }),
  expires: f64,
  /** Id of the node whose gate has it. */
  gate: name,
  epoch: varint,
  /** The newest of the client's attempts to resume it that was heeded. */
  attempt: varint,
})
/** A guest's account: `guest/<player>`. */
export const GuestRecord = record({ version: u8, name, secret: hash })

export const ticketPrefix = 'ticket/'
export const sessionPrefix = 'session/'

/** Key of the record of a ticket, which is itself never stored. */
export function ticketKey(hash: Uint8Array): string {
  return ticketPrefix + Buffer.from(hash).toString('base64url')
}

export function sessionKey(id: string): string {
  return sessionPrefix + id
}

export function guestKey(player: string): string {
  return `guest/${player}`
}

type Unversioned<T> = Omit<T, 'version'>

export function encodeRecord<T extends { version: number }>(
  type: Type<T>,
  value: Unversioned<T>,
): Uint8Array {
  return encode(type, { ...value, version: recordVersion } as unknown as T)
}

/** Undefined for a record of another version, or one that is damaged: it counts as not there. */
export function decodeRecord<T extends { version: number }>(
  type: Type<T>,
  value: Uint8Array | undefined,
): T | undefined {
  if (value === undefined || value[0] !== recordVersion) return undefined
  try {
    return decode(type, value)
  } catch {
    return undefined
  }
}
