/**
 * Call numbers of a room, used by its matchmaker only. `create` carries the join options of its
 * first player. Both are answered by a `RoomReport`.
 */
export const roomCall = { create: 0, wake: 1 } as const
