import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import type { LoadSeat, ServerAddress } from '../lib/contender.ts'
import { binaryFrame, FrameReader, pongFrame } from './frames.ts'

const CONNECT_TIMEOUT_MS = 20_000
const RESPONSE_BYTES_MAX = 16_384

/** What one counting client has got so far. */
export interface LoadSocket {
  /** Frames, and payload bytes of all messages, since the client joined. */
  frames: number
  bytes: number
  send(sequence: number, turn: number): void
  /** What the client sends besides; undefined if that is nothing. */
  readonly periodic: { readonly everyMs: number; send(): void } | undefined
}

/** All sockets read into this one buffer: each read is used up before the next one begins. */
const shared = Buffer.allocUnsafe(256 * 1024)

/**
 * Opens one counting client and resolves once the contender says that it joined.
 *
 * @param counted - Called with the payload bytes of each frame after that.
 * @param lost - Called if the connection ends after that.
 */
export function openLoadSocket(
  address: ServerAddress,
  seat: LoadSeat,
  counted: (bytes: number) => void,
  lost: () => void,
): Promise<LoadSocket> {
  return new Promise((resolve, reject) => {
    const mask = randomBytes(4).readUInt32BE() | 1
    const fail = (why: string) => reject(new Error(`client at ${seat.path}: ${why}`))
    const timer = setTimeout(() => fail('timed out'), CONNECT_TIMEOUT_MS)
    let joined = false
    let response: string | undefined = ''
    const { frameBytesMin = 0, periodic } = seat
    const client: LoadSocket = {
      frames: 0,
      bytes: 0,
      send: (sequence, turn) => {
        socket.write(binaryFrame(seat.command(sequence, turn), mask))
      },
      periodic: periodic && {
        everyMs: periodic.everyMs,
        send: () => {
          socket.write(binaryFrame(periodic.message(), mask))
        },
      },
    }
    const reader = new FrameReader({
      message: (bytes, payload) => {
        if (!joined) return join(payload ?? new Uint8Array())
        client.bytes += bytes
        if (bytes < frameBytesMin) return
        client.frames++
        counted(bytes)
      },
      ping: (payload) => socket.write(pongFrame(payload, mask)),
      closed: () => socket.destroy(),
    })
    function join(message: Uint8Array): void {
      const answer = seat.received(message)
      for (const payload of answer.send) socket.write(binaryFrame(payload, mask))
      if (!answer.joined) return
      joined = true
      reader.keeps = false
      clearTimeout(timer)
      resolve(client)
    }
    function answered(size: number): void {
      const before = response?.length ?? 0
      response += shared.toString('latin1', 0, size)
      const end = response?.indexOf('\r\n\r\n') ?? -1
      if (end < 0 && before < RESPONSE_BYTES_MAX) return
      if (response?.startsWith('HTTP/1.1 101')) {
        response = undefined
        for (const payload of seat.opened()) socket.write(binaryFrame(payload, mask))
        reader.feed(shared, end + 4 - before, size)
      } else {
        fail(response?.slice(0, 200) ?? '')
      }
    }
    function received(size: number): boolean {
      if (response === undefined) reader.feed(shared, 0, size)
      else answered(size)
      return true
    }
    const socket: Socket = connect({
      ...address,
      noDelay: true,
      onread: { buffer: shared, callback: received },
    })
    socket.on('connect', () => socket.write(upgradeRequest(address, seat)))
    socket.on('error', (error) => fail(error.message))
    socket.on('close', () => (joined ? lost() : fail('closed by the server')))
  })
}

function upgradeRequest({ host, port }: ServerAddress, seat: LoadSeat): string {
  const lines = [
    `GET ${seat.path} HTTP/1.1`,
    `Host: ${host}:${port}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
  ]
  if (seat.protocol !== undefined) lines.push(`Sec-WebSocket-Protocol: ${seat.protocol}`)
  return `${lines.join('\r\n')}\r\n\r\n`
}
