import { decodeAll, type FakeSocket } from '../../../gate/test-kit/fake-socket.ts'
import {
  readWorldFrameHead,
  serverMessages,
  TileStream,
  type TileStreamDescriptor,
  tileControl,
  tilePart,
} from '../../../protocol/index.ts'
import { Reader } from '../../../schema/index.ts'

/** What a frame told, for the judge. */
export interface FrameTold {
  tick: number
  /** Streams of which it told anything but that they are gone. */
  readonly streams: Set<number>
  readonly keyframes: Set<number>
  readonly told: Set<number>
  readonly added: number[]
  readonly removed: { readonly id: number; readonly reason: string }[]
}

/** A player's client: its sockets one after the other, and what it has seen. */
export class Client {
  readonly player: string
  readonly session: string
  readonly gate: number
  /** What the world knows it by. */
  stay = ''
  socket: FakeSocket
  token: string
  connected = true
  /** Whether the player is in the world, for all the client knows. */
  joined = false
  /** Whether it is to come in again, the world not knowing it any more. */
  forgotten = false
  channel = 0
  slow = false
  descriptor: TileStreamDescriptor
  stream: TileStream
  /** Streams it holds, and those whose content may be out of date. */
  readonly held = new Set<number>()
  readonly stale = new Set<number>()
  /** For so many batches it may lack what is near; what is for an audience; and be out of date. */
  grace = 0
  audienceGrace = 0
  /** When it was judged last. */
  beforeTick = -1
  suspected = 0
  numbered = 0
  /** For each frame that came since the last look. */
  frames: FrameTold[] = []
  #read = 0
  #frame: FrameTold | undefined
  /** Of the game's newest manifest. */
  readonly #newest: () => TileStreamDescriptor

  constructor(
    socket: FakeSocket,
    gate: number,
    player: string,
    newest: () => TileStreamDescriptor,
  ) {
    const { session, resumeToken } = socket.welcomed()
    this.socket = socket
    this.player = player
    this.gate = gate
    this.session = session
    this.token = resumeToken
    this.#newest = newest
    this.descriptor = newest()
    this.stream = this.#newStream()
  }

  /** Begins anew: nothing is seen. */
  clear(): void {
    this.stream = this.#newStream()
    this.held.clear()
    this.stale.clear()
    this.beforeTick = -1
  }

  /** What it has may be out of date for so many batches. */
  disturb(batches: number, audienceBatches = batches): void {
    this.wait(batches, audienceBatches)
    for (const stream of this.held) this.stale.add(stream)
  }

  /** It may lack what is near for so many batches. */
  wait(batches: number, audienceBatches = batches): void {
    this.grace = Math.max(this.grace, batches)
    this.audienceGrace = Math.max(this.audienceGrace, audienceBatches)
  }

  use(socket: FakeSocket): void {
    this.socket = socket
    this.#read = 0
    this.clear()
  }

  /** Takes in what was written to its socket. */
  receive(): void {
    const { written } = this.socket
    for (; this.#read < written.length; this.#read += 1) {
      for (const message of decodeAll(written[this.#read] as Uint8Array)) {
        if (serverMessages.isNumbered(message.type)) this.numbered += 1
        if (message.type === 'world') this.#world(message.body as unknown as Uint8Array)
        else if (message.type === 'left') {
          if (message.body.channel !== this.channel) continue
          this.joined = false
          this.forgotten = message.body.error === 'NODE_LOST'
        } else if (message.type === 'manifest') this.#manifest()
        else if (message.type === 'bye') throw new Error(`bye ${JSON.stringify(message.body)}`)
      }
    }
  }

  #manifest(): void {
    const newest = this.#newest()
    if (JSON.stringify(newest) === JSON.stringify(this.descriptor)) return
    this.descriptor = newest
    this.clear()
  }

  #newStream(): TileStream {
    return new TileStream(this.descriptor, {
      added: ({ id }) => {
        this.#frame?.told.add(id)
        this.#frame?.added.push(id)
      },
      changed: ({ id }) => void this.#frame?.told.add(id),
      removed: ({ id }, reason) => void this.#frame?.removed.push({ id, reason }),
      suspect: () => {
        this.suspected += 1
      },
    })
  }

  #world(body: Uint8Array): void {
    const reader = new Reader(body)
    const { tick, channel } = readWorldFrameHead(reader)
    // Of a channel that was left.
    if (channel !== this.channel || !this.joined) return
    const frame: FrameTold = {
      tick,
      streams: new Set(),
      keyframes: new Set(),
      told: new Set(),
      added: [],
      removed: [],
    }
    this.#note(new Reader(reader.raw(reader.remaining)), frame)
    const again = new Reader(body)
    readWorldFrameHead(again)
    this.#frame = frame
    this.stream.apply(again, tick)
    this.#frame = undefined
    this.frames.push(frame)
  }

  /** Reads which streams a frame is about. */
  #note(reader: Reader, frame: FrameTold): void {
    while (reader.remaining > 0) {
      const word = reader.varint()
      const stream = Math.floor(word / 4)
      const kind = word % 4
      if (kind === tilePart.control) {
        if (reader.u8() === tileControl.dropped) {
          this.held.delete(stream)
          this.stale.delete(stream)
        } else {
          reader.u32()
          frame.streams.add(stream)
        }
        continue
      }
      const count = kind === tilePart.run ? reader.varint() : 1
      for (let next = stream; next < stream + count; next += 1) {
        const { length } = reader.raw(reader.varint())
        if (kind === tilePart.run && length === 0) continue
        frame.streams.add(next)
        if (kind !== tilePart.keyframe) continue
        frame.keyframes.add(next)
        this.held.add(next)
        this.stale.delete(next)
      }
    }
  }
}
