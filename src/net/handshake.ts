import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'

/** RFC 6455, section 1.3. */
const acceptSuffix = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
/** Sixteen bytes in base64. */
const keyPattern = /^[+/0-9A-Za-z]{22}==$/

/**
 * The answer that opens a WebSocket (RFC 6455, section 4.2.2), without extensions or subprotocols.
 * @returns undefined where the request does not open one as it should
 */
export function acceptance({ method, headers }: IncomingMessage): string | undefined {
  const key = headers['sec-websocket-key']
  if (method !== 'GET' || headers['sec-websocket-version'] !== '13') return undefined
  if (headers.upgrade?.toLowerCase() !== 'websocket') return undefined
  if (key === undefined || !keyPattern.test(key)) return undefined
  const accept = createHash('sha1').update(`${key}${acceptSuffix}`).digest('base64')
  return (
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
    `Sec-WebSocket-Accept: ${accept}\r\n\r\n`
  )
}

/** A WebSocket may be silent for as long as it likes, and what it sends is not held back. */
export function freeOfHttp(socket: Duplex): void {
  if (!(socket instanceof Socket)) return
  socket.setTimeout(0)
  socket.setNoDelay(true)
}
