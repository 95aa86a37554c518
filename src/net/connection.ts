import type { Duplex } from 'node:stream'
import { WebSocket } from 'ws'
import type { Connection, ConnectionHandlers, Fill, Log } from '../ports/index.ts'
import { writeFilledFrame, writeFrame } from './frame-writer.ts'
import type { ListenerLimits } from './options.ts'

/** RFC 6455, section 5.5: a control frame holds 125 bytes, two of them the code. */
const reasonBytesMax = 123

/** Bun brings its own `ws` whose sockets are not streams, so its own `send` is used there. */
const streamSockets = !('bun' in process.versions)

/** What a handshake tells of the client. */
interface SocketOrigin {
  readonly address: string
  readonly origin: string | undefined
  readonly host: string | undefined
}

/** One client's WebSocket. Never throws and never emits: what goes wrong ends the connection. */
export class SocketConnection implements Connection {
  readonly remoteAddress: string
  readonly origin: string | undefined
  readonly host: string | undefined
  readonly #ws: WebSocket
  readonly #socket: Duplex
  readonly #log: Log
  readonly #limits: ListenerLimits
  #handlers: ConnectionHandlers | undefined
  /** Pings and pongs since the last `checkAlive`. */
  #controlFrames = 0
  #closing = false
  /** Whether anything came from the client since the last ping. */
  #heard = true

  constructor(ws: WebSocket, socket: Duplex, from: SocketOrigin, limits: ListenerLimits) {
    this.#ws = ws
    this.#socket = socket
    this.#limits = limits
    this.#log = limits.log
    this.remoteAddress = from.address
    this.origin = from.origin
    this.host = from.host
  }

  get bufferedBytes(): number {
    return streamSockets ? this.#socket.writableLength : this.#ws.bufferedAmount
  }

  send(bytes: Uint8Array): void {
    if (this.#ws.readyState !== WebSocket.OPEN) return
    if (streamSockets) writeFrame(this.#socket, bytes)
    else this.#ws.send(bytes)
    // The gate is kinder to slow readers; this holds for whoever reads just enough to please it.
    if (this.#ws.bufferedAmount > this.#limits.backlogBytesMax) this.terminate()
  }

  sendFilled(length: number, fill: Fill): void {
    if (this.#ws.readyState !== WebSocket.OPEN) return
    if (streamSockets) {
      writeFilledFrame(this.#socket, length, fill)
      return
    }
    const bytes = Buffer.allocUnsafe(length)
    fill(bytes, 0)
    this.#ws.send(bytes)
  }

  close(code: number, reason: string): void {
    this.#closing = true
    try {
      this.#ws.close(code, shortened(reason))
    } catch (error) {
      this.#log.error({ error, code }, 'A connection was closed with a code that may not be sent.')
      this.#ws.close(1011)
    }
  }

  terminate(): void {
    this.#closing = true
    this.#ws.terminate()
  }

  /** Begins to hand over what arrives. `closed` is told when the socket is gone. */
  start(handlers: ConnectionHandlers, closed: () => void): void {
    this.#handlers = handlers
    this.#ws.on('message', (data: Buffer, binary: boolean) => this.#message(data, binary))
    this.#ws.on('ping', (data: Buffer) => {
      if (this.#controlFrame()) this.#ws.pong(data)
    })
    this.#ws.on('pong', () => this.#controlFrame())
    this.#ws.on('close', (code: number) => {
      closed()
      try {
        handlers.closed(code)
      } catch (error) {
        this.#failed(error)
      }
    })
  }

  /** Cuts off a client that was silent since the last call, pings any other. */
  checkAlive(): void {
    if (!this.#heard) {
      this.terminate()
      return
    }
    this.#heard = false
    this.#controlFrames = 0
    if (this.#ws.readyState === WebSocket.OPEN) this.#ws.ping()
  }

  /**
   * They cost time as messages do, but reach no handler that could count them.
   * @returns false where the client was cut off
   */
  #controlFrame(): boolean {
    this.#heard = true
    this.#controlFrames += 1
    if (this.#controlFrames <= this.#limits.controlFramesMax) return true
    this.#log.debug({ address: this.remoteAddress }, 'A client sent a flood of control frames.')
    this.terminate()
    return false
  }

  #message(data: Buffer, binary: boolean): void {
    this.#heard = true
    if (this.#closing) return
    const handlers = this.#handlers as ConnectionHandlers
    try {
      if (!binary) handlers.text()
      // A plain view, because `slice` of a Buffer would not copy as that of every other Uint8Array
      // does.
      else handlers.message(new Uint8Array(data.buffer, data.byteOffset, data.length))
    } catch (error) {
      this.#failed(error)
    }
  }

  #failed(error: unknown): void {
    this.#log.error({ error, address: this.remoteAddress }, 'The handler of a connection threw.')
    this.close(1011, 'internal error')
  }
}

/** As much of `reason` as a close frame holds, without cutting a character in two. */
function shortened(reason: string): string {
  let bytes = 0
  let short = ''
  for (const character of reason) {
    bytes += Buffer.byteLength(character)
    if (bytes > reasonBytesMax) break
    short += character
  }
  return short
}
