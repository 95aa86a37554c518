import type { Clock, Log } from '../ports/index.ts'

export interface WebSocketListenerOptions {
  /**
   * The address to listen on: `0.0.0.0` (every IPv4), `::` (every one), `127.0.0.1` (this machine
   * only).
   */
  readonly host: string
  /** 0–65535; 0 takes any free port, told by `listen`. */
  readonly port: number
  /**
   * Shares the port with others of this user who say so too; the system spreads new connections
   * over them. Linux only. Default false.
   */
  readonly reusePort?: boolean
  readonly clock: Clock
  readonly log: Log
  /** Largest message from a client; a larger one ends its connection with 1009. Default 64 KiB. */
  readonly frameBytesMax?: number
  /** Largest HTTP body; a larger one is answered with 413. Default 1 MiB. */
  readonly bodyBytesMax?: number
  /**
   * Time for the request line and headers, whether plain HTTP or the start of a socket. Default 10
   * s.
   */
  readonly handshakeTimeoutMs?: number
  /** Time for a whole HTTP request to arrive. Default 30 s. */
  readonly requestTimeoutMs?: number
  /** How long a silent HTTP connection is kept for the next request. Default 65 s. */
  readonly keepAliveTimeoutMs?: number
  /**
   * How often a client is pinged; one that was silent for a whole period is cut off. Default 15 s.
   */
  readonly pingPeriodMs?: number
  /**
   * Pings and pongs of one client in a period; whoever sends more is cut off. Browsers send none of
   * their own. Default 100.
   */
  readonly controlFramesMax?: number
  /**
   * Bytes that wait for one client to read them; one who lets more gather is cut off at once.
   * Default 16 MiB.
   */
  readonly backlogBytesMax?: number
  /** How long a client may take to answer a close. Default 3 s. */
  readonly closeTimeoutMs?: number
  /** Sockets open at once. Default 20,000. */
  readonly connectionsMax?: number
  /** Sockets open at once from one IPv4 address or one IPv6 /64 network. Default 1,000. */
  readonly connectionsPerAddressMax?: number
  /**
   * Take the client's address from the last entry of `X-Forwarded-For`. Only where every client
   * comes through a proxy that sets it, since anybody else could claim any address. Default false.
   */
  readonly trustForwardedFor?: boolean
}

export type ListenerLimits = Required<WebSocketListenerOptions>

/** Fills in what was not given. */
export function listenerLimits(options: WebSocketListenerOptions): ListenerLimits {
  return {
    reusePort: false,
    frameBytesMax: 64 * 1024,
    bodyBytesMax: 1024 * 1024,
    handshakeTimeoutMs: 10_000,
    requestTimeoutMs: 30_000,
    keepAliveTimeoutMs: 65_000,
    pingPeriodMs: 15_000,
    controlFramesMax: 100,
    backlogBytesMax: 16 * 1024 * 1024,
    closeTimeoutMs: 3_000,
    connectionsMax: 20_000,
    connectionsPerAddressMax: 1_000,
    trustForwardedFor: false,
    ...options,
  }
}
