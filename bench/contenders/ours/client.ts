import { connect, type SocketConstructor } from '../../../src/client/index.ts'
import {
  clientMessages,
  protocolVersion,
  readWorldFrameHead,
  serverMessages,
} from '../../../src/protocol/index.ts'
import { Reader, Writer } from '../../../src/schema/index.ts'
import {
  COMMAND_BYTES,
  type ContenderClient,
  type LoadSeat,
  type SampledClient,
  type ServerAddress,
  type VisibleSet,
} from '../../lib/contender.ts'
import { QUANTA_PER_METRE } from '../../scene.ts'
import { directionOf, type SceneGame } from './game.ts'

const CHANNEL = 1
const JOIN_ID = 1
const WORLD_BLOCK = 0
const TURN_COMMAND = 0
/** Bytes of the `turn` command's input. */
const INPUT_BYTES = 12
/** Sequence numbers take two bytes from here on to 16,383, which keeps commands at one size. */
const SEQUENCE_FIRST = 128
/** As the client library does it while frames come. */
const PING_MS = 6_000
/** Numbered messages that a client gets on its way into the world: the answer to `join`. */
const NUMBERED_MESSAGES = 1
/** A `pong` is shorter, a frame with an avatar in it longer. */
const FRAME_BYTES_MIN = 24

interface Login {
  readonly ticket: string
  readonly manifestHash: string
}

async function login({ host, port }: ServerAddress, avatar: number): Promise<Login> {
  const response = await fetch(`http://${host}:${port}/realm/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ credentials: { avatar } }),
  })
  if (!response.ok) throw new Error(`no ticket: ${response.status} ${await response.text()}`)
  return (await response.json()) as Login
}

function helloMessage({ ticket, manifestHash }: Login): Uint8Array {
  return clientMessages.encode('hello', {
    protocol: protocolVersion,
    manifestHash,
    login: { type: 'ticket', ticket },
  })
}

function joinMessage(): Uint8Array {
  return clientMessages.encode('join', {
    id: JOIN_ID,
    block: WORLD_BLOCK,
    mode: 0,
    key: '',
    channel: CHANNEL,
    options: new Uint8Array(),
  })
}

/** What a client sends in answer on its way into the world, and whether it is in. */
function received(bytes: Uint8Array): { send: Uint8Array[]; joined: boolean } {
  const answer = { send: [] as Uint8Array[], joined: false }
  serverMessages.decode(bytes, ({ type, body }) => {
    if (type === 'welcome') answer.send.push(joinMessage())
    if (type === 'reply') answer.joined = true
    if (type === 'fail' || type === 'bye') throw new Error(`${body.error} ${body.detail}`)
  })
  return answer
}

function commandMessage(sequence: number, turn: number): Uint8Array {
  const writer = new Writer(INPUT_BYTES)
  writer.i16(turn)
  const input = new Uint8Array(INPUT_BYTES)
  input.set(writer.view())
  const message = clientMessages.encode('commandUnreliable', {
    channel: CHANNEL,
    command: TURN_COMMAND,
    sequence: SEQUENCE_FIRST + sequence,
    seen: 0,
    input,
  })
  if (message.length !== COMMAND_BYTES) throw new Error(`a command has ${message.length} bytes`)
  return message
}

function pingMessage(): Uint8Array {
  return clientMessages.encode('ping', { time: performance.now(), received: NUMBERED_MESSAGES })
}

async function seat(address: ServerAddress, avatar: number): Promise<LoadSeat> {
  const hello = helloMessage(await login(address, avatar))
  return {
    path: '/realm',
    opened: () => [hello],
    received,
    command: commandMessage,
    frameBytesMin: FRAME_BYTES_MIN,
    periodic: { everyMs: PING_MS, message: pingMessage },
  }
}

/** The tick of the world frame in a message, if there is one. */
function tickOf(bytes: Uint8Array): number | undefined {
  let tick: number | undefined
  serverMessages.decode(bytes, ({ type, body }) => {
    if (type === 'world') tick = readWorldFrameHead(new Reader(body)).tick
  })
  return tick
}

/** A socket that also tells of the world frames it brings, once the client library has them. */
function watchedSocket(frame: (tick: number) => void): SocketConstructor {
  return class extends WebSocket {
    override set onmessage(take: ((event: MessageEvent) => void) | null) {
      super.onmessage = (event: MessageEvent) => {
        take?.(event)
        const tick = tickOf(new Uint8Array(event.data as ArrayBuffer))
        if (tick !== undefined) frame(tick)
      }
    }
  } as unknown as SocketConstructor
}

async function sample({ host, port }: ServerAddress, avatar: number): Promise<SampledClient> {
  let framed = (_tick: number): void => {}
  const realm = await connect<SceneGame>(`http://${host}:${port}`, {
    credentials: { avatar },
    WebSocket: watchedSocket((tick) => framed(tick)),
  })
  const world = await realm.worlds.plaza.join()
  const view = (tick: number): VisibleSet => {
    const entities = [...world.entities.values()]
    return {
      tick,
      avatars: entities.map(({ fields }) => fields.number),
      x: entities.map(({ x }) => x * QUANTA_PER_METRE),
      y: entities.map(({ y }) => y * QUANTA_PER_METRE),
      facing: entities.map(({ fields }) => directionOf(fields.facing)),
    }
  }
  return {
    command: (_sequence, turn) => world.send.turn({ turn, time: 0, aim: 0 }),
    observe: (wanted, seen) => {
      framed = (tick) => {
        if (wanted()) seen(view(tick))
      }
    },
  }
}

export const contender: ContenderClient = { toleranceQuanta: 0, seat, sample }
