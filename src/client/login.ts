import { RealmError } from '../errors/index.ts'
import type { Gates } from './gates.ts'
import type { ClientHost } from './host.ts'
import { errorFromWire } from './verdict.ts'

/** Who the player is. Exactly one of the three; a guest is assumed where none is given. */
export interface LoginOptions {
  /**
   * Display name of a guest. The guest's secret is kept in the storage, so that a reload is the
   * same player.
   */
  readonly guest?: string
  /** Given to the game's own `login` handler, as JSON. */
  readonly credentials?: unknown
  /** A ticket from elsewhere. A function is asked again when a session is lost for good. */
  readonly ticket?: string | (() => string | Promise<string>)
}

/** A place among those who wait to be let in. */
export interface QueuePlace {
  /** 1 is the next. */
  readonly place: number
  /** How long it will take at the present rate, ms. */
  readonly estimateMs: number
}

export interface Queued extends QueuePlace {
  readonly pollMs: number
}

type Wait = (queued: Queued) => Promise<boolean>

/** Where tickets come from. */
export interface Login {
  /** Whether another ticket can be had. */
  readonly repeatable: boolean
  /**
   * @param wait until it is time to ask again for one's turn, or false where nobody wants it now
   * @throws RealmError `CONNECT_FAILED` where nobody answered, else what the server said
   */
  ticket(wait: (queued: Queued) => Promise<boolean>): Promise<string>
}

interface Guest {
  readonly player: string
  readonly secret: string
}

export function makeLogin(host: ClientHost, gates: Gates, options: LoginOptions): Login {
  const { ticket, credentials } = options
  if (typeof ticket === 'string')
    return { repeatable: false, ticket: () => Promise.resolve(ticket) }
  if (ticket !== undefined) return { repeatable: true, ticket: async () => await ticket() }
  if (credentials !== undefined) {
    return {
      repeatable: true,
      ticket: async (wait) => (await turn(host, gates, { credentials }, wait)).ticket,
    }
  }
  return guestLogin(host, gates, options.guest ?? 'Guest')
}

function guestLogin(host: ClientHost, gates: Gates, name: string): Login {
  const key = `realmkit:guest:${gates.home.base}:${name}`
  let known = readGuest(host.storage.getItem(key))
  const login = async (wait: Wait): Promise<string> => {
    const answer = await turn(host, gates, { guest: name, ...known }, wait)
    const { player } = answer
    const secret = answer.secret ?? (player === known?.player ? known?.secret : undefined)
    if (player !== undefined && secret !== undefined) {
      known = { player, secret }
      host.storage.setItem(key, JSON.stringify(known))
    }
    return answer.ticket
  }
  return {
    repeatable: true,
    async ticket(wait) {
      try {
        return await login(wait)
      } catch (error) {
        // What the storage holds is not (or no longer) the key to that player: better a new one
        // than none.
        if (known === undefined || !isWrongSecret(error)) throw error
        known = undefined
        host.storage.removeItem(key)
        return await login(wait)
      }
    },
  }
}

function isWrongSecret(error: unknown): boolean {
  return error instanceof RealmError && error.code === 'LOGIN_INVALID'
}

function readGuest(stored: string | null): Guest | undefined {
  if (stored === null) return undefined
  try {
    const { player, secret } = JSON.parse(stored) as Partial<Guest>
    return typeof player === 'string' && typeof secret === 'string' ? { player, secret } : undefined
  } catch {
    return undefined
  }
}

/** Logs in, and waits for one's turn where others came before. */
async function turn(
  host: ClientHost,
  gates: Gates,
  body: object,
  wait: Wait,
): Promise<LoginAnswer> {
  let queue: string | undefined
  for (;;) {
    const answer = await post(host, gates, queue === undefined ? body : { ...body, queue })
    if (!('queued' in answer)) return answer
    queue = answer.token
    if (!(await wait(answer.queued))) throw new RealmError('REALM_CLOSED')
  }
}

interface InQueue {
  readonly queued: Queued
  readonly token: string
}

/** What the server says of a place; pauses are bounded, whatever it says. */
function inQueue(told: unknown): InQueue {
  const { place, estimateMs, pollMs, token } = Object(told) as Record<string, unknown>
  const numberOf = (value: unknown, least: number, most: number): number =>
    Math.min(most, Math.max(least, Number(value) || 0))
  return {
    token: typeof token === 'string' ? token : '',
    queued: {
      place: numberOf(place, 1, Number.MAX_SAFE_INTEGER),
      estimateMs: numberOf(estimateMs, 0, Number.MAX_SAFE_INTEGER),
      pollMs: numberOf(pollMs, 500, 60_000),
    },
  }
}

interface LoginAnswer {
  readonly ticket: string
  readonly player: string | undefined
  readonly secret: string | undefined
}

async function post(host: ClientHost, gates: Gates, body: object): Promise<LoginAnswer | InQueue> {
  let status = 0
  let answer: Record<string, unknown>
  try {
    const response = await host.fetch(`${gates.current.base}/realm/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    status = response.status
    answer = Object(await response.json()) as Record<string, unknown>
  } catch (cause) {
    const detail =
      status === 0 ? 'The login could not be reached.' : `The login answered ${status}.`
    throw new RealmError('CONNECT_FAILED', detail, { cause })
  }
  const text = (name: string): string | undefined => {
    const value = answer[name]
    return typeof value === 'string' ? value : undefined
  }
  if ('error' in answer) throw errorOf(answer['error'])
  if ('queued' in answer) return inQueue(answer['queued'])
  const ticket = text('ticket')
  if (ticket === undefined) throw new RealmError('CONNECT_FAILED', `The login answered ${status}.`)
  const others = answer['gates']
  if (Array.isArray(others)) gates.told(others.filter((url) => typeof url === 'string'))
  gates.moveTo(text('gate') ?? '')
  const player = text('player') ?? (Object(answer['player']) as { readonly id?: unknown }).id
  return {
    ticket,
    player: typeof player === 'string' ? player : undefined,
    secret: text('secret'),
  }
}

/** The server's answer names the code and says the whole sentence. */
function errorOf(error: unknown): RealmError {
  const { code, message } = Object(error) as { readonly code?: unknown; readonly message?: unknown }
  const known = errorFromWire(String(code), '')
  const told = typeof message === 'string' ? message : ''
  const detail = told.startsWith(known.message) ? told.slice(known.message.length).trim() : told
  return errorFromWire(String(code), detail)
}
