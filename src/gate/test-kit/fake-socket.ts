import type {
  Connection,
  ConnectionHandlers,
  Listener,
  ListenerHandlers,
} from '../../ports/index.ts'
import {
  clientMessages,
  type MessageOf,
  protocolVersion,
  serverMessages,
} from '../../protocol/index.ts'

export type ServerMessage = MessageOf<typeof serverMessages.table>
type Type = ServerMessage['type']
export type BodyOf<T extends Type> = Extract<ServerMessage, { type: T }>['body']
type ClientMessage = MessageOf<typeof clientMessages.table>
type ClientBody<T extends ClientMessage['type']> = Extract<ClientMessage, { type: T }>['body']

type Login = ClientBody<'hello'>['login']
type Loosely<T> = T extends { attempt: number } ? Omit<T, 'attempt'> & { attempt?: number } : T

/** Of all clients of a test. */
let attempts = 0

/** Both ends of a socket: the gate's `Connection`, and what a client sees of it. */
export class FakeSocket implements Connection {
  readonly remoteAddress: string
  readonly origin: string | undefined
  readonly host: string | undefined
  bufferedBytes = 0
  /** What the gate has written, in order. */
  readonly written: Uint8Array[] = []
  closed: { code: number; reason: string } | undefined
  terminated = false
  #handlers: ConnectionHandlers | undefined

  constructor(from: { address?: string; origin?: string; host?: string } = {}) {
    this.remoteAddress = from.address ?? '10.0.0.1'
    this.origin = from.origin
    this.host = from.host
  }

  open(handlers: ListenerHandlers): void {
    this.#handlers = handlers.open(this)
  }

  send(bytes: Uint8Array): void {
    if (this.closed === undefined && !this.terminated) this.written.push(bytes)
  }

  sendWithin(buffer: Uint8Array, start: number, end: number): boolean {
    this.send(Uint8Array.prototype.slice.call(buffer, start, end))
    return true
  }

  close(code: number, reason: string): void {
    if (this.closed !== undefined) return
    this.closed = { code, reason }
    this.#gone(code)
  }

  terminate(): void {
    this.terminated = true
    this.#gone(1006)
  }

  /** The network fails. */
  drop(): void {
    this.terminated = true
    this.#gone(1006)
  }

  #gone(code: number): void {
    const handlers = this.#handlers
    this.#handlers = undefined
    queueMicrotask(() => handlers?.closed(code))
  }

  raw(bytes: Uint8Array): void {
    // As in life, the bytes are the listener's, others lie around them, and they change afterwards.
    const lent = Buffer.alloc(bytes.length + 8, 0xee)
    lent.set(bytes, 4)
    this.#handlers?.message(lent, 4, 4 + bytes.length)
    lent.fill(0xee)
  }

  text(): void {
    this.#handlers?.text()
  }

  say<T extends ClientMessage['type']>(type: T, body: ClientBody<T>): void {
    this.raw(clientMessages.encode(type, body as never))
  }

  /** Every resume is a newer attempt than all before, where nothing else is said. */
  hello(login: Loosely<Login>, manifestHash = ''): void {
    attempts += 1
    const whole = login.type === 'ticket' ? login : { attempt: attempts, ...login }
    this.say('hello', { protocol: protocolVersion, manifestHash, login: whole })
  }

  /** Every message the client has got so far. */
  get messages(): ServerMessage[] {
    return this.written.flatMap(decodeAll)
  }

  of<T extends Type>(type: T): BodyOf<T>[] {
    return this.messages.flatMap((message) =>
      message.type === type ? [message.body as BodyOf<T>] : [],
    )
  }

  get types(): Type[] {
    return this.messages.map(({ type }) => type)
  }

  welcomed(): BodyOf<'welcome'> {
    const [welcome] = this.of('welcome')
    if (welcome === undefined) throw new Error(`Not welcomed: ${JSON.stringify(this.of('bye'))}`)
    return welcome
  }
}

export function decodeAll(bytes: Uint8Array): ServerMessage[] {
  const messages: ServerMessage[] = []
  serverMessages.decode(bytes, (message) => messages.push(message))
  return messages
}

/** A listener whose door tests walk through. */
export class FakeListener implements Listener {
  handlers: ListenerHandlers | undefined

  async listen(handlers: ListenerHandlers): Promise<{ host: string; port: number }> {
    this.handlers = handlers
    return { host: '127.0.0.1', port: 7777 }
  }

  async close(): Promise<void> {
    this.handlers = undefined
  }
}
