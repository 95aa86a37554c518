import {
  type ActivationContext,
  type Behaviour,
  bytesOf,
  type HostMessage,
} from '../actor/index.ts'
import { RealmError } from '../errors/index.ts'
import { FindRoom, FoundRoom, matchmakerMethod, RoomList, RoomReport } from '../protocol/index.ts'
import { decode, encode } from '../schema/index.ts'
import { Allowance } from './allowance.ts'
import { roomCall } from './calls.ts'

/** Rooms that one matchmaker knows at a time. */
const roomsMax = 100_000
const listedRoomsMax = 1000
/** A list is made anew after this time, since places that were kept for somebody become free. */
const listedMs = 1000

/** A player who was sent to a room and is not there after this time does not come. */
const arrivalMs = 5000

interface KnownRoom {
  players: number
  maxPlayers: number
  locked: boolean
  /** When those who were sent here were sent, so that a rush does not overfill the room. */
  expected: readonly number[]
}

/**
 * Knows the open rooms of one block. Its knowledge is soft: rooms report every change, rooms found
 * in the store at start are woken and report themselves, and a room that fills up meanwhile refuses
 * with `ROOM_FULL`, upon which the gate asks again.
 */
export function matchmakerBehaviour(
  maxPlayers: number,
  context: ActivationContext,
  scope: { storedKeys(kind: string, name: string): Promise<string[]> },
): Behaviour {
  const rooms = new Map<string, KnownRoom>()
  const name = context.address.split('/')[1] ?? ''
  const allowance = new Allowance(context.clock)
  /** The answer to `list` until something changes: asking costs little. */
  let listed: { readonly bytes: Uint8Array; readonly untilMs: number } | undefined

  async function create(player: string, options: Uint8Array): Promise<string> {
    if (rooms.size >= roomsMax) throw new RealmError('ROOMS_MAX')
    if (!allowance.take(player)) {
      throw new RealmError('RATE_LIMITED', 'You have opened many rooms just now.')
    }
    const key = context.random.id()
    await context.call(`room/${name}/${key}`, roomCall.create, options)
    rooms.set(key, { players: 0, maxPlayers, locked: false, expected: [] })
    return key
  }

  async function find({ mode, player, refusedBy, options }: FindRoom): Promise<Uint8Array> {
    // Full or gone: it reports itself when that changes.
    rooms.delete(refusedBy)
    listed = undefined
    const now = context.clock.now()
    const open = mode === 0 ? fullestOpen(rooms, now) : undefined
    const key = open ?? (await create(player, options))
    const room = rooms.get(key)
    listed = undefined
    if (room !== undefined) room.expected = [...stillExpected(room, now), now]
    return encode(FoundRoom, { key })
  }

  function report({ key, ended, ...change }: RoomReport): void {
    const known = rooms.get(key)
    listed = undefined
    if (ended) rooms.delete(key)
    else rooms.set(key, { ...change, expected: stillMissing(known, change.players) })
  }

  function list(): Uint8Array {
    const now = context.clock.now()
    if (listed === undefined || now >= listed.untilMs) {
      const bytes = encode(RoomList, { rooms: openRooms(rooms, now) })
      listed = { bytes, untilMs: now + listedMs }
    }
    return listed.bytes
  }

  return {
    async start() {
      for (const key of await scope.storedKeys('room', name)) {
        try {
          const address = `room/${name}/${key}`
          const standing = await context.call(address, roomCall.wake, new Uint8Array())
          report(decode(RoomReport, standing))
        } catch (error) {
          context.log.warn({ error, room: key }, 'a stored room could not be opened again')
        }
      }
    },
    receive(message: HostMessage) {
      if (message.op !== 'call') return undefined
      switch (message.method) {
        case matchmakerMethod.find:
          return find(decode(FindRoom, bytesOf(message.input)))
        case matchmakerMethod.report:
          report(decode(RoomReport, bytesOf(message.input)))
          return new Uint8Array()
        case matchmakerMethod.list:
          return list()
        default:
          throw new RealmError('UNKNOWN_METHOD')
      }
    },
    freeze: () => undefined,
    stop() {},
  }
}

function stillExpected({ expected }: KnownRoom, now: number): readonly number[] {
  return expected.filter((sentMs) => now - sentMs < arrivalMs)
}

/** Those of the expected who are not among the players who have come. */
function stillMissing(known: KnownRoom | undefined, players: number): readonly number[] {
  if (known === undefined) return []
  return known.expected.slice(Math.max(0, players - known.players))
}

function isOpen(room: KnownRoom, now: number): boolean {
  return !room.locked && room.players + stillExpected(room, now).length < room.maxPlayers
}

function fullestOpen(rooms: Map<string, KnownRoom>, now: number): string | undefined {
  let best: string | undefined
  let bestPlayers = -1
  for (const [key, room] of rooms) {
    if (room.players > bestPlayers && isOpen(room, now)) {
      best = key
      bestPlayers = room.players
    }
  }
  return best
}

function openRooms(rooms: Map<string, KnownRoom>, now: number): RoomList['rooms'] {
  return [...rooms]
    .filter(([, room]) => isOpen(room, now))
    .sort(([, a], [, b]) => b.players - a.players)
    .slice(0, listedRoomsMax)
    .map(([key, { players, maxPlayers }]) => ({ key, players, maxPlayers }))
}
