import { writeSync } from 'node:fs'
import { Socket, type SocketConstructorOpts } from 'node:net'
import type { Duplex } from 'node:stream'

/** All sockets of the process are read into this: what has arrived is used up during the call. */
const arrived = Buffer.allocUnsafeSlow(64 * 1024)

/** What Node.js keeps of a socket: its public API has no name for it. */
interface Handle {
  /** Negative where there is none. */
  readonly fd: number
}

/** Takes what arrives at a socket. */
export interface Taker {
  /** Takes `bytes[0, end)`, which are valid only during the call. */
  take(bytes: Uint8Array, end: number): void
}

interface HandleOwner {
  _handle: Handle | null
}

/**
 * A TCP socket as `node:http` hands it over, taken out of Node.js' streams where they cost the
 * most: everything that arrives is read into one buffer, instead of into 64 KiB made anew each
 * time, and what the kernel takes at once is written without a request, a callback and a tick of
 * their own. Everything else is that of streams.
 */
export class DirectSocket extends Socket {
  readonly #taker: Taker
  #descriptor: number

  private constructor(handle: Handle, taker: Taker) {
    const callback = (end: number): boolean => {
      this.#taker.take(arrived, end)
      return true
    }
    const onread = { buffer: arrived, callback }
    const options = { handle, onread, allowHalfOpen: true, manualStart: true }
    super(options as object as SocketConstructorOpts)
    this.#taker = taker
    this.#descriptor = handle.fd
  }

  /** @returns undefined for what is no socket of the operating system; `former` goes on then */
  static over(former: Duplex, taker: Taker): DirectSocket | undefined {
    // Bun reads and writes sockets outside of JavaScript; what is encrypted must not be bypassed.
    if ('bun' in process.versions || 'encrypted' in former) return undefined
    // What waits there for the kernel would be told of to the wrong socket.
    if (!(former instanceof Socket) || former.writableLength > 0) return undefined
    const owner = former as unknown as HandleOwner
    const handle = owner._handle
    // Where there is no descriptor, as on Windows, nothing can be written past the stream.
    if (typeof handle?.fd !== 'number' || handle.fd < 0) return undefined
    const socket = new DirectSocket(handle, taker)
    owner._handle = null
    // The server counts its connections by the sockets that it has made.
    socket.once('close', () => former.destroy())
    return socket
  }

  /** Begins to read. */
  start(): void {
    this.read(0)
  }

  /**
   * Gives `bytes[start, end)` to the kernel, behind nothing that waits for it.
   * @returns how many bytes it took; what it did not take is for `write`, which also finds out why
   */
  writeNow(bytes: Uint8Array, start: number, end: number): number {
    // The number of a closed descriptor may be that of another socket already.
    if (this.#descriptor < 0) return 0
    try {
      return writeSync(this.#descriptor, bytes, start, end - start)
    } catch {
      return 0
    }
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#descriptor = -1
    super._destroy(error, callback)
  }
}
