import type { ActivationContext, Behaviour, HostMessage } from '../actor/index.ts'
import { RealmError } from '../errors/index.ts'
import { FindRoom, FoundRoom, matchmakerMethod, RoomList, RoomReport } from '../protocol/index.ts'
import { decode, encode } from '../schema/index.ts'
import { roomCall } from './calls.ts'

/** Rooms that one matchmaker knows at a time. */
const roomsMax = 100_000
const listedRoomsMax = 1000

interface KnownRoom {
  players: number
  maxPlayers: number
  locked: boolean
  /**
   * Players that were sent here and have not been reported yet, so that a rush does not overfill a
   * room.
   */
  expected: number
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

  async function create(options: Uint8Array): Promise<string> {
    if (rooms.size >= roomsMax) throw new RealmError('ROOMS_MAX')
    const key = context.random.id()
    await context.call(`room/${name}/${key}`, roomCall.create, options)
    rooms.set(key, { players: 0, maxPlayers, locked: false, expected: 0 })
    return key
  }

  async function find(request: FindRoom): Promise<Uint8Array> {
    const key =
      (request.mode === 0 ? fullestOpen(rooms) : undefined) ?? (await create(request.options))
    const room = rooms.get(key)
    if (room !== undefined) room.expected += 1
    return encode(FoundRoom, { key })
  }

  function report(change: RoomReport): void {
    if (change.ended) rooms.delete(change.key)
    else rooms.set(change.key, { ...change, expected: 0 })
  }

  return {
    async start() {
      for (const key of await scope.storedKeys('room', name)) {
        await context
          .call(`room/${name}/${key}`, roomCall.wake, new Uint8Array())
          .catch((error) => {
            context.log.warn({ error, room: key }, 'a stored room could not be opened again')
          })
      }
    },
    receive(message: HostMessage) {
      if (message.op !== 'call') return undefined
      switch (message.method) {
        case matchmakerMethod.find:
          return find(decode(FindRoom, message.input))
        case matchmakerMethod.report:
          report(decode(RoomReport, message.input))
          return new Uint8Array()
        case matchmakerMethod.list:
          return encode(RoomList, { rooms: openRooms(rooms) })
        default:
          throw new RealmError('UNKNOWN_METHOD')
      }
    },
    freeze: () => undefined,
    stop() {},
  }
}

function isOpen(room: KnownRoom): boolean {
  return !room.locked && room.players + room.expected < room.maxPlayers
}

function fullestOpen(rooms: Map<string, KnownRoom>): string | undefined {
  let best: string | undefined
  let bestPlayers = -1
  for (const [key, room] of rooms) {
    if (isOpen(room) && room.players > bestPlayers) {
      best = key
      bestPlayers = room.players
    }
  }
  return best
}

function openRooms(rooms: Map<string, KnownRoom>): RoomList['rooms'] {
  return [...rooms]
    .filter(([, room]) => isOpen(room))
    .sort(([, a], [, b]) => b.players - a.players)
    .slice(0, listedRoomsMax)
    .map(([key, { players, maxPlayers }]) => ({ key, players, maxPlayers }))
}
