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

/** Writes all of a message into `target`, from `start` on. */
export type Fill = (target: Uint8Array, start: number) => void

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
   * Sends one binary message of `length` bytes that `fill` writes right where it is sent from, from
   * `start` of `target` on: for what goes out many times a second, since it allocates and copies
   * nothing. `fill` is called at once, or never where the connection is closing.
   */
  sendFilled(length: number, fill: Fill): void
  /** Ends with a close code 1000–4999 and a reason of at most 123 bytes. */
  close(code: number, reason: string): void
  /** Ends at once, without a closing handshake: for those who do not read. */
  terminate(): void
}

export interface ConnectionHandlers {
  /** One binary message. The bytes are valid only during the call. */
  message(bytes: Uint8Array): void
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
