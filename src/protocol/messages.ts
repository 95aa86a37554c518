import {
  bool,
  bytes,
  f64,
  type Infer,
  list,
  record,
  text,
  u8,
  u16,
  u32,
  union,
  varint,
} from '../schema/index.ts'
import { defineMessages } from './envelope.ts'

/** Raised whenever a client of the version before could no longer talk to the server. */
export const protocolVersion = 3

/** Bytes of one encoded command, call input, join option record or reply. */
export const payloadBytesMax = 64 * 1024
/** Bytes of the game's manifest (JSON, UTF-8). */
export const manifestBytesMax = 1024 * 1024
/** Addresses of other gates that a client is told. */
export const gatesToldMax = 8
const stateBytesMax = 16 * 1024 * 1024

const payload = bytes({ max: payloadBytesMax })
const state = bytes({ max: stateBytesMax })
const name = text({ max: 64 })
const token = text({ max: 128 })
const commandBody = record({
  channel: varint,
  command: u8,
  sequence: varint,
  seen: varint,
  input: payload,
})

/**
 * What a client may send. `numbered` messages count up on both sides from 1 for the life of a
 * session: the client keeps them until the server acknowledges the count, and sends the rest again
 * when it resumes.
 */
export const clientMessages = defineMessages({
  /**
   * The first message of a socket; the client sends nothing more before `welcome` has arrived.
   * `received` counts the numbered messages the client has of this session, `attempt` its sockets:
   * of two that resume the same session the higher one is the newer.
   */
  hello: {
    code: 1,
    body: record({
      protocol: u16,
      manifestHash: name,
      login: union({
        ticket: record({ ticket: token }),
        resume: record({ session: name, token, received: varint, attempt: varint }),
      }),
    }),
  },
  /**
   * Calls a service (`key` empty) or an actor. Answered by `reply` or `fail` with the same `id`.
   */
  call: {
    code: 2,
    numbered: true,
    body: record({ id: varint, block: u8, key: name, method: u8, input: payload }),
  },
  /**
   * Enters a room or world, or watches an actor. `mode`: 0 join or create, 1 create, 2 join exactly
   * `key`. `channel` is chosen by the client, unique in its session. Answered by `reply` (a
   * `JoinReply`) or `fail`.
   */
  join: {
    code: 3,
    numbered: true,
    body: record({ id: varint, block: u8, mode: u8, key: name, channel: varint, options: payload }),
  },
  leave: { code: 4, numbered: true, body: record({ channel: varint }) },
  /**
   * A command to what was joined. `sequence` counts the commands of this channel, for prediction.
   * `seen` is the moment of the world that the client showed, in sixteenths of a tick, for lag
   * compensation; 0 elsewhere and where it showed none. Gates read these two with `readCommand`.
   */
  command: { code: 5, numbered: true, body: commandBody },
  /** The same for commands declared unreliable: lost with the socket, never repeated. */
  commandUnreliable: { code: 6, body: commandBody },
  /** Acknowledges numbered server messages and asks for a `pong`. `time` is echoed. */
  ping: { code: 7, body: record({ time: f64, received: varint }) },
  /** Lists open rooms of a block; answered by `reply` with a `RoomList`. */
  listRooms: { code: 8, numbered: true, body: record({ id: varint, block: u8 }) },
  /** Ends the session on purpose: nothing is kept for a resume. */
  bye: { code: 9, body: record({}) },
  /**
   * The client has something else of a stream of a world than the checksum in the frame of that
   * tick says. Answered with a proof in one of the next frames.
   */
  desync: {
    code: 10,
    numbered: true,
    body: record({ channel: varint, stream: varint, tick: varint }),
  },
  /** What the proof has shown to be wrong, in words, for the server's log. */
  desyncReport: {
    code: 11,
    numbered: true,
    body: record({ channel: varint, report: text({ max: 512 }) }),
  },
  /**
   * As `join` of exactly `key`, to what the client had joined in the same session at another gate.
   * `epoch` and `number` are those of the last event it has seen: what came after is told again.
   * `sequence` is that of the last command it has sent on the channel.
   */
  rejoin: {
    code: 12,
    numbered: true,
    body: record({
      id: varint,
      block: u8,
      key: name,
      channel: varint,
      options: payload,
      epoch: varint,
      number: varint,
      sequence: varint,
    }),
  },
  /**
   * A call of an actor that was sent before, to another gate, under the same `id`; `agoMs`: how
   * long ago it was, the first time. It does not act again.
   */
  callAgain: {
    code: 13,
    numbered: true,
    body: record({ id: varint, block: u8, key: name, method: u8, input: payload, agoMs: u32 }),
  },
})

/** What a server may send. `numbered` as above, the other way round. */
export const serverMessages = defineMessages({
  /**
   * Answers `hello`. `resumed` tells that the session goes on: the client sends again what came
   * after `received`, and the numbered messages after `hello.received + missed` follow. `missed` of
   * them would be lost for good; where that is so, servers take the session up instead. Where
   * `resumed` is false the session is new (the server was restarted, or the client
   * was away too long), both counts start at 0 and the client joins its channels again. Either way
   * the client forgets the tiles it holds, since world frames restart with keyframes; and it
   * presents `resumeToken` the next time. `manifest` is empty where the hash matched.
   */
  welcome: {
    code: 1,
    body: record({
      session: name,
      player: name,
      name: text({ max: 64 }),
      resumeToken: token,
      resumed: bool,
      received: varint,
      missed: varint,
      manifestHash: name,
      manifest: bytes({ max: manifestBytesMax }),
      wallMs: f64,
    }),
  },
  reply: { code: 2, numbered: true, body: record({ id: varint, output: state }) },
  /** A call, join or list failed (`id`), or a command did (`id` 0, `channel` of the command). */
  fail: {
    code: 3,
    numbered: true,
    body: record({ id: varint, channel: varint, error: name, detail: text({ max: 512 }) }),
  },
  /**
   * The whole synchronised state of a channel: first (it may come before the `reply` to the
   * `join`), after a loss, or after a change of schema.
   */
  stateFull: { code: 4, numbered: true, body: record({ channel: varint, state }) },
  stateDelta: { code: 5, numbered: true, body: record({ channel: varint, delta: state }) },
  /**
   * `epoch` and `number` tell events of one channel apart; each is greater than the one before,
   * `epoch` deciding.
   */
  event: {
    code: 6,
    numbered: true,
    body: record({
      channel: varint,
      event: u8,
      epoch: varint,
      number: varint,
      payload: state,
    }),
  },
  /** The server ended the channel: kicked, room closed, … */
  left: { code: 7, numbered: true, body: record({ channel: varint, error: name }) },
  pong: { code: 8, body: record({ time: f64, wallMs: f64, received: varint }) },
  /**
   * One frame of a world; the body is laid out in `world-frame.ts`. Not numbered: it restarts with
   * keyframes.
   */
  world: { code: 9, body: undefined },
  /**
   * The game was replaced while running. Full states of all channels follow, and worlds whose
   * descriptor has changed start with keyframes. The client acknowledges it with a `ping` before it
   * sends anything with the new numbers; until then the server reads by the old manifest.
   */
  manifest: {
    code: 10,
    numbered: true,
    body: record({ manifestHash: name, manifest: bytes({ max: manifestBytesMax }) }),
  },
  /** Why the socket is about to be closed. */
  bye: { code: 11, body: record({ error: name, detail: text({ max: 512 }) }) },
  /**
   * The other gates of the game, the least loaded first: where to resume when this one does not
   * answer. `move` asks the client to do so now.
   */
  gates: {
    code: 12,
    body: record({ move: bool, urls: list(text({ max: 256 }), { max: gatesToldMax }) }),
  },
})

/**
 * The `reply` to a `join`. `me` is the player's entity in a world, 0 elsewhere or while it has
 * none.
 */
export const Joined = record({ key: name, me: varint })
export type Joined = Infer<typeof Joined>
/** The same as clients get it, with the last event there was before. */
export const JoinReply = record({ key: name, me: varint, epoch: varint, number: varint })
/** The mode of a join that enters nothing but `key`. */
export const joinExactly = 2
