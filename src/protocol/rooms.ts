import { bool, bytes, type Infer, list, record, text, u8, u16, varint } from '../schema/index.ts'

/** Where the matchmaker of the room block `name` is active: it knows which rooms are open. */
export function matchmakerAddress(name: string): string {
  return `match/${name}/main`
}

/** Call numbers of a matchmaker. */
export const matchmakerMethod = { find: 0, report: 1, list: 2 } as const

/**
 * `find`: a room to enter. `mode`: 0 join or create, 1 create. `refusedBy` is the room that was
 * found before and had no place, empty at first. Answered by `FoundRoom`.
 */
export const FindRoom = record({
  mode: u8,
  player: text({ max: 64 }),
  options: bytes({ max: 65536 }),
  refusedBy: text({ max: 64 }),
})
export type FindRoom = Infer<typeof FindRoom>

export const FoundRoom = record({ key: text({ max: 64 }) })
export type FoundRoom = Infer<typeof FoundRoom>

/**
 * `report`: what a room tells its matchmaker when its population, lock or life changes. No answer.
 */
export const RoomReport = record({
  key: text({ max: 64 }),
  players: u16,
  maxPlayers: u16,
  locked: bool,
  ended: bool,
})
export type RoomReport = Infer<typeof RoomReport>

/** `list`, and the `reply` to `listRooms`: open rooms, fullest first. */
export const RoomList = record({
  rooms: list(record({ key: text({ max: 64 }), players: varint, maxPlayers: varint }), {
    max: 1000,
  }),
})
export type RoomList = Infer<typeof RoomList>
