import type { Player } from '../actor/index.ts'
import { RealmError } from '../errors/index.ts'
import type { WorldHost } from './api.ts'
import { checkAudience, privateAudience } from './audiences.ts'
import type { Body } from './entity.ts'
import { type Handle, place } from './handles.ts'
import { type Priority, priorities } from './layers.ts'
import type { Seat } from './members.ts'

/** How an entity is shown; what is left out is as for a new one. */
export interface Showing {
  /**
   * The audience that sees it: one of those given by `setAudiences`, or `privateTo(player)`. Left
   * out, everybody does.
   */
  readonly to?: string | undefined
  /** `'view'`, the default: those in whose view it stands. `'world'`: wherever one looks. */
  readonly reach?: 'view' | 'world' | undefined
  /**
   * Where a client cannot be told everything at the full rate, what is `'low'` is slowed first and
   * what is `'high'` last. Default `'normal'`.
   */
  readonly priority?: Priority | undefined
}

/** Who sees what: the part of a world that games decide about it with. */
export interface WorldSight {
  /**
   * Shows the entity to an audience only, or from afar, or with another priority. Clients outside
   * of the audience are sent nothing about it, not a byte; queries of the game find it as ever.
   * Survives restarts. Does nothing for an entity that is out of the world.
   * @throws RealmError `AUDIENCE_FOREIGN` for an avatar whose player is not in the audience,
   * `SCHEMA_INVALID` for what is no name, `WORLD_FULL`
   */
  show(entity: Body, how: Showing): void
  /**
   * Replaces the audiences the player belongs to, at most 64, besides `privateTo` the player. They
   * are kept until the player has left, also through restarts; `join` is where to give the first.
   * Does nothing for a player who is not here. An avatar that is shown to an
   * audience its player leaves is shown to that player only, until `show` says otherwise.
   * @throws RealmError `SCHEMA_INVALID` for what is no name: 1 to 64 letters, digits, _ and -
   */
  setAudiences(player: Player, names: readonly string[]): void
  audiencesOf(player: Player): readonly string[]
  /** The audience that is this player alone. */
  privateTo(player: Player): string
}

export function sightOf(host: WorldHost): WorldSight {
  const { population, seats } = host
  const { audiences, layers } = population
  return {
    show: (entity, { to, reach = 'view', priority = 'normal' }) => {
      if (to !== undefined) checkAudience(to)
      if ((reach !== 'view' && reach !== 'world') || !priorities.includes(priority)) {
        throw new RealmError('SCHEMA_INVALID', 'show: no such `reach` or `priority`.')
      }
      const seat = seats.ofAvatar(entity.id)
      if (to !== undefined && seat !== undefined && !audiences.has(seat.player.id, to)) {
        throw new RealmError('AUDIENCE_FOREIGN', to)
      }
      if (!population.alive(entity as Handle)) return
      population.show(entity as Handle, layers.hold(to, reach === 'world', priority))
    },
    setAudiences: (player, names) => {
      const seat = seats.ofPlayer(player.id)
      if (seat === undefined && !seats.joining.has(player.id)) return
      audiences.set(player.id, names)
      if (seat === undefined) return
      seat.audiencesTold = false
      keepOwnSight(host, seat)
    },
    audiencesOf: (player) => audiences.of(player.id),
    privateTo: (player) => privateAudience(player.id),
  }
}

/** A player always sees its own avatar: where it is hidden from it, it is for that player only. */
export function keepOwnSight({ population }: WorldHost, { avatar, player }: Seat): void {
  if (avatar === undefined) return
  const { layers, audiences } = population
  const { to, wide, priority } = layers.of(population.layer[avatar[place]] as number)
  if (to === undefined || audiences.has(player.id, to)) return
  population.show(avatar, layers.hold(privateAudience(player.id), wide, priority))
}
