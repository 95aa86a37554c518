import type { Connection, Listener, ListenerAddress, ListenerHandlers } from '../listener.ts'

/**
 * What the suite needs of a client's socket: the part of the browser's `WebSocket` that Realmkit
 * uses.
 */
export interface ClientSocket {
  binaryType: 'arraybuffer' | 'blob'
  onopen: ((event: object) => void) | null
  onmessage: ((event: { data: unknown }) => void) | null
  onclose: ((event: { code: number; reason: string }) => void) | null
  onerror: ((event: object) => void) | null
  send(data: Uint8Array | string): void
  close(code?: number, reason?: string): void
}

export interface ClientRequest {
  readonly method: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array
}

export interface ClientResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/** A listener under test, with the other end of its wire. */
export interface ListenerHarness {
  readonly listener: Listener
  connect(address: ListenerAddress, options: { origin?: string }): ClientSocket
  request(address: ListenerAddress, request: ClientRequest): Promise<ClientResponse>
  /** Lets time pass until the promise is settled. */
  until<T>(promise: Promise<T>): Promise<T>
  /** Lets what is under way arrive. */
  settle(): Promise<void>
}

/** A client with its events collected. */
export interface Dialled {
  readonly socket: ClientSocket
  readonly opened: Promise<void>
  readonly closed: Promise<{ code: number; reason: string }>
  readonly messages: Uint8Array[]
}

/**
 * Connects and collects; `closed` resolves however the connection ends, also when it never opened.
 */
export function dial(harness: ListenerHarness, address: ListenerAddress, origin?: string): Dialled {
  const socket = harness.connect(address, origin === undefined ? {} : { origin })
  socket.binaryType = 'arraybuffer'
  const messages: Uint8Array[] = []
  const opened = new Promise<void>((resolve) => {
    socket.onopen = () => resolve()
  })
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.onclose = ({ code, reason }) => resolve({ code, reason })
  })
  socket.onerror = () => {}
  socket.onmessage = ({ data }) => {
    if (data instanceof ArrayBuffer) messages.push(new Uint8Array(data))
  }
  return { socket, opened, closed, messages }
}

/** What the server's end of a connection has seen. */
export interface Accepted {
  readonly connection: Connection
  readonly messages: Uint8Array[]
  texts: number
  readonly closes: number[]
  readonly closed: Promise<number>
}

/** Handlers that take every connection and note what happens; requests are echoed. */
export function recorder(onMessage?: (accepted: Accepted, bytes: Uint8Array) => void): {
  accepted: Accepted[]
  handlers: ListenerHandlers
} {
  const accepted: Accepted[] = []
  const handlers: ListenerHandlers = {
    open: (connection) => {
      let gone: (code: number) => void = () => {}
      const closed = new Promise<number>((resolve) => {
        gone = resolve
      })
      const entry: Accepted = { connection, messages: [], texts: 0, closes: [], closed }
      accepted.push(entry)
      return {
        message: (bytes, start, end) => {
          const message = Uint8Array.from(bytes.subarray(start, end))
          entry.messages.push(message)
          onMessage?.(entry, message)
        },
        text: () => {
          entry.texts += 1
        },
        closed: (code) => {
          entry.closes.push(code)
          gone(code)
        },
      }
    },
    request: async ({ method, url, headers, body }) => ({
      status: 200,
      headers: { 'x-method': method, 'x-url': url, 'x-sent': headers['x-sent'] ?? '' },
      body,
    }),
  }
  return { accepted, handlers }
}
