import type { BlockDescriptor, BlockKind } from '../protocol/index.ts'
import type { Type } from '../schema/index.ts'
import type { ActivationContext, Behaviour, Player } from './behaviour.ts'
import type { GameScope } from './scope.ts'

/**
 * `owner`: the player whose id is the actor's key. `anyone`: any logged-in player. `server`: game
 * code only.
 */
export type Access = 'server' | 'owner' | 'anyone'

/**
 * One of the four building blocks of a game as gate and host see it. `defineService`,
 * `defineActor`, `defineRoom` and `defineWorld` return objects that implement it; what the game
 * developer sees of them is their static type.
 */
export interface Block {
  readonly kind: BlockKind
  /** The public face, without its name (given by the place in `defineGame`). */
  describe(): Omit<BlockDescriptor, 'name'>
  /**
   * Input types by number: of `calls` for services and actors, of `commands` for rooms and worlds.
   */
  readonly inputs: readonly Type<unknown>[]
  readonly joinOptions: Type<unknown> | undefined
  /**
   * Who may make each call (by method number), see `Access`. Commands need no entry: whoever joined
   * may send.
   */
  readonly access: readonly Access[]
  /**
   * Who may watch (join) an actor; 'anyone' for rooms and worlds, whose `join` handler may refuse.
   */
  readonly watch: Access
  /** Calls of a service: stateless, run on any node. Undefined for the other kinds. */
  readonly serve?: (scope: GameScope, request: ServiceRequest) => Promise<Uint8Array>
  /** The stateful thing behind an address of this block. Undefined for services. */
  readonly behave?: (context: ActivationContext, scope: GameScope) => Behaviour
  /** Key that a join without a key means; rooms ask their matchmaker instead. */
  readonly defaultKey?: (player: Player) => string
  /**
   * Whether a client may join what is behind a key. Left out, any key will do: what can be entered
   * then comes into being by being entered, which suits only what ends by itself.
   */
  readonly admitsKey?: (key: string) => boolean
  /**
   * Rooms: the behaviour behind `match/<name>/main` (`matchmakerAddress`), which knows the open
   * rooms. A join without a key asks it first (`protocol/rooms.ts`: `find` → key), then joins
   * `room/<name>/<key>`.
   */
  readonly matchmaker?: (context: ActivationContext, scope: GameScope) => Behaviour
}

export interface ServiceRequest {
  readonly method: number
  readonly input: Uint8Array
  readonly caller: Player | undefined
}
