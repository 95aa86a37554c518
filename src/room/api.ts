import { type ActivationContext, type GameScope, ledgerOf } from '../actor/index.ts'
import type { AnyRoom } from './define.ts'

/** What of a room's life its handlers may reach. */
export type RoomParts = Pick<
  AnyRoom,
  | 'state'
  | 'players'
  | 'emit'
  | 'kick'
  | 'lock'
  | 'end'
  | 'after'
  | 'schedule'
  | 'unschedule'
  | 'scheduledAt'
>

/** A room as its handlers see it. */
export function roomApi(context: ActivationContext, scope: GameScope, parts: RoomParts): AnyRoom {
  const { clock, random, log, key } = context
  return {
    ...parts,
    id: key,
    actor: (definition, actorKey) => scope.actor(definition, actorKey),
    send: (definition, actorKey) => scope.send(definition, actorKey),
    ledger: ledgerOf(context),
    now: () => clock.wallMs(),
    random: () => random.float(),
    log,
  }
}
