import type { Game, GameScope, Player } from '../actor/index.ts'
import type { ClusterNode } from '../cluster/index.ts'
import { RealmError } from '../errors/index.ts'
import { guestAccount, isPlayerId } from './accounts.ts'
import type { Bearer } from './bearer.ts'
import { withDeadline } from './deadline.ts'
import type { GateDirectory } from './directory.ts'
import type { GateLimits } from './limits.ts'
import type { GateCounters } from './stats.ts'
import type { Tickets } from './tickets.ts'

export interface LoginParts {
  readonly node: ClusterNode
  readonly limits: GateLimits
  readonly counters: GateCounters
  readonly tickets: Tickets
  readonly bearer: Bearer
  readonly scope: GameScope
  readonly directory: GateDirectory
  game(): Game
  /** Whether the gate takes nobody in. */
  leaving(): boolean
}

/** The answer to `POST /realm/login`. */
export interface LoginAnswer {
  /** Opens one socket, once, soon. */
  readonly ticket: string
  /** For calls by HTTP. */
  readonly token: string
  readonly player: Player
  /** Of a new guest: to be kept by the client, which logs in with it the next time. */
  readonly secret?: string
  readonly manifestHash: string
  /** Address of the gate to go to with the ticket; left out where it is this one. */
  readonly gate?: string
  /** Addresses of other gates. */
  readonly gates: readonly string[]
}

/**
 * Logs a player in: a guest by name, or by the game's own `login` where it has one — then guests
 * are refused.
 * @throws RealmError `LOGIN_INVALID`, `BODY_INVALID`, or what the game's `login` refuses with
 */
export async function login(parts: LoginParts, body: unknown): Promise<LoginAnswer> {
  if (typeof body !== 'object' || body === null) throw wrongBody()
  const request = body as Record<string, unknown>
  const account =
    'credentials' in request
      ? { player: await gameLogin(parts, request['credentials']), secret: undefined }
      : await guestLogin(parts, request)
  const { player, secret } = account
  const ticket = await parts.tickets.issue(player)
  parts.counters.logins += 1
  return {
    ticket,
    token: parts.bearer.issue(player),
    player,
    ...(secret === undefined ? {} : { secret }),
    manifestHash: parts.game().manifestHash,
    ...whereTo(parts.directory, parts.leaving()),
  }
}

/** @throws RealmError `GATE_DRAINING` where this gate takes nobody in and there is no other */
export function whereTo(
  directory: GateDirectory,
  leaving: boolean,
): { readonly gate?: string; readonly gates: readonly string[] } {
  const gate = directory.choose(leaving)
  if (gate === '' && leaving) throw new RealmError('GATE_DRAINING')
  return { ...(gate === '' ? {} : { gate }), gates: directory.others() }
}

function wrongBody(): RealmError {
  return new RealmError('BODY_INVALID', 'Expected { guest, player?, secret? } or { credentials }.')
}

async function guestLogin(
  parts: LoginParts,
  request: Record<string, unknown>,
): Promise<{ player: Player; secret: string | undefined }> {
  const { guest, player, secret } = request
  if (parts.game().login !== undefined) {
    throw new RealmError('LOGIN_INVALID', 'This game takes no guests.')
  }
  if (typeof guest !== 'string' || !isText(player) || !isText(secret)) throw wrongBody()
  const name = displayName(guest, parts.limits.playerNameCharactersMax)
  return guestAccount(parts.node.store, parts.node.random, { name, player, secret })
}

async function gameLogin(parts: LoginParts, credentials: unknown): Promise<Player> {
  const { login: custom } = parts.game()
  if (custom === undefined) throw new RealmError('LOGIN_INVALID', 'This game knows guests only.')
  const { clock, log } = parts.node
  let player: Player
  try {
    const running = Promise.resolve(custom(parts.scope, credentials))
    player = await withDeadline(clock, parts.limits.callTimeoutMs, running)
  } catch (error) {
    if (error instanceof RealmError && error.code === 'REFUSED') {
      throw new RealmError('LOGIN_INVALID', error.detail)
    }
    if (error instanceof RealmError) throw error
    log.error({ error }, 'The login of the game failed.')
    throw new RealmError('HANDLER_FAILED')
  }
  if (!isPlayerId(player?.id) || typeof player.name !== 'string') {
    log.error(
      {},
      'The login of the game returned no { id, name } with an id of [0-9a-zA-Z_-]{1,64}.',
    )
    throw new RealmError('HANDLER_FAILED')
  }
  return { id: player.id, name: player.name.slice(0, 64) }
}

function isText(value: unknown): value is string | undefined {
  return value === undefined || typeof value === 'string'
}

/** Letters and symbols by the book, of which nothing is seen. */
const blanks = /[\u115f\u1160\u2800\u3164\uffa0]/gu

/**
 * A name as others see it: visible characters, no odd spaces. @throws RealmError `LOGIN_INVALID`
 */
function displayName(name: string, charactersMax: number): string {
  const plain = name.normalize('NFC').replace(/\s+/gu, ' ').trim()
  const fits = plain.length >= 1 && plain.length <= charactersMax
  // Control and format characters (direction marks among them) would let a name pose as something
  // else.
  if (
    !fits ||
    !plain.isWellFormed() ||
    /[\p{Cc}\p{Cf}\p{Cs}]/u.test(plain.replaceAll('\u200d', '')) ||
    !/[\p{L}\p{N}\p{P}\p{S}]/u.test(plain.replace(blanks, ''))
  ) {
    throw new RealmError('LOGIN_INVALID', `A name has 1 to ${charactersMax} visible characters.`)
  }
  return plain
}
