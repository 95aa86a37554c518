import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { type ErrorCode, errorRegistry, RealmError, toRealmError } from '../errors/index.ts'
import type { HttpRequest, HttpResponse, ListenerHandlers, Log } from '../ports/index.ts'
import { clientAddress } from './addresses.ts'
import type { ListenerLimits } from './options.ts'

/** The answer that tells of an error: its status, `{ "error": { "code", "message", "next" } }`. */
export function errorResponse(error: RealmError): HttpResponse {
  const { code, message, status } = error
  return {
    status,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ error: { code, message, next: errorRegistry[code].next } }),
  }
}

/** Answers one plain HTTP request; never throws. */
export async function answerRequest(
  request: IncomingMessage,
  response: ServerResponse,
  handlers: ListenerHandlers,
  limits: ListenerLimits,
): Promise<void> {
  let answer: HttpResponse
  try {
    const body = await readBody(request, limits.bodyBytesMax)
    if (!body) return
    answer = await handlers.request(plainRequest(request, body, limits))
  } catch (thrown) {
    const error = toRealmError(thrown)
    if (error.code === 'INTERNAL') {
      limits.log.error({ error: thrown, url: request.url }, 'Answering a request failed.')
    }
    // The rest of a body that is not wanted would have to be read before the next request.
    if (!request.complete) response.setHeader('connection', 'close')
    answer = errorResponse(error)
  }
  respond(response, answer, limits.log)
}

function plainRequest(
  request: IncomingMessage,
  body: Uint8Array,
  limits: ListenerLimits,
): HttpRequest {
  return {
    method: request.method ?? 'GET',
    url: request.url ?? '/',
    // Only `set-cookie` would be a list, and it is no header of requests.
    headers: request.headers as Readonly<Record<string, string | undefined>>,
    remoteAddress: clientAddress(request, limits.trustForwardedFor),
    body,
  }
}

const noBody = new Uint8Array(0)

/**
 * The whole body, or undefined where the client went away. What is a little too large is read to
 * its end and thrown away, since most clients look for the answer only after they have sent
 * everything.
 * @throws RealmError `HTTP_BODY_TOO_LARGE`.
 */
function readBody(request: IncomingMessage, bodyBytesMax: number): Promise<Uint8Array | undefined> {
  const { headers } = request
  if (headers['content-length'] === undefined && headers['transfer-encoding'] === undefined) {
    return Promise.resolve(noBody)
  }
  return new Promise((resolve, reject) => {
    const discardBytesMax = bodyBytesMax * 2 + 64 * 1024
    const chunks: Buffer[] = []
    let bytes = 0
    const refuseBody = (): void => {
      request.pause()
      reject(new RealmError('HTTP_BODY_TOO_LARGE', `At most ${bodyBytesMax} bytes.`))
    }
    if (Number(headers['content-length']) > discardBytesMax) {
      refuseBody()
      return
    }
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > discardBytesMax) refuseBody()
      else if (bytes <= bodyBytesMax) chunks.push(chunk)
    })
    request.on('end', () => {
      if (bytes > bodyBytesMax) {
        refuseBody()
        return
      }
      const body = Buffer.concat(chunks, bytes)
      resolve(new Uint8Array(body.buffer, body.byteOffset, body.length))
    })
    request.on('error', () => resolve(undefined))
    request.on('close', () => resolve(undefined))
  })
}

/** Tells a plain request at the socket's path to come as a WebSocket. */
export function expectSocket(response: ServerResponse): void {
  const { status, headers, body } = errorResponse(new RealmError('SOCKET_EXPECTED'))
  response.writeHead(status, { ...headers, upgrade: 'websocket' }).end(body)
}

function respond(response: ServerResponse, answer: HttpResponse, log: Log): void {
  const { status, headers, body = '' } = answer
  try {
    const isText = typeof body === 'string'
    const type = isText ? 'text/plain; charset=utf-8' : 'application/octet-stream'
    const length = isText ? Buffer.byteLength(body) : body.length
    const all = { 'content-type': type, ...headers, 'content-length': length }
    // A text goes out together with the head, in one write.
    response.writeHead(status, all).end(body)
  } catch (error) {
    log.error({ error, status }, 'An answer could not be sent as it is.')
    response.destroy()
  }
}

const clientErrorCodes: Readonly<Record<string, ErrorCode>> = {
  HPE_HEADER_OVERFLOW: 'HTTP_HEADERS_TOO_LARGE',
  ERR_HTTP_REQUEST_TIMEOUT: 'HTTP_TIMEOUT',
}

/** Answers bytes that are no request, or one that did not come in time, and hangs up. */
export function refuseClientError(error: Error & { code?: string }, socket: Duplex): void {
  refuse(socket, new RealmError(clientErrorCodes[error.code ?? ''] ?? 'HTTP_MALFORMED'))
}

/** Answers on a bare socket and hangs up. */
export function refuse(socket: Duplex, error: RealmError): void {
  const { status, headers, body } = errorResponse(error)
  if (!socket.writable) {
    socket.destroy()
    return
  }
  const lines = [
    `HTTP/1.1 ${status} ${error.code}`,
    ...Object.entries(headers ?? {}).map(([name, value]) => `${name}: ${value}`),
    `content-length: ${Buffer.byteLength(String(body))}`,
    'connection: close',
  ]
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy())
}
