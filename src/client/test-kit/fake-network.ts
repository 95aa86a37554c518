import type { SocketConstructor, SocketLike } from '../host.ts'
import type { VirtualClock } from './virtual-clock.ts'

/** The server's end of a socket. */
export interface ServerSocket {
  send(bytes: Uint8Array): void
  close(): void
  /** The line breaks: what is under way in either direction is lost. */
  reset(): void
}

export interface ServerSocketHandlers {
  received(bytes: Uint8Array): void
  closed(): void
}

/** Decides how long a message is under way, ms. */
export type Latency = () => number

type Handler = ((event: never) => void) | null

/** Sockets that lead to a function, over a line with latency that keeps order. */
export function fakeSockets(
  clock: VirtualClock,
  latency: Latency,
  accept: (socket: ServerSocket, url: string) => ServerSocketHandlers | undefined,
): SocketConstructor {
  return class FakeSocket implements SocketLike {
    binaryType = ''
    bufferedAmount = 0
    onopen: Handler = null
    onmessage: Handler = null
    onclose: Handler = null
    onerror: Handler = null
    #server: ServerSocketHandlers | undefined
    #open = false
    #over = false
    #broken = false
    readonly #toServer = line(clock, latency)
    readonly #toClient = line(clock, latency)

    constructor(url: string) {
      const end: ServerSocket = {
        send: (bytes) => {
          const data = bytes.slice().buffer
          this.#toClient(() => !this.#over && !this.#broken && call(this.onmessage, { data }))
        },
        close: () => this.#toClient(() => this.#finish()),
        reset: () => {
          this.#broken = true
          this.#toClient(() => this.#finish())
        },
      }
      this.#toServer(() => {
        if (this.#over) return
        this.#server = accept(end, url)
        this.#toClient(() => {
          if (this.#over) return
          if (this.#server === undefined) {
            this.#finish()
            return
          }
          this.#open = true
          call(this.onopen, {})
        })
      })
    }

    send(bytes: Uint8Array): void {
      if (!this.#open) throw new Error('The socket is not open.')
      const copy = bytes.slice()
      this.#toServer(() => !this.#broken && this.#server?.received(copy))
    }

    close(): void {
      if (this.#over) return
      this.#over = true
      this.#toServer(() => this.#server?.closed())
    }

    #finish(): void {
      if (this.#over) return
      this.#over = true
      call(this.onclose, {})
    }
  }
}

function call(handler: Handler, event: object): void {
  handler?.(event as never)
}

function line(clock: VirtualClock, latency: Latency): (arrive: () => void) => void {
  let last = 0
  return (arrive) => {
    last = Math.max(last, clock.now() + latency())
    clock.after(last - clock.now(), arrive)
  }
}
