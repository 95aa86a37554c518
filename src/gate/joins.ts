import {
  type Again,
  callIdOf,
  type EventMark,
  type Game,
  type GameBlock,
  type Host,
  stayName,
} from '../actor/index.ts'
import type { Address } from '../cluster/index.ts'
import { RealmError, toRealmError } from '../errors/index.ts'
import {
  FindRoom,
  FoundRoom,
  joinExactly,
  matchmakerAddress,
  matchmakerMethod,
} from '../protocol/index.ts'
import { decode, encode, Writer } from '../schema/index.ts'
import { type BodyOf, checkAccess, checkKey } from './dispatch.ts'
import type { GateLimits } from './limits.ts'
import { blockOf, checkOptionsUnchanged } from './numbers.ts'
import type { Channel, Session } from './session.ts'
import { newTold } from './told.ts'

/** What joins need of the gate. */
export interface JoinParts {
  readonly node: string
  readonly host: Pick<Host, 'send'>
  readonly limits: GateLimits
  game(): Game
  /** A channel got its address: deliveries find it from now on. */
  opened(session: Session, channel: Channel): void
  /** A channel has come to nothing. */
  failed(session: Session, channel: Channel): void
}

const noBytes = new Uint8Array(0)

/**
 * Enters a room or world, or watches an actor. The channel exists before the activation answers,
 * since the first full state may come before the answer does.
 */
export async function join(
  parts: JoinParts,
  session: Session,
  body: BodyOf<'join'>,
  seen?: Again,
): Promise<Uint8Array> {
  const place = blockOf(session.game, parts.game(), body.block)
  checkJoin(parts, session, place, body)
  session.stays += 1
  const stay = stayName(session.id, session.epoch, session.stays)
  const told = newTold(seen)
  const channel: Channel = { number: body.channel, stay, block: place, address: '', told }
  session.channels.set(channel.number, channel)
  try {
    // No wait before the join unless a room must be found, so that what the client sends next
    // cannot overtake it.
    const known = knownKey(session, place, body)
    const joined =
      known === undefined
        ? await enterFound(parts, session, channel, body)
        : await enterAt(parts, session, channel, known, body.options, seen)
    return withMark(joined, told.seen)
  } catch (error) {
    parts.failed(session, channel)
    throw error
  }
}

/** Makes a `JoinReply` of a `Joined`: what is added comes behind it. */
function withMark(joined: Uint8Array, { epoch, number }: EventMark): Uint8Array {
  const writer = new Writer(joined.length + 16)
  writer.raw(joined)
  writer.varint(epoch)
  writer.varint(number)
  return writer.finish()
}

/** Rooms that are asked, one after the other, for somebody who would take any. */
const roomsAskedMax = 4
const noPlace: ReadonlySet<string> = new Set(['ROOM_FULL', 'ROOM_LOCKED', 'ROOM_UNKNOWN'])

/** The matchmaker's knowledge is soft: where its room has no place any more, it is asked again. */
async function enterFound(
  parts: JoinParts,
  session: Session,
  channel: Channel,
  body: BodyOf<'join'>,
): Promise<Uint8Array> {
  let refusedBy = ''
  for (let asked = 1; ; asked += 1) {
    const key = await findRoom(parts, session, channel.block, body, refusedBy)
    try {
      return await enterAt(parts, session, channel, key, body.options)
    } catch (error) {
      if (asked === roomsAskedMax || !noPlace.has(toRealmError(error).code)) throw error
      if (session.byAddress.get(channel.address) === channel) {
        session.byAddress.delete(channel.address)
      }
      channel.address = ''
      refusedBy = key
    }
  }
}

function enterAt(
  parts: JoinParts,
  session: Session,
  channel: Channel,
  key: string,
  options: Uint8Array,
  seen?: Again,
): Promise<Uint8Array> {
  const left = session.ended || session.channels.get(channel.number) !== channel
  if (left) throw new RealmError('UNKNOWN_CHANNEL', 'It was left before it was joined.')
  open(parts, session, channel, `${channel.block.block.kind}/${channel.block.name}/${key}`)
  return enter(parts, session, channel, options, seen)
}

function checkJoin(
  parts: JoinParts,
  session: Session,
  place: GameBlock,
  body: BodyOf<'join'>,
): void {
  const { block } = place
  if (block.kind === 'service') throw new RealmError('UNKNOWN_BLOCK')
  if (session.channels.has(body.channel)) throw new RealmError('CHANNEL_IN_USE')
  if (session.channels.size >= parts.limits.channelsMax) throw new RealmError('CHANNELS_FULL')
  checkOptionsUnchanged(session.game, parts.game(), place)
  if (block.joinOptions !== undefined) decode(block.joinOptions, body.options)
  if (block.kind === 'actor') checkAccess(block.watch, session.player, body.key)
}

/** The key to join, or undefined where a room must be found first. */
function knownKey(session: Session, place: GameBlock, body: BodyOf<'join'>): string | undefined {
  const { block } = place
  if (block.kind === 'room' && body.mode !== joinExactly) return undefined
  const key = body.key === '' ? (block.defaultKey?.(session.player) ?? '') : body.key
  checkKey(key)
  if (block.admitsKey?.(key) === false) throw new RealmError('LINE_UNKNOWN')
  return key
}

async function findRoom(
  parts: JoinParts,
  session: Session,
  place: GameBlock,
  body: BodyOf<'join'>,
  refusedBy: string,
): Promise<string> {
  const { mode, options } = body
  if (mode > joinExactly) throw new RealmError('SCHEMA_INVALID', 'mode: expected 0, 1 or 2')
  const output = await parts.host.send(matchmakerAddress(place.name), {
    op: 'call',
    method: matchmakerMethod.find,
    input: encode(FindRoom, { mode, player: session.player.id, options, refusedBy }),
    caller: undefined,
    callId: callIdOf(`${session.id}.${session.epoch}.${session.received}.${refusedBy}`),
  })
  return decode(FoundRoom, output ?? noBytes).key
}

function open(parts: JoinParts, session: Session, channel: Channel, address: Address): void {
  if (session.byAddress.has(address)) throw new RealmError('CHANNEL_IN_USE')
  channel.address = address
  session.byAddress.set(address, channel)
  parts.opened(session, channel)
}

async function enter(
  parts: JoinParts,
  session: Session,
  channel: Channel,
  options: Uint8Array,
  seen: Again | undefined,
): Promise<Uint8Array> {
  const { address, stay } = channel
  const member = { session: stay, gate: parts.node, player: session.player }
  const joining = parts.host.send(address, { op: 'join', member, options, seen })
  if (session.connection === undefined) {
    // The client went away while its room was looked for, so nobody has told the room.
    const away = { op: 'connection', session: stay, connected: false } as const
    parts.host.send(address, away).catch(() => {})
  }
  try {
    return (await joining) ?? noBytes
  } catch (error) {
    // Nobody knows whether a join without an answer took place, so it is taken back.
    if (toRealmError(error).code === 'DEADLINE') {
      parts.host.send(address, { op: 'leave', session: stay }).catch(() => {})
    }
    throw error
  }
}
