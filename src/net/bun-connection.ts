import type { WebSocket } from 'ws'
import type { ConnectionHandlers } from '../ports/index.ts'
import type { ListenerConnection, SocketOrigin } from './connection.ts'
import { shortened } from './frame-writer.ts'
import type { ListenerLimits } from './options.ts'

/** Asking what waits for the kernel costs as much as a tenth of a frame, so it is asked seldom. */
const unseenBytesMax = 16 * 1024

/**
 * One client's WebSocket on Bun, over the `ws` that Bun brings: it reads and writes frames outside
 * of JavaScript, for less than anything written in it could. Behaves as `SocketConnection` does.
 */
export class BunConnection implements ListenerConnection {
  readonly remoteAddress: string
  readonly origin: string | undefined
  readonly host: string | undefined
  readonly #ws: WebSocket
  readonly #limits: ListenerLimits
  #handlers: ConnectionHandlers | undefined
  /** Pings and pongs since the last `checkAlive`. */
  #controlFrames = 0
  #open = true
  /** What waited for the kernel when that was looked at last, and what was sent since. */
  #buffered = 0
  #unseenBytes = 0
  /** Whether anything came from the client since the last ping. */
  #heard = true

  constructor(ws: WebSocket, from: SocketOrigin, limits: ListenerLimits) {
    this.#ws = ws
    this.#limits = limits
    this.remoteAddress = from.address
    this.origin = from.origin
    this.host = from.host
    // A protocol error ends the connection by itself; without a listener it would end the process.
    ws.on('error', (error) => {
      limits.log.debug({ error, address: from.address }, 'A connection broke.')
    })
  }

  /** What was sent since it was looked at may be missing, up to `unseenBytesMax`. */
  get bufferedBytes(): number {
    if (this.#buffered === 0 && this.#unseenBytes <= unseenBytesMax) return 0
    this.#unseenBytes = 0
    this.#buffered = this.#ws.bufferedAmount
    return this.#buffered
  }

  send(bytes: Uint8Array): void {
    if (!this.#open) return
    this.#ws.send(bytes)
    this.#unseenBytes += bytes.length
    if (this.bufferedBytes > this.#limits.backlogBytesMax) this.terminate()
  }

  sendWithin(buffer: Uint8Array, start: number, end: number): boolean {
    // What is sent is copied at once, if it is not taken.
    if (this.#open) this.#ws.send(buffer.subarray(start, end))
    this.#unseenBytes += end - start
    return true
  }

  close(code: number, reason: string): void {
    this.#open = false
    try {
      this.#ws.close(code, shortened(reason))
    } catch (error) {
      const { log } = this.#limits
      log.error({ error, code }, 'A connection was closed with a code that may not be sent.')
      this.#ws.close(1011)
    }
  }

  terminate(): void {
    this.#open = false
    this.#ws.terminate()
  }

  start(handlers: ConnectionHandlers | undefined, gone: () => void): void {
    this.#handlers = handlers
    this.#ws.on('message', (data: Buffer, binary: boolean) => this.#message(data, binary))
    this.#ws.on('ping', (data: Buffer) => {
      if (this.#controlFrame()) this.#ws.pong(data)
    })
    this.#ws.on('pong', () => this.#controlFrame())
    this.#ws.on('close', (code: number) => {
      this.#open = false
      gone()
      try {
        handlers?.closed(code)
      } catch (error) {
        this.#failed(error)
      }
    })
  }

  checkAlive(): void {
    if (!this.#heard) {
      this.terminate()
      return
    }
    this.#heard = false
    this.#controlFrames = 0
    if (this.#open) this.#ws.ping()
  }

  /** @returns false where the client was cut off */
  #controlFrame(): boolean {
    this.#heard = true
    this.#controlFrames += 1
    if (this.#controlFrames <= this.#limits.controlFramesMax) return true
    const { log } = this.#limits
    log.debug({ address: this.remoteAddress }, 'A client sent a flood of control frames.')
    this.terminate()
    return false
  }

  #message(data: Buffer, binary: boolean): void {
    this.#heard = true
    const handlers = this.#handlers
    if (!this.#open || handlers === undefined) return
    try {
      if (!binary) handlers.text()
      else handlers.message(data, 0, data.length)
    } catch (error) {
      this.#failed(error)
    }
  }

  #failed(error: unknown): void {
    const { log } = this.#limits
    log.error({ error, address: this.remoteAddress }, 'The handler of a connection threw.')
    this.close(1011, 'internal error')
  }
}
