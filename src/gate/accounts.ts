import type { Player } from '../actor/index.ts'
import { RealmError } from '../errors/index.ts'
import type { Random, Store } from '../ports/index.ts'
import { decodeRecord, encodeRecord, GuestRecord, guestKey } from './records.ts'
import { newSecret, sameBytes, secretCharacters, secretHash } from './secrets.ts'

/** What a guest shows: a name to be called by, and what an earlier login gave it. */
export interface GuestLogin {
  readonly name: string
  readonly player: string | undefined
  readonly secret: string | undefined
}

export interface GuestAccount {
  readonly player: Player
  /** Only for a new account: the client keeps it, for it is the account. */
  readonly secret: string | undefined
}

const idPattern = /^[0-9a-zA-Z_-]{1,64}$/

/** Whether a text can be a player's id. */
export function isPlayerId(id: unknown): id is string {
  return typeof id === 'string' && idPattern.test(id)
}

/**
 * The account of a guest: the same secret gives the same player again; without one, or where the
 * account is not known any more, a new one is made.
 * @throws RealmError `LOGIN_INVALID` where the secret is not that of the player
 */
export async function guestAccount(
  store: Store,
  random: Random,
  login: GuestLogin,
): Promise<GuestAccount> {
  const { name, player: id, secret } = login
  if (id === undefined || secret === undefined) return newGuest(store, random, name)
  if (!isPlayerId(id) || secret.length !== secretCharacters) {
    throw new RealmError('LOGIN_INVALID', 'The player or the secret is not well-formed.')
  }
  const stored = await store.read(guestKey(id))
  const account = decodeRecord(GuestRecord, stored?.value)
  if (stored === undefined || account === undefined) return newGuest(store, random, name)
  if (!sameBytes(account.secret, secretHash(secret))) {
    throw new RealmError('LOGIN_INVALID', 'The secret is not that of the player.')
  }
  if (account.name !== name) {
    // Two logins at once may both rename; whichever loses does not matter.
    await store.transact({
      checks: [{ key: stored.key, version: stored.version }],
      writes: [{ key: stored.key, value: encodeRecord(GuestRecord, { ...account, name }) }],
    })
  }
  return { player: { id, name }, secret: undefined }
}

async function newGuest(store: Store, random: Random, name: string): Promise<GuestAccount> {
  const secret = newSecret(random)
  const value = encodeRecord(GuestRecord, { name, secret: secretHash(secret) })
  const id = random.id()
  const key = guestKey(id)
  const result = await store.transact({
    checks: [{ key, version: 0 }],
    writes: [{ key, value }],
  })
  if (!result.ok) throw new RealmError('INTERNAL', 'A fresh player id was taken already.')
  return { player: { id, name }, secret }
}
