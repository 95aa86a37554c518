import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type ClientOptions, WebSocket } from 'ws'
import {
  clientMessages,
  type Manifest,
  type MessageOf,
  protocolVersion,
  serverMessages,
} from '../../src/protocol/index.ts'
import { until } from './until.ts'

type Sent = MessageOf<typeof clientMessages.table>
type Received = MessageOf<typeof serverMessages.table>
type BodyOf<M extends { type: string; body: unknown }, T extends string> = Extract<
  M,
  { type: T }
>['body']

/** A client that says whatever a test wants it to, byte by byte. */
export class Stranger {
  readonly socket: WebSocket
  readonly received: Received[] = []
  #closed: { code: number; reason: string } | undefined

  /** @param url address of the game with a slash at its end; `query` follows the socket's path */
  constructor(url: string, options: ClientOptions & { query?: string } = {}) {
    this.socket = new WebSocket(`${url.replace(/^http/, 'ws')}realm${options.query ?? ''}`, options)
    this.socket.on('message', (data: Buffer) => {
      serverMessages.decode(new Uint8Array(data), (message) => this.received.push(message))
    })
    this.socket.on('close', (code, reason) => {
      this.#closed = { code, reason: reason.toString() }
    })
    // What becomes of the socket is told by its close code.
    this.socket.on('error', () => {})
  }

  async opened(): Promise<this> {
    if (this.socket.readyState === WebSocket.CONNECTING) await once(this.socket, 'open')
    return this
  }

  say<T extends Sent['type']>(type: T, body: BodyOf<Sent, T>): void {
    this.socket.send(clientMessages.encode(type, body as never))
  }

  hello(ticket: string): void {
    const login = { type: 'ticket', ticket } as const
    this.say('hello', { protocol: protocolVersion, manifestHash: '', login })
  }

  of<T extends Received['type']>(type: T): BodyOf<Received, T>[] {
    const bodies = this.received.filter((message) => message.type === type)
    return bodies.map(({ body }) => body as BodyOf<Received, T>)
  }

  /** The next `fail` after those already seen: `ROOM_FULL` and the like. */
  async refused(count = 1): Promise<string> {
    const fail = await until('a refusal', () => this.of('fail')[count - 1])
    return fail.error
  }

  /** How it ended: the error of the server's `bye` and the close code. */
  async ended(timeoutMs = 8_000): Promise<string> {
    const { code } = await until('the end of the socket', () => this.#closed, timeoutMs)
    return `${this.of('bye')[0]?.error} ${code}`
  }

  /** Id of the player it logged in as. */
  get player(): string {
    return this.of('welcome')[0]?.player ?? ''
  }

  get open(): boolean {
    return this.socket.readyState === WebSocket.OPEN
  }
}

export interface LoginAnswer {
  readonly ticket: string
  readonly token: string
  readonly player: { readonly id: string }
}

export async function login(url: string, guest: string): Promise<LoginAnswer> {
  const body = JSON.stringify({ guest })
  const response = await fetch(`${url}realm/login`, { method: 'POST', body })
  assert.equal(response.status, 200)
  return (await response.json()) as LoginAnswer
}

/** A stranger who has logged in properly, and misbehaves from here on. */
export async function insider(url: string, guest = 'Mallory'): Promise<Stranger> {
  const { ticket } = await login(url, guest)
  const stranger = await new Stranger(url).opened()
  stranger.hello(ticket)
  await until('welcome', () => stranger.of('welcome')[0])
  return stranger
}

/** Numbers of the blocks of a running game by name. */
export async function blockNumbers(url: string): Promise<(name: string) => number> {
  const manifest = (await (await fetch(`${url}realm/manifest`)).json()) as Manifest
  return (name) => {
    const number = manifest.blocks.findIndex((block) => block.name === name)
    assert.ok(number >= 0, `no block ${name}`)
    return number
  }
}
