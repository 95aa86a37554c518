import type { Address } from '../cluster/index.ts'
import { defineMessage, type MessageCodec } from '../cluster/index.ts'
import { RealmError } from '../errors/index.ts'
import type { Reader, Writer } from '../schema/index.ts'
import type {
  EventMark,
  HostMessage,
  Member,
  OpenedStream,
  Player,
  TileBatch,
  ViewChange,
} from './behaviour.ts'
import { callIdOf, callIdText } from './call-id.ts'
import { chainLinksMax } from './limits.ts'
import { bytesOf } from './passed.ts'
import {
  readStreamParts,
  readStreamSums,
  writeStreamParts,
  writeStreamSums,
} from './stream-parts.ts'

/** A message on its way to the owner of an address. */
export interface HostEnvelope {
  readonly address: Address
  readonly message: HostMessage
  /** Addresses whose handlers wait for the answer, outermost first; at most `chainLinksMax`. */
  readonly chain: readonly Address[]
  /**
   * How long whoever sent it goes on waiting, 0 … 2³²−1. Not a time: the clocks of two nodes have
   * nothing in common.
   */
  readonly timeoutMs: number
  /** Nodes it has passed, the sender included: 1 where it comes from whoever sent it. */
  readonly hops: number
  /** Where a copy of it may have come before: how long ago the first was sent, in ms, 0 … 2³²−2. */
  readonly agoMs: number | undefined
}

/** A tick of a world on its way to a gate. */
export interface GateTiles {
  readonly address: Address
  /** Of the world: a restored or moved world has another one, and its stream continues nothing. */
  readonly epoch: number
  readonly batch: TileBatch
}

/** Entries of any list in a message between nodes. */
const entriesMax = 1 << 20
const timeoutMsMax = 2 ** 32 - 1

export function writeAll<T>(writer: Writer, items: readonly T[], write: (item: T) => void): void {
  writer.varint(items.length)
  for (const item of items) write(item)
}

export function readAll<T>(reader: Reader, read: () => T, countMax = entriesMax): T[] {
  const count = reader.varint()
  if (count > countMax || count > reader.remaining) throw new RealmError('SCHEMA_TRUNCATED')
  return Array.from({ length: count }, read)
}

function writePlayer(writer: Writer, player: Player): void {
  writer.text(player.id)
  writer.text(player.name)
}

function readPlayer(reader: Reader): Player {
  return { id: reader.text(64), name: reader.text(64) }
}

/** Also used for the members kept in a blob. */
export function writeMember(writer: Writer, member: Member): void {
  writer.text(member.session)
  writer.text(member.gate)
  writePlayer(writer, member.player)
}

export function readMember(reader: Reader): Member {
  return { session: reader.text(64), gate: reader.text(64), player: readPlayer(reader) }
}

/** `wake` stays at its node. */
type Op = Exclude<HostMessage['op'], 'wake'>
type MessageOf<O extends Op> = Extract<HostMessage, { op: O }>

interface OpCodec<O extends Op> {
  write(writer: Writer, message: MessageOf<O>): void
  read(reader: Reader): MessageOf<O>
}

/** The order of these names is their number on the wire. */
const ops: readonly Op[] = [
  'call',
  'join',
  'leave',
  'command',
  'connection',
  'resync',
  'tiles',
  'commands',
  'desync',
]

export function writeMark(writer: Writer, { epoch, number }: EventMark): void {
  writer.varint(epoch)
  writer.varint(number)
}

export function readMark(reader: Reader): EventMark {
  return { epoch: reader.varint(), number: reader.varint() }
}

const opCodecs: { readonly [O in Op]: OpCodec<O> } = {
  call: {
    write(writer, { method, input, caller, callId }) {
      writer.u8(method)
      writer.text(callIdText(callId))
      writer.bool(caller !== undefined)
      if (caller !== undefined) writePlayer(writer, caller)
      writer.bytes(bytesOf(input))
    },
    read: (reader) => ({
      op: 'call',
      method: reader.u8(),
      callId: callIdOf(reader.text(256)),
      caller: reader.bool() ? readPlayer(reader) : undefined,
      input: reader.bytes(),
    }),
  },
  join: {
    write(writer, { member, options, seen }) {
      writeMember(writer, member)
      writer.bytes(options)
      writer.bool(seen !== undefined)
      if (seen === undefined) return
      writeMark(writer, seen)
      writer.varint(seen.sequence)
    },
    read: (reader) => ({
      op: 'join',
      member: readMember(reader),
      options: reader.bytes(),
      seen: reader.bool() ? { ...readMark(reader), sequence: reader.varint() } : undefined,
    }),
  },
  leave: {
    write: (writer, { session }) => writer.text(session),
    read: (reader) => ({ op: 'leave', session: reader.text(64) }),
  },
  command: {
    write(writer, { session, command, sequence, input }) {
      writer.text(session)
      writer.u8(command)
      writer.varint(sequence)
      writer.bytes(input)
    },
    read: (reader) => ({
      op: 'command',
      session: reader.text(64),
      command: reader.u8(),
      sequence: reader.varint(),
      input: reader.bytes(),
    }),
  },
  commands: {
    write(writer, { batch }) {
      const { gate, sessions, commands, sequences, seen, inputs, ends } = batch
      writer.text(gate)
      writer.varint(sessions.length)
      for (const [index, session] of sessions.entries()) {
        writer.text(session)
        writer.u8(commands[index] as number)
        writer.varint(sequences[index] as number)
        writer.varint(seen[index] as number)
        writer.varint(ends[index] as number)
      }
      writer.bytes(inputs)
    },
    read(reader) {
      const gate = reader.text(64)
      const entries = readAll(reader, () => ({
        session: reader.text(64),
        command: reader.u8(),
        sequence: reader.varint(),
        seen: reader.varint(),
        end: reader.varint(),
      }))
      const batch = {
        gate,
        sessions: entries.map(({ session }) => session),
        commands: entries.map(({ command }) => command),
        sequences: entries.map(({ sequence }) => sequence),
        seen: entries.map(({ seen }) => seen),
        ends: entries.map(({ end }) => end),
        inputs: reader.bytes(),
      }
      return { op: 'commands', batch }
    },
  },
  connection: {
    write(writer, { session, connected }) {
      writer.text(session)
      writer.bool(connected)
    },
    read: (reader) => ({
      op: 'connection',
      session: reader.text(64),
      connected: reader.bool(),
    }),
  },
  resync: {
    write(writer, { session, since }) {
      writer.text(session)
      writer.bool(since !== undefined)
      if (since === undefined) return
      writeMember(writer, since.member)
      writeMark(writer, since.seen)
    },
    read: (reader) => ({
      op: 'resync',
      session: reader.text(64),
      since: reader.bool() ? { member: readMember(reader), seen: readMark(reader) } : undefined,
    }),
  },
  desync: {
    write(writer, { session, report }) {
      writer.text(session)
      writer.text(report)
    },
    read: (reader) => ({ op: 'desync', session: reader.text(64), report: reader.text(512) }),
  },
  tiles: {
    write(writer, { gate, number, anew, subscribe, unsubscribe, keyframes, slow }) {
      writer.text(gate)
      writer.varint(number ?? 0)
      writer.bool(anew === true)
      for (const tiles of [subscribe, unsubscribe, keyframes]) {
        writeAll(writer, tiles, (tile) => writer.varint(tile))
      }
      writer.bool(slow === true)
    },
    read(reader) {
      const tiles = (): number[] => readAll(reader, () => reader.varint())
      return {
        op: 'tiles',
        gate: reader.text(64),
        number: reader.varint(),
        anew: reader.bool(),
        subscribe: tiles(),
        unsubscribe: tiles(),
        keyframes: tiles(),
        slow: reader.bool(),
      }
    },
  },
}

const envelope: MessageCodec<HostEnvelope> = {
  write(writer, { address, message, chain, timeoutMs, hops, agoMs }) {
    writer.text(address)
    writeAll(writer, chain, (link) => writer.text(link))
    // Rounded up: the caller's own watch is the one that counts.
    writer.varint(Math.min(timeoutMsMax, Math.max(0, Math.ceil(timeoutMs))))
    writer.u8(hops)
    writer.varint(agoMs === undefined ? 0 : Math.min(timeoutMsMax, Math.ceil(agoMs) + 1))
    if (message.op === 'wake') throw new RealmError('INTERNAL', 'A wake was sent to another node.')
    writer.u8(ops.indexOf(message.op))
    const codec = opCodecs[message.op] as OpCodec<Op>
    codec.write(writer, message)
  },
  read(reader) {
    const address = reader.text(256)
    const chain = readAll(reader, () => reader.text(256), chainLinksMax)
    const timeoutMs = Math.min(timeoutMsMax, reader.varint())
    const hops = reader.u8()
    const ago = reader.varint()
    const agoMs = ago === 0 ? undefined : ago - 1
    const op = ops[reader.u8()]
    if (op === undefined) throw new RealmError('SCHEMA_MALFORMED', 'No message has that number.')
    return { address, chain, timeoutMs, hops, agoMs, message: opCodecs[op].read(reader) }
  },
}

const answer: MessageCodec<Uint8Array | undefined> = {
  write(writer, bytes) {
    writer.bool(bytes !== undefined)
    if (bytes !== undefined) writer.bytes(bytes)
  },
  read: (reader) => (reader.bool() ? reader.bytes() : undefined),
}

function writeView(writer: Writer, view: ViewChange): void {
  writer.text(view.session)
  writer.f64(view.x)
  writer.f64(view.y)
  writer.f64(view.radius)
  writer.varint(view.me)
  writer.bool(view.audiences !== undefined)
  if (view.audiences !== undefined) writeAll(writer, view.audiences, (one) => writer.varint(one))
}

function readView(reader: Reader): ViewChange {
  const view = {
    session: reader.text(64),
    x: reader.f64(),
    y: reader.f64(),
    radius: reader.f64(),
    me: reader.varint(),
  }
  return reader.bool() ? { ...view, audiences: readAll(reader, () => reader.varint()) } : view
}

function readOpened(reader: Reader): OpenedStream {
  return {
    stream: reader.varint(),
    tile: reader.varint(),
    audience: reader.varint(),
    priority: reader.u8(),
  }
}

const tiles: MessageCodec<GateTiles> = {
  write(writer, { address, epoch, batch }) {
    writer.text(address)
    writer.varint(epoch)
    writer.varint(batch.tick)
    writer.u32(batch.incarnation)
    writer.varint(batch.answered)
    writeStreamParts(writer, batch.deltas)
    writer.bool(batch.rates)
    writeStreamParts(writer, batch.slow)
    writeStreamParts(writer, batch.crawl)
    writeStreamParts(writer, batch.keyframes)
    writeStreamSums(writer, batch.checksums)
    writeAll(writer, batch.views, (view) => writeView(writer, view))
    writeAll(writer, batch.acknowledged, ({ session, sequence }) => {
      writer.text(session)
      writer.varint(sequence)
    })
    writeAll(writer, batch.opened, ({ stream, tile, audience, priority }) => {
      writer.varint(stream)
      writer.varint(tile)
      writer.varint(audience)
      writer.u8(priority)
    })
    writeAll(writer, batch.closed, (stream) => writer.varint(stream))
    writer.u8(batch.pressure)
  },
  read(reader) {
    const address = reader.text(256)
    const epoch = reader.varint()
    const batch: TileBatch = {
      tick: reader.varint(),
      incarnation: reader.u32(),
      answered: reader.varint(),
      deltas: readStreamParts(reader),
      rates: reader.bool(),
      slow: readStreamParts(reader),
      crawl: readStreamParts(reader),
      keyframes: readStreamParts(reader),
      checksums: readStreamSums(reader),
      views: readAll(reader, () => readView(reader)),
      acknowledged: readAll(reader, () => ({
        session: reader.text(64),
        sequence: reader.varint(),
      })),
      opened: readAll(reader, () => readOpened(reader)),
      closed: readAll(reader, () => reader.varint()),
      pressure: reader.u8(),
    }
    return { address, epoch, batch }
  },
}

/** Served by the host: a message for an activation. Answered once its effects are durable. */
export const hostMessage = defineMessage('host.message', envelope, answer)
/** Served by the gate: one tick of a world. */
export const gateTiles = defineMessage('gate.tiles', tiles)
