import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import { type ErrorCode, RealmError } from '../errors/index.ts'
import type {
  ConnectionHandlers,
  Listener,
  ListenerAddress,
  ListenerHandlers,
  Timer,
} from '../ports/index.ts'
import { AddressCounts, clientAddress, plainAddress } from './addresses.ts'
import { bind } from './bind.ts'
import { BunConnection } from './bun-connection.ts'
import { type ListenerConnection, SocketConnection } from './connection.ts'
import { acceptance, freeOfHttp } from './handshake.ts'
import { answerRequest, expectSocket, refuse, refuseClientError } from './http.ts'
import { type ListenerLimits, listenerLimits, type WebSocketListenerOptions } from './options.ts'
import { Turns } from './turns.ts'

/** Where sockets are opened. */
const socketPath = '/realm'
const headerBytesMax = 16 * 1024
const idleTimeoutMs = 120_000
/** Connections that may do plain HTTP on top of the limits for sockets. */
const httpConnectionsMax = 1_024
/** Requests answered before sockets are served again: a few tenths of a millisecond of work. */
const requestsPerTurnMax = 4
/** Pings are spread over the period, so that they do not all go out at once. */
const pingSlots = 15

/**
 * WebSocket (at `/realm`, binary messages) and plain HTTP on one port.
 *
 * Nothing a client sends can throw into the process: it is answered, or its connection ends.
 */
export function webSocketListener(options: WebSocketListenerOptions): Listener {
  return new WebSocketListener(listenerLimits(options))
}

class WebSocketListener implements Listener {
  readonly #limits: ListenerLimits
  readonly #server: Server
  readonly #slots = Array.from({ length: pingSlots }, () => new Set<ListenerConnection>())
  readonly #bunSockets: WebSocketServer | undefined
  readonly #tcpCounts = new AddressCounts()
  readonly #socketCounts = new AddressCounts()
  readonly #turns = new Turns(requestsPerTurnMax)
  /** Open for whatever purpose; `#connections` of them are WebSockets. */
  #tcpConnections = 0
  #connections = 0
  #nextSlot = 0
  #handlers: ListenerHandlers | undefined
  #pings: Timer | undefined
  /** Settles once nothing new is accepted and what was is gone. */
  #unbound: Promise<void> | undefined
  #closed: Promise<void> | undefined
  #emptied: (() => void) | undefined

  constructor(limits: ListenerLimits) {
    this.#limits = limits
    this.#server = httpServer(limits)
    this.#bunSockets = 'bun' in process.versions ? bunSockets(limits) : undefined
  }

  async listen(handlers: ListenerHandlers): Promise<ListenerAddress> {
    const { clock, log, pingPeriodMs } = this.#limits
    const server = this.#server
    await bind(server, this.#limits)
    this.#handlers = handlers
    server.on('request', (request, response) => this.#request(request, response, handlers))
    server.on('connection', (socket) => this.#connected(socket))
    server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head))
    server.on('clientError', refuseClientError)
    server.on('error', (error) => log.error({ error }, 'The listener reported an error.'))
    let slot = 0
    this.#pings = clock.every(pingPeriodMs / pingSlots, () => {
      for (const connection of this.#slots[slot % pingSlots] ?? []) connection.checkAlive()
      slot += 1
    })
    const address = server.address() as AddressInfo
    return { host: address.address, port: address.port }
  }

  pause(): void {
    if (!this.#server.listening) return
    this.#unbound = new Promise((resolve) => void this.#server.close(() => resolve()))
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    this.#pings?.cancel()
    this.pause()
    if (this.#unbound === undefined) return
    const empty = new Promise<void>((resolve) => {
      this.#emptied = resolve
    })
    if (this.#connections === 0) this.#emptied?.()
    for (const slot of this.#slots) {
      for (const connection of slot) connection.close(1001, 'the server closes')
    }
    this.#server.closeIdleConnections()
    const deadline = this.#limits.clock.after(this.#limits.closeTimeoutMs, () => {
      for (const slot of this.#slots) for (const connection of slot) connection.terminate()
      this.#server.closeAllConnections()
    })
    await Promise.all([this.#unbound, empty])
    deadline.cancel()
  }

  #request(request: IncomingMessage, response: ServerResponse, handlers: ListenerHandlers): void {
    if (isSocketPath(request)) {
      expectSocket(response)
      return
    }
    // Where many come, each waits for its next request elsewhere: an open connection is not free.
    const isCrowded = this.#tcpConnections - this.#connections > httpConnectionsMax
    if (isCrowded) response.setHeader('connection', 'close')
    const willAnswer = this.#turns.take(() => {
      if (request.destroyed) return
      void answerRequest(request, response, handlers, this.#limits)
    })
    if (!willAnswer) refuse(request.socket, new RealmError('CONNECTIONS_FULL'))
  }

  /**
   * Counts connections per address from their first byte on, so that half-open requests count too.
   */
  #connected(socket: Socket): void {
    socket.on('error', () => {})
    this.#tcpConnections += 1
    socket.once('close', () => {
      this.#tcpConnections -= 1
    })
    if (this.#limits.trustForwardedFor) return
    const address = plainAddress(socket.remoteAddress ?? '')
    const connectionsMax = this.#limits.connectionsPerAddressMax + httpConnectionsMax
    if (this.#tcpCounts.of(address) >= connectionsMax) {
      socket.destroy()
      return
    }
    this.#tcpCounts.add(address)
    socket.once('close', () => this.#tcpCounts.remove(address))
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const address = clientAddress(request, this.#limits.trustForwardedFor)
    const refusal = this.#refusal(request, address)
    if (refusal) {
      refuse(socket, new RealmError(refusal))
      return
    }
    const answer = acceptance(request)
    if (answer === undefined) {
      refuse(socket, new RealmError('HTTP_MALFORMED'))
      return
    }
    const origin = { address, origin: request.headers.origin, host: request.headers.host }
    if (this.#bunSockets !== undefined) {
      this.#bunSockets.handleUpgrade(request, socket, head, (ws) => {
        this.#open(new BunConnection(ws, origin, this.#limits), head)
      })
      return
    }
    freeOfHttp(socket)
    socket.write(answer)
    this.#open(new SocketConnection(socket, origin, this.#limits), head)
  }

  #refusal(request: IncomingMessage, address: string): ErrorCode | undefined {
    if (!isSocketPath(request)) return 'HTTP_NOT_FOUND'
    if (!this.#server.listening) return 'CONNECTIONS_FULL'
    if (this.#connections >= this.#limits.connectionsMax) return 'CONNECTIONS_FULL'
    const { connectionsPerAddressMax } = this.#limits
    if (this.#socketCounts.of(address) >= connectionsPerAddressMax) return 'CONNECTIONS_PER_ADDRESS'
    return undefined
  }

  #open(connection: ListenerConnection, head: Buffer): void {
    const { log } = this.#limits
    const address = connection.remoteAddress
    const slot = this.#slots[this.#nextSlot % pingSlots] as Set<ListenerConnection>
    this.#nextSlot += 1
    this.#connections += 1
    this.#socketCounts.add(address)
    slot.add(connection)
    const gone = (): void => {
      this.#connections -= 1
      this.#socketCounts.remove(address)
      slot.delete(connection)
      if (this.#connections === 0) this.#emptied?.()
    }
    let handlers: ConnectionHandlers | undefined
    try {
      handlers = this.#handlers?.open(connection)
    } catch (error) {
      log.error({ error, address }, 'Accepting a connection failed.')
      connection.close(1011, 'internal error')
    }
    connection.start(handlers, gone, head)
  }
}

/** `BunConnection` answers pings itself, within limits. */
function bunSockets(limits: ListenerLimits): WebSocketServer {
  return new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    clientTracking: false,
    autoPong: false,
    maxPayload: limits.frameBytesMax,
  })
}

function httpServer(limits: ListenerLimits): Server {
  const { handshakeTimeoutMs, requestTimeoutMs, keepAliveTimeoutMs } = limits
  const server = createServer({
    maxHeaderSize: headerBytesMax,
    headersTimeout: handshakeTimeoutMs,
    requestTimeout: Math.max(requestTimeoutMs, handshakeTimeoutMs),
    keepAliveTimeout: keepAliveTimeoutMs,
    connectionsCheckingInterval: Math.min(5_000, Math.ceil(handshakeTimeoutMs / 2)),
    noDelay: true,
    // An offer of another protocol (`Upgrade: h2c`) is declined by answering the request as it is.
    shouldUpgradeCallback: ({ headers }) => headers.upgrade?.toLowerCase() === 'websocket',
  })
  server.timeout = idleTimeoutMs
  server.maxConnections = limits.connectionsMax + httpConnectionsMax
  return server
}

function isSocketPath({ url = '' }: IncomingMessage): boolean {
  return url === socketPath || url.startsWith(`${socketPath}?`)
}
