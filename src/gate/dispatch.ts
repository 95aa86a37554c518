import {
  type Access,
  type Again,
  firstSentMs,
  type Game,
  type GameBlock,
  type GameScope,
  type Host,
  type Player,
} from '../actor/index.ts'
import { RealmError, toRealmError } from '../errors/index.ts'
import type { Clock, Log } from '../ports/index.ts'
import {
  type CommandHead,
  type clientMessages,
  joinExactly,
  type MessageOf,
  matchmakerAddress,
  matchmakerMethod,
} from '../protocol/index.ts'
import { decode } from '../schema/index.ts'
import { withDeadline } from './deadline.ts'
import type { GateLimits } from './limits.ts'
import { blockOf, entryOf } from './numbers.ts'
import type { Outboxes } from './outbox.ts'
import { acknowledge, type Channel, channelOf, type Session } from './session.ts'
import type { WorldCommands } from './world-commands.ts'

/** Commands never take this form: `readCommand`. */
export type ClientMessage = Exclude<
  MessageOf<typeof clientMessages.table>,
  { type: 'command' | 'commandUnreliable' }
>
export type BodyOf<T extends ClientMessage['type']> = Extract<ClientMessage, { type: T }>['body']

/** What the handling of messages needs of the gate. */
export interface DispatchParts {
  readonly clock: Clock
  readonly log: Log
  readonly host: Pick<Host, 'send' | 'post'>
  /** @throws RealmError `SESSION_MOVED` where another gate has taken the session up */
  assertOurs(session: Session): Promise<void>
  readonly limits: GateLimits
  readonly outboxes: Outboxes
  readonly worldCommands: WorldCommands
  /** What services run in. */
  readonly scope: GameScope
  /** The game that runs now. */
  game(): Game
  /** @param seen the last event the client has, where it was in already */
  join(session: Session, body: BodyOf<'join'>, seen?: Again): Promise<Uint8Array>
  leave(session: Session, channel: Channel): void
  /** The client is to be shown what the world has of a stream. */
  prove(channel: Channel, stream: number): void
  /** The client ends its session. */
  bye(session: Session): void
}

const detailCharactersMax = 512

/**
 * Takes one message of a client that has said hello. What is wrong with it is answered to this
 * client alone; only a breach of the protocol itself throws, and costs the connection.
 */
export function dispatch(parts: DispatchParts, session: Session, message: ClientMessage): void {
  switch (message.type) {
    case 'hello':
      throw new RealmError('PROTOCOL_GARBAGE', 'hello came twice.')
    case 'ping':
      ping(parts, session, message.body)
      return
    case 'bye':
      parts.bye(session)
      return
    case 'leave': {
      // The channel may have ended while the message was under way: then there is nothing left to
      // do.
      const channel = session.channels.get(message.body.channel)
      if (channel !== undefined) parts.leave(session, channel)
      return
    }
    case 'desync':
    case 'desyncReport':
      desync(parts, session, message)
      return
    case 'call':
      answer(parts, session, message.body.id, () => call(parts, session, message.body))
      return
    case 'callAgain': {
      const firstMs = firstSentMs(parts.clock.now(), message.body.agoMs)
      answer(parts, session, message.body.id, () => call(parts, session, message.body, firstMs))
      return
    }
    case 'join':
      answer(parts, session, message.body.id, () => parts.join(session, message.body))
      return
    case 'rejoin':
      answer(parts, session, message.body.id, () => rejoin(parts, session, message.body))
      return
    case 'listRooms':
      answer(parts, session, message.body.id, () => listRooms(parts, session, message.body))
      return
  }
}

/** Tells a client that something it asked for did not happen. */
export function fail(
  parts: Pick<DispatchParts, 'outboxes' | 'log'>,
  session: Session,
  to: { readonly id: number; readonly channel: number },
  thrown: unknown,
): void {
  const error = toRealmError(thrown)
  if (error.code === 'INTERNAL') {
    parts.log.error({ error: error.cause ?? error, session: session.id }, 'A request failed.')
  }
  parts.outboxes.send(session, 'fail', {
    ...to,
    error: error.code,
    detail: error.detail.slice(0, detailCharactersMax),
  })
}

/** @throws RealmError `ACCESS_DENIED` unless the player may */
export function checkAccess(access: Access | undefined, player: Player, key: string): void {
  if (access === 'anyone' || (access === 'owner' && key === player.id)) return
  throw new RealmError('ACCESS_DENIED')
}

const keyPattern = /^[0-9a-zA-Z_-]{1,64}$/

/** @throws RealmError `KEY_INVALID` */
export function checkKey(key: string): void {
  if (!keyPattern.test(key)) throw new RealmError('KEY_INVALID')
}

/**
 * Runs a request and sends its answer, whatever becomes of it. `run` is begun at once, so order is
 * kept.
 */
function answer(
  parts: DispatchParts,
  session: Session,
  id: number,
  run: () => Promise<Uint8Array>,
): void {
  if (session.pending >= parts.limits.callsPendingMax) {
    fail(parts, session, { id, channel: 0 }, new RealmError('CALLS_PENDING'))
    return
  }
  session.pending += 1
  const { clock, limits, outboxes } = parts
  withDeadline(clock, limits.callTimeoutMs, started(run)).then(
    (output) => {
      session.pending -= 1
      outboxes.send(session, 'reply', { id, output })
    },
    (error: unknown) => {
      session.pending -= 1
      fail(parts, session, { id, channel: 0 }, error)
    },
  )
}

/** A promise also for what throws at once. */
async function started<T>(run: () => Promise<T>): Promise<T> {
  return run()
}

function ping(parts: DispatchParts, session: Session, body: BodyOf<'ping'>): void {
  if (!acknowledge(session, body.received)) {
    throw new RealmError('PROTOCOL_GARBAGE', 'More was acknowledged than was sent.')
  }
  parts.outboxes.send(session, 'pong', {
    time: body.time,
    wallMs: parts.clock.wallMs(),
    received: session.received,
  })
}

/** Takes a command that lies in `bytes` as `head` tells. */
export function command(
  parts: DispatchParts,
  session: Session,
  head: CommandHead,
  bytes: Uint8Array,
): void {
  const number = head.channel
  try {
    const channel = channelOf(session, number)
    if (channel === undefined || channel.address === '') throw new RealmError('UNKNOWN_CHANNEL')
    const { block, address } = channel
    const index = entryOf(session.game, parts.game(), block, 'commands', head.command)
    if (block.block.kind === 'world') {
      parts.worldCommands.add(address, channel.stay, index, head, bytes)
      return
    }
    const input = Uint8Array.from(bytes.subarray(head.inputStart, head.inputEnd))
    checkInput(block, index, input)
    const { sequence } = head
    const message = {
      op: 'command',
      session: channel.stay,
      command: index,
      sequence,
      input,
    } as const
    parts.host.post(address, message, (error) => refuseCommand(parts, session, number, error))
  } catch (error) {
    refuseCommand(parts, session, number, error)
  }
}

/** A client found something else of a stream than the world has, or what it was. */
function desync(
  parts: DispatchParts,
  session: Session,
  { type, body }: Extract<ClientMessage, { type: 'desync' | 'desyncReport' }>,
): void {
  const channel = session.channels.get(body.channel)
  if (channel?.block.block.kind !== 'world' || channel.address === '') return
  if (type === 'desync') parts.prove(channel, body.stream)
  else {
    const message = { op: 'desync', session: channel.stay, report: body.report } as const
    parts.host.post(channel.address, message, () => {})
  }
}

/** Tells a client that a command of this channel was not carried out. */
export function refuseCommand(
  parts: Pick<DispatchParts, 'outboxes' | 'log'>,
  session: Session,
  channel: number,
  error: unknown,
): void {
  fail(parts, session, { id: 0, channel }, error)
}

async function call(
  parts: DispatchParts,
  session: Session,
  body: BodyOf<'call'>,
  firstMs?: number,
): Promise<Uint8Array> {
  const place = blockOf(session.game, parts.game(), body.block)
  const { block, name } = place
  if (block.kind !== 'service' && block.kind !== 'actor') throw new RealmError('UNKNOWN_BLOCK')
  // Of a service nobody could say whether it has acted.
  if (block.kind === 'service' && firstMs !== undefined) throw new RealmError('UNKNOWN_BLOCK')
  const method = entryOf(session.game, parts.game(), place, 'calls', body.method)
  const { key, input } = body
  if (block.kind === 'actor') checkKey(key)
  checkAccess(block.access[method], session.player, key)
  checkInput(place, method, input)
  const caller = session.player
  if (block.serve !== undefined) return block.serve(parts.scope, { method, input, caller })
  // The same where a client repeats it that cannot know whether its former gate passed it on.
  const callId = { series: session.id, number: body.id }
  const message = { op: 'call', method, input, caller, callId, firstMs } as const
  const stillWanted = (): Promise<void> => parts.assertOurs(session)
  const sent = parts.host.send(`actor/${name}/${key}`, message, { stillWanted })
  return (await sent) ?? noBytes
}

const noBytes = new Uint8Array(0)

/** Another gate had the session before: the client enters again what it was in. */
function rejoin(
  parts: DispatchParts,
  session: Session,
  { epoch, number, sequence, ...body }: BodyOf<'rejoin'>,
): Promise<Uint8Array> {
  return parts.join(session, { ...body, mode: joinExactly }, { epoch, number, sequence })
}

async function listRooms(
  parts: DispatchParts,
  session: Session,
  body: BodyOf<'listRooms'>,
): Promise<Uint8Array> {
  const { block, name } = blockOf(session.game, parts.game(), body.block)
  if (block.kind !== 'room') throw new RealmError('UNKNOWN_BLOCK')
  const output = await parts.host.send(matchmakerAddress(name), {
    op: 'call',
    method: matchmakerMethod.list,
    input: noBytes,
    caller: undefined,
    callId: { series: `${session.id}.${session.epoch}`, number: session.received },
  })
  return output ?? noBytes
}

/**
 * Refuses what does not fit the declared input before it takes anybody's time. @throws RealmError
 * `SCHEMA_*`
 */
function checkInput({ block }: GameBlock, index: number, input: Uint8Array): void {
  const type = block.inputs[index]
  if (type !== undefined) decode(type, input)
}
