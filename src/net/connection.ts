import type { Duplex } from 'node:stream'
import type { Connection, ConnectionHandlers, Timer } from '../ports/index.ts'
import { DirectSocket, type Taker } from './direct-socket.ts'
import { type FrameHandlers, FrameReader } from './frame-reader.ts'
import { shortened, writeControlFrame, writeFrame, writeFrameWithin } from './frame-writer.ts'
import type { ListenerLimits } from './options.ts'

/** Fragments of one message; a client that sends more is broken or hostile. */
const fragmentsMax = 64
/** What `closed` is told where nobody said goodbye. */
const abnormalCode = 1006

/** What a handshake tells of the client. */
export interface SocketOrigin {
  readonly address: string
  readonly origin: string | undefined
  readonly host: string | undefined
}

/** A connection as the listener handles it. */
export interface ListenerConnection extends Connection {
  /**
   * Begins to hand over what arrives; without handlers it only waits for the end. `gone` is told
   * when the socket is gone. `head` is what came with the request.
   */
  start(handlers: ConnectionHandlers | undefined, gone: () => void, head: Uint8Array): void
  /** Cuts off a client that was silent since the last call, pings any other. */
  checkAlive(): void
}

/** One client's WebSocket. Never throws and never emits: what goes wrong ends the connection. */
export class SocketConnection implements ListenerConnection, FrameHandlers, Taker {
  readonly remoteAddress: string
  readonly origin: string | undefined
  readonly host: string | undefined
  readonly #socket: Duplex
  readonly #reader: FrameReader
  readonly #limits: ListenerLimits
  #handlers: ConnectionHandlers | undefined
  /** Pings and pongs since the last `checkAlive`. */
  #controlFrames = 0
  /** Whether messages may still be sent, and are still taken. */
  #open = true
  #closeSent = false
  /** The code the client closed with. */
  #code = abnormalCode
  #deadline: Timer | undefined
  /** Whether messages may be waiting for the kernel. */
  #waiting = false
  /** Whether anything came from the client since the last ping. */
  #heard = true

  constructor(socket: Duplex, from: SocketOrigin, limits: ListenerLimits) {
    const direct = DirectSocket.over(socket, this)
    this.#socket = direct ?? socket
    this.#limits = limits
    this.remoteAddress = from.address
    this.origin = from.origin
    this.host = from.host
    const { frameBytesMax } = limits
    this.#reader = new FrameReader(this, { messageBytesMax: frameBytesMax, fragmentsMax })
  }

  get bufferedBytes(): number {
    // Asked before every frame, where looking at the socket itself would cost more than the rest.
    if (!this.#waiting) return 0
    const bytes = this.#socket.writableLength
    this.#waiting = bytes > 0
    return bytes
  }

  send(bytes: Uint8Array): void {
    if (!this.#open) return
    writeFrame(this.#socket, bytes)
    this.#waiting = true
    // The gate is kinder to slow readers; this holds for whoever reads just enough to please it.
    if (this.bufferedBytes > this.#limits.backlogBytesMax) this.terminate()
  }

  sendWithin(buffer: Uint8Array, start: number, end: number): boolean {
    if (!this.#open) return true
    if (this.bufferedBytes > 0) {
      // It would keep the whole buffer until the kernel has taken what was sent before.
      writeFrame(this.#socket, Uint8Array.from(buffer.subarray(start, end)))
      return true
    }
    const free = writeFrameWithin(this.#socket, buffer, start, end)
    this.#waiting = !free
    return free
  }

  close(code: number, reason: string): void {
    this.#open = false
    if (this.#closeSent) return
    this.#sendClose(code, shortened(reason))
    this.#deadline ??= this.#limits.clock.after(this.#limits.closeTimeoutMs, () => this.terminate())
  }

  terminate(): void {
    this.#open = false
    this.#reader.end()
    this.#socket.destroy()
  }

  start(handlers: ConnectionHandlers | undefined, gone: () => void, head: Uint8Array): void {
    this.#handlers = handlers
    const socket = this.#socket
    // Its end tells what was wrong with it.
    socket.on('error', () => {})
    // What is read to its end is a client that has gone, whatever it may still want to hear.
    socket.on('end', () => socket.end())
    socket.on('close', () => {
      this.#open = false
      this.#reader.end()
      this.#deadline?.cancel()
      gone()
      try {
        handlers?.closed(this.#code)
      } catch (error) {
        this.#failed(error)
      }
    })
    if (head.length > 0) this.take(Buffer.from(head), head.length)
    if (socket instanceof DirectSocket) socket.start()
    else socket.on('data', (chunk: Uint8Array) => this.take(chunk, chunk.length))
  }

  checkAlive(): void {
    if (!this.#heard) {
      this.terminate()
      return
    }
    this.#heard = false
    this.#controlFrames = 0
    if (this.#open) this.#control('ping', noBytes)
  }

  take(bytes: Uint8Array, end: number): void {
    this.#heard = true
    this.#reader.push(bytes, end)
  }

  /**
   * They cost time as messages do, but reach no handler that could count them.
   * @returns false where the client was cut off
   */
  #controlFrame(): boolean {
    this.#controlFrames += 1
    if (this.#controlFrames <= this.#limits.controlFramesMax) return true
    const { log } = this.#limits
    log.debug({ address: this.remoteAddress }, 'A client sent a flood of control frames.')
    this.terminate()
    return false
  }

  message(bytes: Uint8Array, start: number, end: number, binary: boolean): void {
    const handlers = this.#handlers
    if (!this.#open || handlers === undefined) return
    try {
      if (binary) handlers.message(bytes, start, end)
      else handlers.text()
    } catch (error) {
      this.#failed(error)
    }
  }

  ping(bytes: Uint8Array): void {
    if (this.#controlFrame() && !this.#closeSent) this.#control('pong', bytes)
  }

  pong(): void {
    this.#controlFrame()
  }

  /** The client says goodbye, or answers ours. */
  closedBy(code: number): void {
    this.#open = false
    this.#code = code
    if (!this.#closeSent) this.#sendClose(code === 1005 ? 1000 : code, '')
    this.#socket.end()
    this.#deadline ??= this.#limits.clock.after(this.#limits.closeTimeoutMs, () => this.terminate())
  }

  broken(code: number): void {
    const { log } = this.#limits
    log.debug({ code, address: this.remoteAddress }, 'A client broke the protocol of its socket.')
    this.#open = false
    if (!this.#closeSent) this.#sendClose(code, '')
    this.#socket.end()
    this.#deadline ??= this.#limits.clock.after(this.#limits.closeTimeoutMs, () => this.terminate())
  }

  #control(kind: 'ping' | 'pong' | 'close', payload: Uint8Array): void {
    writeControlFrame(this.#socket, kind, payload)
    this.#waiting = true
  }

  #sendClose(code: number, reason: string): void {
    this.#closeSent = true
    const text = Buffer.from(reason)
    const payload = Buffer.allocUnsafe(2 + text.length)
    payload.writeUInt16BE(code)
    payload.set(text, 2)
    this.#control('close', payload)
  }

  #failed(error: unknown): void {
    const { log } = this.#limits
    log.error({ error, address: this.remoteAddress }, 'The handler of a connection threw.')
    this.close(1011, 'internal error')
  }
}

const noBytes = new Uint8Array(0)
