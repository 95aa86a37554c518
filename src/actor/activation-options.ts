import type { Address, ClusterNode } from '../cluster/index.ts'
import type { Log } from '../ports/index.ts'
import type { Activation } from './activation.ts'
import type { Outward } from './activation-link.ts'
import type { Code } from './game.ts'
import type { Caller } from './game-scope.ts'
import type { HostLimits } from './limits.ts'
import type { Losses } from './losses.ts'
import type { GameScope } from './scope.ts'

export interface ActivationOptions {
  readonly address: Address
  readonly node: ClusterNode
  readonly limits: Required<HostLimits>
  readonly log: Log
  readonly code: Code
  readonly losses: Losses
  readonly scopeFor: (caller: Caller) => GameScope
  readonly outward: Outward
  /** It is gone, for whatever reason; a message for its address needs a new activation. */
  readonly left: (activation: Activation) => void
  /** It has a turn under way or messages waiting, so deadlines must be watched. */
  readonly busy: (activation: Activation) => void
  /** A turn ended; `crashed` where the game's code failed in it. */
  readonly ended: (activation: Activation, crashed: boolean) => void
  /** The behaviour could not be started, and that is not the doing of store or cluster. */
  readonly unstartable: (activation: Activation) => void
  /** It may not act for want of a lease, and must be asked to `revalidate`. */
  readonly suspended: (activation: Activation) => void
}
