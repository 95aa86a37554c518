import type { Connection, ConnectionHandlers } from '../ports/index.ts'
import type { Owner, SimCore } from './core.ts'
import type { SeededRandom } from './random.ts'

/**
 * The client's end of a virtual connection: the part of the browser's `WebSocket` that Realmkit
 * uses.
 */
export interface SimClientSocket {
  binaryType: 'arraybuffer' | 'blob'
  onopen: ((event: object) => void) | null
  onmessage: ((event: { data: unknown }) => void) | null
  onclose: ((event: { code: number; reason: string }) => void) | null
  onerror: ((event: object) => void) | null
  /** 0 connecting, 1 open, 2 closing, 3 closed. */
  readonly readyState: number
  readonly bufferedAmount: number
  send(data: Uint8Array | ArrayBuffer | string): void
  close(code?: number, reason?: string): void
  /**
   * The network breaks: both ends see 1006, the server one latency later. What was under way is
   * lost.
   */
  drop(): void
  /** Stops or goes on taking what the server sends, as a client that reads too slowly. */
  stall(stalled: boolean): void
  /** Sees the first message that the server sends. */
  peek: ((bytes: Uint8Array) => void) | undefined
}

/** What the server learns of a client. */
export interface SimSocketOrigin {
  readonly address: string
  readonly origin: string | undefined
  readonly host: string
}

/** What the virtual kernel takes before bytes count as buffered. */
const kernelBytesMax = 128 * 1024
/** How long a server waits for the answer to its close. */
const closeTimeoutMs = 3_000

/** One virtual connection: two lines on which messages keep their order. */
export class SimLink {
  readonly client: ClientEnd
  readonly server: ServerEnd
  readonly #core: SimCore
  readonly #random: SeededRandom
  readonly #lastArrivalMs = { client: 0, server: 0 }
  /** Messages under way are of an earlier cut and never arrive. */
  #broken = false

  constructor(
    core: SimCore,
    random: SeededRandom,
    owners: { client: Owner; server: Owner },
    from: { address: string; origin: string | undefined; host: string },
    frameBytesMax: number,
  ) {
    this.#core = core
    this.#random = random
    this.client = new ClientEnd(this, core, owners.client)
    this.server = new ServerEnd(this, core, owners.server, from, frameBytesMax)
  }

  /** Brings something to one end, in order and later. */
  carry(to: 'client' | 'server', run: () => void): void {
    if (this.#broken) return
    const { socketLatencyMs, socketJitterMs } = this.#core.faults
    const soonestMs = this.#core.nowMs + socketLatencyMs + this.#random.float() * socketJitterMs
    const arrivalMs = Math.max(soonestMs, this.#lastArrivalMs[to])
    this.#lastArrivalMs[to] = arrivalMs
    this.#core.at(this[to].owner, arrivalMs, () => {
      if (!this.#broken) run()
    })
  }

  /** Ends both ends without a handshake: the one that saw it now, the other one latency later. */
  break(seenBy: 'client' | 'server' | 'none'): void {
    if (this.#broken) return
    this.#broken = true
    const { socketLatencyMs } = this.#core.faults
    for (const end of ['client', 'server'] as const) {
      const delayMs = end === seenBy ? 0 : socketLatencyMs
      this.#core.at(this[end].owner, this.#core.nowMs + delayMs, () => this[end].gone(1006, ''))
    }
  }
}

/** The server's end: what the listener hands to its handlers. */
export class ServerEnd implements Connection {
  readonly owner: Owner
  readonly remoteAddress: string
  readonly origin: string | undefined
  readonly host: string
  handlers: ConnectionHandlers | undefined
  /** Told once when the connection is gone. */
  onGone: () => void = () => {}
  readonly #link: SimLink
  readonly #core: SimCore
  readonly #frameBytesMax: number
  #state: 'open' | 'closing' | 'closed' = 'open'
  #unread = 0

  constructor(
    link: SimLink,
    core: SimCore,
    owner: Owner,
    from: { address: string; origin: string | undefined; host: string },
    frameBytesMax: number,
  ) {
    this.#link = link
    this.#core = core
    this.owner = owner
    this.remoteAddress = from.address
    this.origin = from.origin
    this.host = from.host
    this.#frameBytesMax = frameBytesMax
  }

  get bufferedBytes(): number {
    return Math.max(0, this.#unread - kernelBytesMax)
  }

  send(bytes: Uint8Array): void {
    if (this.#state !== 'open') return
    const { client } = this.#link
    const copy = new Uint8Array(bytes)
    this.#unread += copy.length
    this.#link.carry('client', () => {
      client.whenReading(() => {
        this.#unread -= copy.length
        client.arrived(copy)
      })
    })
  }

  sendWithin(buffer: Uint8Array, start: number, end: number): boolean {
    this.send(buffer.subarray(start, end))
    return true
  }

  close(code: number, reason: string): void {
    if (this.#state !== 'open') return
    this.#state = 'closing'
    const { client } = this.#link
    this.#link.carry('client', () => {
      client.whenReading(() => {
        client.gone(code, reason)
        this.#link.carry('server', () => this.gone(code))
      })
    })
    this.#core.at(this.owner, this.#core.nowMs + closeTimeoutMs, () => this.terminate())
  }

  terminate(): void {
    if (this.#state === 'closed') return
    this.#state = 'closing'
    this.#link.break('server')
  }

  /** A message of the client is here. */
  arrived(data: Uint8Array | string): void {
    if (this.#state !== 'open') return
    this.#core.note('socket-up', this.remoteAddress, this.owner.name, bytesOf(data))
    if (bytesOf(data).length > this.#frameBytesMax) {
      this.close(1009, '')
      return
    }
    this.#guarded(() => {
      if (typeof data === 'string') this.handlers?.text()
      else this.handlers?.message(data, 0, data.length)
    })
  }

  gone(code: number): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#core.note('socket-gone', this.remoteAddress, `${this.owner.name} ${code}`)
    this.onGone()
    this.#guarded(() => this.handlers?.closed(code))
  }

  #guarded(run: () => void): void {
    try {
      run()
    } catch (error) {
      this.#core.errors.push(error)
      this.close(1011, 'internal error')
    }
  }
}

/** The client's end. */
export class ClientEnd implements SimClientSocket {
  readonly owner: Owner
  binaryType: 'arraybuffer' | 'blob' = 'arraybuffer'
  onopen: ((event: object) => void) | null = null
  onmessage: ((event: { data: unknown }) => void) | null = null
  onclose: ((event: { code: number; reason: string }) => void) | null = null
  onerror: ((event: object) => void) | null = null
  readonly bufferedAmount = 0
  peek: ((bytes: Uint8Array) => void) | undefined
  readonly #link: SimLink
  readonly #core: SimCore
  #state = 0
  #stalled = false
  #unread: (() => void)[] = []

  constructor(link: SimLink, core: SimCore, owner: Owner) {
    this.#link = link
    this.#core = core
    this.owner = owner
  }

  get readyState(): number {
    return this.#state
  }

  send(data: Uint8Array | ArrayBuffer | string): void {
    if (this.#state === 0) throw new Error('The socket is still connecting.')
    if (this.#state !== 1) return
    const copy = typeof data === 'string' ? data : new Uint8Array(data).slice()
    this.#link.carry('server', () => this.#link.server.arrived(copy))
  }

  close(code = 1005, reason = ''): void {
    if (this.#state >= 2) return
    this.#state = 2
    this.#link.carry('server', () => {
      this.#link.server.gone(code)
      this.#link.carry('client', () => this.gone(code, reason))
    })
  }

  drop(): void {
    this.#link.break('client')
  }

  stall(stalled: boolean): void {
    this.#stalled = stalled
    if (stalled) return
    const unread = this.#unread
    this.#unread = []
    for (const take of unread) take()
  }

  opened(): void {
    if (this.#state !== 0) return
    this.#state = 1
    this.onopen?.({})
  }

  refused(): void {
    if (this.#state === 3) return
    this.onerror?.({})
    this.gone(1006, '')
  }

  whenReading(take: () => void): void {
    if (this.#stalled) this.#unread.push(take)
    else take()
  }

  arrived(bytes: Uint8Array<ArrayBuffer>): void {
    if (this.#state === 3) return
    this.#core.note('socket-down', '', this.#link.server.remoteAddress, bytes)
    this.peek?.(bytes)
    this.peek = undefined
    this.onmessage?.({ data: bytes.buffer })
  }

  gone(code: number, reason: string): void {
    if (this.#state === 3) return
    this.#state = 3
    this.#unread = []
    this.onclose?.({ code, reason })
  }
}

const encoder = new TextEncoder()

function bytesOf(data: Uint8Array | string): Uint8Array {
  return typeof data === 'string' ? encoder.encode(data) : data
}
