import type { Player } from '../actor/index.ts'
import { RealmError } from '../errors/index.ts'
import type { Clock, Random, Store } from '../ports/index.ts'
import { isPlayerId } from './accounts.ts'
import { sameText, secretBytes, signature } from './secrets.ts'

const keyOfSecret = 'secret/token'
const tokenCharactersMax = 1024

/**
 * Makes and checks the tokens of HTTP calls: signed, so that any gate can tell whose they are
 * without asking.
 */
export class Bearer {
  readonly #key: Uint8Array
  readonly #clock: Clock
  readonly #tokenMs: number

  constructor(key: Uint8Array, clock: Clock, tokenMs: number) {
    this.#key = key
    this.#clock = clock
    this.#tokenMs = tokenMs
  }

  issue(player: Player): string {
    const expires = this.#clock.wallMs() + this.#tokenMs
    const claims = { player: player.id, name: player.name, expires }
    const body = Buffer.from(JSON.stringify(claims)).toString('base64url')
    return `${body}.${signature(this.#key, body)}`
  }

  /**
   * Whose token an `Authorization` header carries.
   * @throws RealmError `TOKEN_INVALID`
   */
  verify(header: string | undefined): Player {
    const token = /^bearer ([\w-]+)\.([\w-]+)$/i.exec((header ?? '').slice(0, tokenCharactersMax))
    const body = token?.[1] ?? ''
    if (token === null || !sameText(signature(this.#key, body), token[2] ?? '')) {
      throw new RealmError('TOKEN_INVALID')
    }
    const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as Record<string, unknown>
    const { player, name, expires } = claims
    if (!isPlayerId(player) || typeof name !== 'string' || typeof expires !== 'number') {
      throw new RealmError('TOKEN_INVALID')
    }
    if (expires < this.#clock.wallMs()) throw new RealmError('TOKEN_INVALID', 'It has expired.')
    return { id: player, name }
  }
}

/** The cluster's signing secret, made by whichever gate comes first. */
export async function signingSecret(store: Store, random: Random): Promise<Uint8Array> {
  const known = await store.read(keyOfSecret)
  if (known !== undefined) return known.value
  const fresh = random.bytes(secretBytes)
  const result = await store.transact({
    checks: [{ key: keyOfSecret, version: 0 }],
    writes: [{ key: keyOfSecret, value: fresh }],
  })
  if (result.ok) return fresh
  const theirs = await store.read(keyOfSecret)
  if (theirs === undefined) throw new RealmError('STORE_UNAVAILABLE')
  return theirs.value
}
