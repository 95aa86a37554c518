import type { Connection, ConnectionHandlers, ListenerHandlers } from '../../src/ports/index.ts'
import {
  clientMessages,
  protocolVersion,
  readWorldFrameHead,
  serverMessages,
  TileStream,
  type TileStreamDescriptor,
  tileControl,
  tilePart,
} from '../../src/protocol/index.ts'
import { Reader } from '../../src/schema/index.ts'

const CHANNEL = 1
const JOIN_ID = 1
/** What all clients of this process got. */
export const received = { frames: 0, bytes: 0 }

/** What a client that decodes was told. Bytes include the heads of what they are counted for. */
export interface Told {
  added: number
  changed: number
  frameBytes: number
  deltaBytes: number
  /** Checksums that were other than those of what it has. */
  suspected: number
}

/** One end of a connection without a socket: what the gate writes is counted and forgotten. */
export class StubClient implements Connection {
  readonly remoteAddress = '127.0.0.1'
  readonly origin = undefined
  readonly host = undefined
  /** Set to infinity it reads nothing, and the gate makes no frames for it. */
  bufferedBytes = 0
  /** Decodes what it is sent, after the tick; undefined for nearly all. */
  readonly stream: TileStream | undefined
  readonly told: Told = { added: 0, changed: 0, frameBytes: 0, deltaBytes: 0, suspected: 0 }
  me = 0
  joined = false
  #welcomed = false
  #closed: string | undefined
  #handlers: ConnectionHandlers | undefined
  #kept: Uint8Array[] = []

  /** @param descriptor of the world, for a client that decodes */
  constructor(descriptor?: TileStreamDescriptor) {
    const { told } = this
    const sink = {
      added: () => void told.added++,
      changed: () => void told.changed++,
      removed: () => {},
      suspect: () => void told.suspected++,
    }
    this.stream = descriptor && new TileStream(descriptor, sink)
  }

  async join(handlers: ListenerHandlers): Promise<void> {
    const response = await handlers.request({
      method: 'POST',
      url: '/realm/login',
      headers: { 'content-type': 'application/json' },
      remoteAddress: this.remoteAddress,
      body: new TextEncoder().encode(JSON.stringify({ credentials: {} })),
    })
    const { body } = response
    const text = typeof body === 'string' ? body : new TextDecoder().decode(body)
    if (response.status !== 200) throw new Error(`no ticket: ${response.status} ${text}`)
    const { ticket, manifestHash } = JSON.parse(text) as Record<'ticket' | 'manifestHash', string>
    this.#handlers = handlers.open(this)
    const login = { type: 'ticket', ticket } as const
    this.say(clientMessages.encode('hello', { protocol: protocolVersion, manifestHash, login }))
    await this.#until(() => this.#welcomed)
    const options = new Uint8Array()
    const join = { id: JOIN_ID, block: 0, mode: 0, key: '', channel: CHANNEL, options }
    this.say(clientMessages.encode('join', join))
    await this.#until(() => this.joined)
  }

  async #until(done: () => boolean): Promise<void> {
    while (!done()) {
      if (this.#closed !== undefined) throw new Error(`a client was sent off: ${this.#closed}`)
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  /** Sends a message to the server. */
  say(bytes: Uint8Array): void {
    this.#handlers?.message(bytes, 0, bytes.length)
  }

  send(bytes: Uint8Array): void {
    if (!this.joined) {
      serverMessages.decode(bytes, ({ type }) => {
        this.#welcomed ||= type === 'welcome'
        this.joined ||= type === 'reply'
      })
    }
    received.bytes += bytes.length
    if (this.stream !== undefined) this.#kept.push(bytes.slice())
  }

  sendWithin(buffer: Uint8Array, start: number, end: number): boolean {
    received.frames += 1
    received.bytes += end - start
    if (this.stream !== undefined)
      this.#kept.push(Uint8Array.prototype.slice.call(buffer, start, end))
    return true
  }

  /** Decodes what came since the last call. */
  decode(): void {
    for (const bytes of this.#kept) {
      serverMessages.decode(bytes, ({ type, body }) => {
        if (type !== 'world') return
        const reader = new Reader(body)
        const head = readWorldFrameHead(reader)
        this.me = head.me
        this.told.frameBytes += bytes.length
        this.told.deltaBytes += deltaBytes(body.subarray(body.length - reader.remaining))
        this.stream?.apply(reader, head.tick)
      })
    }
    this.#kept = []
  }

  close(_code: number, reason: string): void {
    this.#closed = reason
  }

  terminate(): void {
    this.#closed = 'cut off'
  }
}

/** Bytes of all deltas among the parts of a frame. */
function deltaBytes(parts: Uint8Array): number {
  const reader = new Reader(parts)
  let bytes = 0
  while (reader.remaining > 0) {
    const before = reader.remaining
    const kind = reader.varint() % 4
    if (kind === tilePart.control) skipControl(reader)
    else {
      let bodies = kind === tilePart.run ? reader.varint() : 1
      for (; bodies > 0; bodies -= 1) reader.raw(reader.varint())
    }
    if (kind === tilePart.delta || kind === tilePart.run) bytes += before - reader.remaining
  }
  return bytes
}

function skipControl(reader: Reader): void {
  const sub = reader.u8()
  if (sub === tileControl.checksum) reader.u32()
  else if (sub === tileControl.proof) reader.raw(reader.varint())
}

/** A command as a client sends it. */
export function commandMessage(command: number, sequence: number, input: Uint8Array): Uint8Array {
  const body = { channel: CHANNEL, command, sequence, seen: 0, input }
  return clientMessages.encode('commandUnreliable', body)
}
