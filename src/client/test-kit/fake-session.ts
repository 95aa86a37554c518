import { serverMessages } from '../../protocol/index.ts'
import { Writer } from '../../schema/index.ts'
import type { ServerSocket } from './fake-network.ts'

type Body<T extends keyof typeof serverMessages.table> = Parameters<
  typeof serverMessages.encode<T>
>[1]

export interface FakeChannel {
  readonly block: number
  readonly key: string
}

/** A session of the fake server: the numbering rules of the protocol, and nothing else. */
export class FakeSession {
  readonly id: string
  readonly player: string
  /** Valid resume tokens: the newest, and the one before, for its `welcome` may have got lost. */
  tokens: readonly string[] = []
  socket: ServerSocket | undefined
  /** Numbered messages that came. */
  received = 0
  readonly channels = new Map<number, FakeChannel>()
  /**
   * Numbered messages that went out and were not acknowledged; `first` is the number of the first.
   */
  #ring: Uint8Array[] = []
  #first = 1
  #events = 0
  #corked: Writer | undefined

  constructor(id: string, player: string) {
    this.id = id
    this.player = player
  }

  /** Tells of an event, numbered as activations do. */
  event(body: Omit<Body<'event'>, 'epoch' | 'number'>): void {
    this.#events += 1
    this.send('event', { ...body, epoch: 1, number: this.#events })
  }

  send<T extends keyof typeof serverMessages.table>(type: T, body: Body<T>): void {
    const bytes = serverMessages.encode(type, body)
    if (serverMessages.isNumbered(type)) this.#ring.push(bytes)
    if (this.#corked === undefined) this.socket?.send(bytes)
    else this.#corked.raw(bytes)
  }

  /** Gathers what is sent from now on into one WebSocket message. */
  cork(): void {
    this.#corked = new Writer()
  }

  uncork(): void {
    const bytes = this.#corked?.finish()
    this.#corked = undefined
    if (bytes !== undefined) this.socket?.send(bytes)
  }

  /** How many numbered messages the client has acknowledged. */
  get acknowledged(): number {
    return this.#first - 1
  }

  /** Whether a client can have `count` numbered messages. */
  has(count: number): boolean {
    return count < this.#first + this.#ring.length
  }

  acknowledge(count: number): void {
    const done = count - this.#first + 1
    if (done < 0 || done > this.#ring.length) throw new Error(`acknowledged ${count}`)
    this.#ring.splice(0, done)
    this.#first += done
  }

  /** Forgets the oldest unacknowledged messages, as a full ring does. @returns how many */
  overflow(): number {
    const lost = this.#ring.length
    this.#first += lost
    this.#ring = []
    return lost
  }

  /** Sends what came after `count` again. @returns how many of those are lost for good */
  replay(count: number): { missed: number; send: () => void } {
    const missed = Math.max(0, this.#first - 1 - count)
    if (missed === 0) this.acknowledge(count)
    const messages = [...this.#ring]
    const send = () => {
      for (const bytes of messages) this.socket?.send(bytes)
    }
    return { missed, send }
  }

  /** The channel number under which a block is joined. @throws Error where it is not */
  channelOf(block: number): number {
    for (const [number, channel] of this.channels) if (channel.block === block) return number
    throw new Error(`block ${block} is not joined`)
  }
}
