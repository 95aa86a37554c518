import type { Game, GameScope, Player } from '../actor/index.ts'
import { errorRegistry, RealmError, toRealmError } from '../errors/index.ts'
import {
  addressGroup,
  type Clock,
  type HttpRequest,
  type HttpResponse,
  type Log,
} from '../ports/index.ts'
import type { CallDescriptor } from '../protocol/index.ts'
import { decode, encode, typeFromDescriptor } from '../schema/index.ts'
import type { Bearer } from './bearer.ts'
import { withDeadline } from './deadline.ts'
import { checkAccess } from './dispatch.ts'
import type { GateLimits } from './limits.ts'
import { type LoginParts, login, whereTo } from './login.ts'
import type { LoginQueue } from './login-queue.ts'
import { hostAllowed, type OriginRules, originAllowed } from './origins.ts'
import type { TokenBuckets } from './token-bucket.ts'

/**
 * Serves what is not Realmkit's own: the game's files. Undefined where it has nothing at the path.
 */
export type HttpHandler = (
  request: HttpRequest,
) => HttpResponse | undefined | Promise<HttpResponse | undefined>

export interface HttpParts {
  readonly clock: Clock
  readonly log: Log
  readonly limits: GateLimits
  readonly origins: OriginRules
  readonly bearer: Bearer
  readonly login: LoginParts
  readonly logins: TokenBuckets
  readonly queue: LoginQueue
  readonly calls: TokenBuckets
  readonly scope: GameScope
  readonly other: HttpHandler | undefined
  readonly closing: () => boolean
  game(): Game
}

/**
 * Answers one HTTP request. Never rejects: what goes wrong is answered as JSON with the status of
 * its error.
 */
export async function answerHttp(parts: HttpParts, request: HttpRequest): Promise<HttpResponse> {
  const path = pathOf(request)
  const own = path === '/health' || path.startsWith('/realm/')
  const cors = own ? corsHeaders(parts.origins, request) : {}
  try {
    if (!hostAllowed(parts.origins, request.headers['host'])) {
      throw new RealmError('HOST_FORBIDDEN')
    }
    if (!own) return await otherAnswer(parts, request)
    if (cors === undefined) throw new RealmError('ORIGIN_FORBIDDEN')
    if (request.method === 'OPTIONS') return { status: 204, headers: { ...cors, ...preflight } }
    const answer = await ownAnswer(parts, path, request)
    return { ...answer, headers: { ...jsonHeaders, ...cors, ...answer.headers } }
  } catch (error) {
    return errorAnswer(parts.log, error, cors ?? {})
  }
}

const jsonHeaders = {
  'content-type': 'application/json; charset=utf-8',
  'cache-control': 'no-store',
}
const preflight = {
  'access-control-allow-methods': 'GET, POST',
  'access-control-allow-headers': 'authorization, content-type',
  'access-control-max-age': '600',
}

/** The registry's status and a body that a program and a person can read. */
function errorAnswer(log: Log, thrown: unknown, headers: Record<string, string>): HttpResponse {
  const error = toRealmError(thrown)
  if (error.code === 'INTERNAL') log.error({ error: error.cause ?? error }, 'A request failed.')
  const body = {
    error: { code: error.code, message: error.message, next: errorRegistry[error.code].next },
  }
  const retry: Record<string, string> = error.code === 'RATE_LIMITED' ? { 'retry-after': '1' } : {}
  return {
    status: error.status,
    headers: { ...jsonHeaders, ...headers, ...retry },
    body: JSON.stringify(body),
  }
}

function pathOf(request: HttpRequest): string {
  return request.url.split('?', 1)[0] ?? '/'
}

async function otherAnswer(parts: HttpParts, request: HttpRequest): Promise<HttpResponse> {
  const answer = await parts.other?.(request)
  if (answer === undefined) throw new RealmError('HTTP_NOT_FOUND')
  return answer
}

/** Undefined where the page may not use this server. */
function corsHeaders(rules: OriginRules, request: HttpRequest): Record<string, string> | undefined {
  const origin = request.headers['origin']
  if (!originAllowed(rules, origin, request.headers['host'])) return undefined
  if (origin === undefined) return {}
  return { 'access-control-allow-origin': origin, vary: 'Origin' }
}

async function ownAnswer(
  parts: HttpParts,
  path: string,
  request: HttpRequest,
): Promise<HttpResponse> {
  if (path === '/health') {
    needMethod(request, 'GET')
    if (parts.closing()) throw new RealmError('SERVER_CLOSING')
    return { status: 200, body: JSON.stringify({ status: 'ok', game: parts.game().name }) }
  }
  if (path === '/realm/gates') {
    needMethod(request, 'GET')
    const { name: game, manifestHash } = parts.game()
    const { directory, leaving } = parts.login
    return {
      status: 200,
      body: JSON.stringify({ game, manifestHash, ...whereTo(directory, leaving()) }),
    }
  }
  if (path === '/realm/manifest') {
    needMethod(request, 'GET')
    const { manifestBytes, manifestHash } = parts.game()
    return { status: 200, body: manifestBytes, headers: { etag: `"${manifestHash}"` } }
  }
  if (path === '/realm/login') {
    needMethod(request, 'POST')
    return loginAnswer(parts, request)
  }
  const call = /^\/realm\/call\/(\w{1,64})\/(\w{1,64})$/.exec(path)
  if (call === null) throw new RealmError('HTTP_NOT_FOUND')
  needMethod(request, 'POST')
  const caller = parts.bearer.verify(request.headers['authorization'])
  const output = await httpCall(parts, caller, call[1] ?? '', call[2] ?? '', jsonOf(request))
  return { status: 200, body: JSON.stringify(output, forJson) }
}

async function loginAnswer(parts: HttpParts, request: HttpRequest): Promise<HttpResponse> {
  const { queue, logins, clock } = parts
  const body = jsonOf(request)
  const { queue: place } = Object(body) as { readonly queue?: unknown }
  // Who waits asks again and again, and does not log in each time.
  if (!queue.knows(place) && !logins.take(addressGroup(request.remoteAddress), clock.now())) {
    throw new RealmError('RATE_LIMITED')
  }
  const queued = queue.admit(place)
  if (queued !== undefined) return { status: 202, body: JSON.stringify({ queued }) }
  return { status: 200, body: JSON.stringify(await login(parts.login, body)) }
}

function needMethod(request: HttpRequest, method: string): void {
  if (request.method !== method) {
    throw new RealmError('METHOD_NOT_ALLOWED', `It takes ${method}, not ${request.method}.`)
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

function jsonOf(request: HttpRequest): unknown {
  if (request.body.length === 0) return {}
  try {
    return JSON.parse(utf8.decode(request.body))
  } catch {
    throw new RealmError('BODY_INVALID', 'It is not JSON in UTF-8.')
  }
}

/** Calls a service with JSON in and out, checked by the schema of the call. */
async function httpCall(
  parts: HttpParts,
  caller: Player,
  service: string,
  callName: string,
  json: unknown,
): Promise<unknown> {
  if (!parts.calls.take(caller.id, parts.clock.now())) throw new RealmError('RATE_LIMITED')
  const game = parts.game()
  const place = game.find('service', service)
  if (place?.block.serve === undefined) throw new RealmError('UNKNOWN_BLOCK')
  const { block } = place
  const calls = game.manifest.blocks[place.number]?.calls ?? []
  const method = calls.findIndex(({ name }) => name === callName)
  const type = block.inputs[method]
  if (method < 0 || type === undefined) throw new RealmError('UNKNOWN_METHOD')
  checkAccess(block.access[method], caller, '')
  const input = encode(type, type.check(json))
  const serving = place.block.serve(parts.scope, { method, input, caller })
  const output = await withDeadline(parts.clock, parts.limits.callTimeoutMs, serving)
  return decode(typeFromDescriptor((calls[method] as CallDescriptor).output), output)
}

/** What JSON does not have: maps become objects, bytes base64. */
function forJson(_key: string, value: unknown): unknown {
  if (value instanceof Map) return Object.fromEntries(value)
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  return value
}
