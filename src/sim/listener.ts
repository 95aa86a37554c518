import { RealmError, toRealmError } from '../errors/index.ts'
import { errorResponse } from '../net/index.ts'
import type {
  HttpRequest,
  HttpResponse,
  Listener,
  ListenerAddress,
  ListenerHandlers,
} from '../ports/index.ts'
import type { Owner, SimCore } from './core.ts'
import type { SeededRandom } from './random.ts'
import { type ServerEnd, type SimClientSocket, SimLink } from './socket.ts'

export interface SimListenerOptions {
  /** A name of its own for each machine, or anything. Default `sim`. */
  readonly host?: string
  /** 0 takes a free one. Default 0. */
  readonly port?: number
  /** Default 64 KiB. */
  readonly frameBytesMax?: number
  /** Default 1 MiB. */
  readonly bodyBytesMax?: number
}

export interface SimClientOptions {
  /** The address that the server sees. Default `client`. */
  readonly address?: string
  readonly origin?: string
}

export interface SimRequest {
  readonly method: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array
}

const firstFreePort = 20_000
const socketPath = '/realm'

/** All doors of a simulated network, and the wires to them. */
export class SimNetwork {
  readonly #core: SimCore
  readonly #random: SeededRandom
  readonly #listeners = new Map<string, SimListener>()
  readonly #links = new Set<SimLink>()
  #nextPort = firstFreePort

  constructor(core: SimCore) {
    this.#core = core
    this.#random = core.random.fork('network')
  }

  listener(owner: Owner, options: SimListenerOptions = {}): Listener {
    return new SimListener(this.#core, this, owner, options)
  }

  /** @throws RealmError `PORT_IN_USE`. */
  bind(listener: SimListener, host: string, port: number): ListenerAddress {
    const bound = port === 0 ? this.#nextPort : port
    if (port === 0) this.#nextPort += 1
    const key = `${host}:${bound}`
    if (this.#listeners.has(key)) throw new RealmError('PORT_IN_USE', `Address: ${key}.`)
    this.#listeners.set(key, listener)
    return { host, port: bound }
  }

  unbind(listener: SimListener): void {
    for (const [key, bound] of this.#listeners) {
      if (bound === listener) this.#listeners.delete(key)
    }
  }

  /** Breaks every connection of an owner that died, and frees its ports. */
  bury(owner: Owner): void {
    for (const listener of [...this.#listeners.values()]) {
      if (listener.owner === owner) listener.die()
    }
    for (const link of this.#links) {
      if (link.client.owner !== owner && link.server.owner !== owner) continue
      this.#links.delete(link)
      link.break(link.client.owner === owner ? 'client' : 'server')
    }
  }

  /** Opens a socket to `ws://host:port/realm`. */
  connect(client: Owner, url: string, options: SimClientOptions): SimClientSocket {
    const { host, pathname } = new URL(url)
    const listener = pathname === socketPath ? this.#at(url) : undefined
    const address = options.address ?? 'client'
    const server = listener?.owner ?? client
    const from = { address, origin: options.origin, host }
    const link = new SimLink(
      this.#core,
      this.#random,
      { client, server },
      from,
      listener?.frameBytesMax ?? 0,
    )
    if (!listener) {
      this.#core.at(client, this.#core.nowMs, () => link.client.refused())
      return link.client
    }
    this.#links.add(link)
    link.carry('server', () => {
      if (!listener.open) {
        this.#links.delete(link)
        link.carry('client', () => link.client.refused())
        return
      }
      link.carry('client', () => link.client.opened())
      listener.accept(link.server, () => this.#links.delete(link))
    })
    return link.client
  }

  /** Sends a plain request to `http://host:port/…`. Rejects where nobody listens. */
  request(client: Owner, url: string, request: SimRequest): Promise<HttpResponse> {
    const { pathname, search } = new URL(url)
    const listener = this.#at(url)
    if (!listener) return Promise.reject(new Error(`Nobody listens at ${url}.`))
    const core = this.#core
    const { socketLatencyMs } = core.faults
    const plain: HttpRequest = {
      method: request.method,
      url: pathname + search,
      headers: request.headers ?? {},
      remoteAddress: client.name,
      body: request.body?.slice() ?? new Uint8Array(0),
    }
    return new Promise((resolve) => {
      core.at(listener.owner, core.nowMs + socketLatencyMs, () => {
        void listener.answer(plain).then((response) => {
          core.at(client, core.nowMs + socketLatencyMs, () => resolve(response))
        })
      })
    })
  }

  #at(url: string): SimListener | undefined {
    const { hostname, port, protocol } = new URL(url)
    const usual = protocol === 'wss:' || protocol === 'https:' ? '443' : '80'
    return this.#listeners.get(`${hostname}:${port || usual}`)
  }
}

class SimListener implements Listener {
  readonly owner: Owner
  readonly frameBytesMax: number
  readonly #bodyBytesMax: number
  readonly #core: SimCore
  readonly #network: SimNetwork
  readonly #options: SimListenerOptions
  readonly #connections = new Set<ServerEnd>()
  #handlers: ListenerHandlers | undefined
  #emptied: (() => void) | undefined

  constructor(core: SimCore, network: SimNetwork, owner: Owner, options: SimListenerOptions) {
    this.#core = core
    this.#network = network
    this.owner = owner
    this.#options = options
    this.frameBytesMax = options.frameBytesMax ?? 64 * 1024
    this.#bodyBytesMax = options.bodyBytesMax ?? 1024 * 1024
  }

  get open(): boolean {
    return this.#handlers !== undefined
  }

  async listen(handlers: ListenerHandlers): Promise<ListenerAddress> {
    const { host = 'sim', port = 0 } = this.#options
    const address = this.#network.bind(this, host, port)
    this.#handlers = handlers
    return address
  }

  async close(): Promise<void> {
    this.#handlers = undefined
    this.#network.unbind(this)
    for (const connection of this.#connections) connection.close(1001, 'the server closes')
    if (this.#connections.size === 0) return
    await new Promise<void>((resolve) => {
      this.#emptied = resolve
    })
  }

  /** The process of this listener was killed. */
  die(): void {
    this.#handlers = undefined
    this.#network.unbind(this)
    for (const connection of this.#connections) connection.terminate()
  }

  accept(connection: ServerEnd, gone: () => void): void {
    this.#connections.add(connection)
    connection.onGone = () => {
      gone()
      this.#connections.delete(connection)
      if (this.#connections.size === 0) this.#emptied?.()
    }
    this.#core.note('socket-open', connection.remoteAddress, this.owner.name)
    try {
      connection.handlers = this.#handlers?.open(connection)
    } catch (error) {
      this.#core.errors.push(error)
      connection.close(1011, 'internal error')
    }
  }

  async answer(request: HttpRequest): Promise<HttpResponse> {
    this.#core.note('request', request.url, this.owner.name, request.body)
    try {
      if (!this.#handlers) throw new RealmError('HTTP_NOT_FOUND')
      if (request.url.split('?')[0] === socketPath) throw new RealmError('SOCKET_EXPECTED')
      if (request.body.length > this.#bodyBytesMax) throw new RealmError('HTTP_BODY_TOO_LARGE')
      return await this.#handlers.request(request)
    } catch (thrown) {
      const error = toRealmError(thrown)
      if (error.code === 'INTERNAL') this.#core.errors.push(thrown)
      return errorResponse(error)
    }
  }
}
