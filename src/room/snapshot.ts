import type { GameScope, Member, Player } from '../actor/index.ts'
import {
  bool,
  bytes,
  encode,
  list,
  migrateBlob,
  openBlob,
  optional,
  Reader,
  record,
  sealBlob,
  type Tracked,
  text,
  varint,
  Writer,
} from '../schema/index.ts'
import type { RoomPlan } from './define.ts'
import { type KeptTimer, KeptTimers } from './timers.ts'

const id = text({ max: 64 })
const Seated = record({
  player: id,
  name: id,
  session: optional(id),
  gate: optional(id),
  sequence: varint,
})

/**
 * What a room keeps in the store and carries along when it moves; behind it a `bool` that tells
 * whether it is `frozen`, and its named timers, which those lack that were written before there was
 * one.
 */
const Snapshot = record({
  /** Sealed blob of the state, so that it can be migrated. */
  state: bytes({ max: 16 * 1024 * 1024 }),
  locked: bool,
  seats: list(Seated, { max: 65_535 }),
})

export interface SeatSnapshot {
  readonly player: Player
  readonly member: Member | undefined
  /** The last command that was taken: a client may send those again that it does not know of. */
  readonly sequence: number
}

export interface RoomSnapshot {
  readonly state: Record<string, unknown>
  readonly locked: boolean
  readonly seats: readonly SeatSnapshot[]
  /** Whether it shows every command that was taken: the room has not lived on since. */
  readonly frozen: boolean
  readonly timers: readonly KeptTimer[]
}

export function writeSnapshot(
  plan: RoomPlan,
  room: Omit<RoomSnapshot, 'state'> & { readonly state: Tracked<object> },
): Uint8Array {
  const writer = new Writer()
  room.state.writeFull(writer, { scope: 'store' })
  const snapshot = encode(Snapshot, {
    state: sealBlob(plan.state, plan.version, writer.view()),
    locked: room.locked,
    seats: room.seats.map(({ player, member, sequence }) => ({
      player: player.id,
      name: player.name,
      session: member?.session,
      gate: member?.gate,
      sequence,
    })),
  })
  writer.reset()
  writer.raw(snapshot)
  writer.bool(room.frozen)
  KeptTimers.write(writer, [...room.timers])
  return writer.finish()
}

/** @throws RealmError `SCHEMA_*` where the blob cannot be read or brought to the current schema. */
export async function readSnapshot(
  plan: RoomPlan,
  scope: Pick<GameScope, 'schemas'>,
  blob: Uint8Array,
): Promise<RoomSnapshot> {
  const reader = new Reader(blob)
  const snapshot = Snapshot.read(reader)
  const frozen = reader.remaining > 0 && reader.bool()
  const timers = reader.remaining > 0 ? KeptTimers.read(reader) : []
  reader.end()
  const descriptor = await scope.schemas.find(openBlob(snapshot.state).hash)
  const state = migrateBlob({
    blob: snapshot.state,
    type: plan.state,
    version: plan.version,
    descriptorOf: () => descriptor,
    steps: plan.migrate,
  })
  return {
    state,
    locked: snapshot.locked,
    frozen,
    timers,
    seats: snapshot.seats.map(({ player, name, session, gate, sequence }) => {
      const who = { id: player, name }
      return {
        player: who,
        sequence,
        member:
          session === undefined || gate === undefined ? undefined : { session, gate, player: who },
      }
    }),
  }
}
