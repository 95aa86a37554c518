/**
 * What opens the door to clients: WebSocket and HTTP in production, virtual sockets in simulation.
 */
export interface Listener {
  /**
   * Starts to accept.
   * @throws RealmError `PORT_IN_USE`, `PORT_FORBIDDEN`.
   */
  listen(handlers: ListenerHandlers): Promise<ListenerAddress>
  /** Accepts nothing new from now on, so that others on the port do; what is open stays. */
  pause?(): void
  /** Accepts nothing new, closes what is open with code 1001. */
  close(): Promise<void>
}

export interface ListenerAddress {
  readonly host: string
  readonly port: number
}

export interface ListenerHandlers {
  /** A socket was opened at `/realm`. Refuse by returning undefined after `connection.close(…)`. */
  open(connection: Connection): ConnectionHandlers | undefined
  /** A plain HTTP request (any path that is not the socket's). */
  request(request: HttpRequest): Promise<HttpResponse>
}

/** Bytes before a message that `sendWithin` may write over: the head of a frame fits there. */
export const headroomBytes = 10

/** One client's socket. */
export interface Connection {
  readonly remoteAddress: string
  /** The `Origin` header; undefined from a client that is not a browser. */
  readonly origin: string | undefined
  /** The `Host` header: the name under which the client reached the server. */
  readonly host: string | undefined
  /** Bytes handed over but not yet taken by the kernel. */
  readonly bufferedBytes: number
  /** Sends one binary message. The bytes must not be changed before `bufferedBytes` falls to 0. */
  send(bytes: Uint8Array): void
  /**
   * Sends `buffer[start, end)` as one binary message, and may write over the `headroomBytes` before
   * it: for what goes out many times a second, since it allocates and copies nothing.
   * @returns whether the buffer may be written over at once; otherwise never again
   */
  sendWithin(buffer: Uint8Array, start: number, end: number): boolean
  /** Ends with a close code 1000–4999 and a reason of at most 123 bytes. */
  close(code: number, reason: string): void
  /** Ends at once, without a closing handshake: for those who do not read. */
  terminate(): void
}

export interface ConnectionHandlers {
  /** One binary message, `bytes[start, end)`. They are valid only during the call. */
  message(bytes: Uint8Array, start: number, end: number): void
  /** A text message arrived (Realmkit speaks binary only). */
  text(): void
  /** The socket is gone; called exactly once. `code` is 1006 without a closing handshake. */
  closed(code: number): void
}

export interface HttpRequest {
  readonly method: string
  /** Path and query as sent, beginning with `/`. */
  readonly url: string
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly remoteAddress: string
  /** At most the listener's `bodyBytesMax`. */
  readonly body: Uint8Array
}

export interface HttpResponse {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
}
