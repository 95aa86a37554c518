import { RealmError } from '../errors/index.ts'
import { clientMessages, RoomList } from '../protocol/index.ts'
import { decode } from '../schema/index.ts'
import { byName } from './by-name.ts'
import { encodeInput } from './catalogue.ts'
import { joinMode } from './channel.ts'
import { Client } from './client.ts'
import { Gates } from './gates.ts'
import { enterRoom, watchActor } from './handles.ts'
import { clientHost, type HostOptions } from './host.ts'
import { type LoginOptions, makeLogin, type QueuePlace } from './login.ts'
import type { CallOptions, Realm, RoomListing, WorldPlace } from './types.ts'
import { enterWorld } from './world/world-handle.ts'

const connectTimeoutMsDefault = 10_000
const requestTimeoutMsDefault = 15_000

/** Who plays, and what the client runs on. */
export interface ConnectOptions extends LoginOptions, HostOptions {
  /**
   * Called while so many log in that this player has to wait, each time the place is known anew.
   */
  readonly onQueued?: (place: QueuePlace) => void
  /** How long a connection may take to be made, each time, ms. Default 10,000. */
  readonly connectTimeoutMs?: number
  /** How long calls and joins wait for their answer, ms. Default 15,000. */
  readonly requestTimeoutMs?: number
}

/**
 * Connects to a game. Everything about the result is typed by the game's own file:
 * `connect<typeof game>('http://localhost:7777', { guest: 'Ada' })`.
 *
 * Once connected, the client stays so by itself: it reconnects, resumes its session, or logs in
 * anew and joins again what it had joined. A cluster's gates are told to it, and it goes to another
 * where one does not answer.
 *
 * @param url the server's address: http, https, ws or wss; of several the first that answers
 * @throws RealmError `CONNECT_FAILED`, or what the server says against this login
 */
export async function connect<G>(
  url: string | readonly string[],
  options: ConnectOptions = {},
): Promise<Realm<G>> {
  const host = clientHost(options)
  const gates = new Gates(typeof url === 'string' ? [url] : url)
  const client = new Client({
    host,
    gates,
    login: makeLogin(host, gates, options),
    onQueued: options.onQueued,
    connectTimeoutMs: options.connectTimeoutMs ?? connectTimeoutMsDefault,
    requestTimeoutMs: options.requestTimeoutMs ?? requestTimeoutMsDefault,
  })
  await client.session.open()
  nudgeWhenOnline(client)
  // What is made from the manifest at run time is what the face says at compile time.
  return realmOf(client) as unknown as Realm<G>
}

function realmOf(client: Client): Record<string, unknown> & object {
  const { session, host } = client
  return {
    get player() {
      return client.player
    },
    get status() {
      return session.status
    },
    get ping() {
      return client.rttMs
    },
    get manifest() {
      return client.known.manifest
    },
    traffic: client.traffic,
    serverNow: () => host.clock.now() + session.heartbeat.offsetMs,
    onStatus: client.statuses.on,
    onError: (listener: (error: RealmError) => void) => client.onError(listener),
    close: () => client.close(),
    services: byName((name) => callsOf(client, 'service', name, () => '')),
    actors: byName((name) => actorsOf(client, name)),
    rooms: byName((name) => roomsOf(client, name)),
    worlds: byName((name) => ({
      join: async (place: WorldPlace = {}, options?: unknown) => {
        return await enterWorld(client, name, { line: checkKey(place.line ?? ''), options })
      },
    })),
  }
}

type CallTable = Record<string, (input?: unknown, options?: CallOptions) => Promise<unknown>>

function callsOf(
  client: Client,
  kind: 'service' | 'actor',
  name: string,
  keyOf: () => string,
): CallTable {
  return byName((call) => async (input: unknown = {}, options: CallOptions = {}) => {
    const { output } = client.block(kind, name).call(call)
    const key = checkKey(keyOf())
    const bodyOf = (id: number) => {
      const block = client.block(kind, name)
      const { method, input: type } = block.call(call)
      return { id, block: block.number, key, method, input: encodeInput(type, input) }
    }
    const encodeAgain = (id: number) => {
      const body = bodyOf(id)
      return (agoMs: number) => clientMessages.encode('callAgain', { ...body, agoMs })
    }
    const answer = await client.requests.ask({
      kind: 'call',
      channel: 0,
      timeoutMs: options.timeoutMs ?? client.requestTimeoutMs,
      encode: (id) => clientMessages.encode('call', bodyOf(id)),
      ...(kind === 'service' ? {} : { encodeAgain }),
    })
    return decode(output, answer)
  })
}

function actorsOf(client: Client, name: string): object {
  return {
    call: callsOf(client, 'actor', name, () => client.playerId),
    at: (key: string) => ({ call: callsOf(client, 'actor', name, () => key) }),
    watch: async (key = client.playerId) => await watchActor(client, name, checkKey(key)),
  }
}

function roomsOf(client: Client, name: string): object {
  const enter = async (mode: number, key: string, options: unknown) =>
    await enterRoom(client, name, { mode, key: checkKey(key), options })
  return {
    joinOrCreate: (options?: unknown) => enter(joinMode.joinOrCreate, '', options),
    create: (options?: unknown) => enter(joinMode.create, '', options),
    join: (id: string, options?: unknown) => enter(joinMode.join, id, options),
    list: () => listRooms(client, name),
  }
}

async function listRooms(client: Client, name: string): Promise<RoomListing[]> {
  client.block('room', name)
  const answer = await client.requests.ask({
    kind: 'list',
    channel: 0,
    timeoutMs: client.requestTimeoutMs,
    encode: (id) => {
      return clientMessages.encode('listRooms', { id, block: client.block('room', name).number })
    },
  })
  const { rooms } = decode(RoomList, answer)
  return rooms.map(({ key, players, maxPlayers }) => ({ id: key, players, maxPlayers }))
}

/** @throws RealmError `KEY_INVALID`: the server would take it for a malformed message */
function checkKey(key: string): string {
  if (!/^[0-9a-zA-Z_-]{0,64}$/.test(key)) throw new RealmError('KEY_INVALID')
  return key
}

/** A browser that has its network back need not wait for the next attempt. */
function nudgeWhenOnline(client: Client): void {
  if (typeof window === 'undefined' || typeof window.addEventListener !== 'function') return
  const nudge = (): void => client.session.nudge()
  window.addEventListener('online', nudge)
  client.statuses.on((status) => {
    if (status === 'closed') window.removeEventListener('online', nudge)
  })
}
