import type { Address, ClusterNode } from '../cluster/index.ts'
import type { Fill } from '../ports/index.ts'
import type { HostMessage } from './behaviour.ts'
import type { EvacuateOptions, EvacuationReport } from './evacuation.ts'
import type { Game } from './game.ts'
import type { HostStats, ReplaceReport } from './host-report.ts'
import type { HostLimits } from './limits.ts'
import type { GameScope } from './scope.ts'

export interface HostOptions {
  readonly node: ClusterNode
  readonly game: Game
  readonly limits?: HostLimits
}

/** Runs the stateful things of a game at one node, and reaches those at others. */
export interface Host {
  readonly game: Game
  /** For services: calls made through it begin a chain of their own. */
  readonly scope: GameScope
  /**
   * Sends a message to wherever the address is active, activating it on demand. Settles once the
   * effects are durable. A refused owner is looked up again, a few times.
   * @param options `stillWanted` is asked where the message was held back for more than half a
   * second and whoever asked for it may have sent it by another way: it fails with what that
   * throws
   * @throws RealmError as thrown by the handler; `DEADLINE`, `MAILBOX_FULL`, `ADDRESS_UNKNOWN`,
   * `KEY_INVALID` …
   */
  send(
    address: Address,
    message: HostMessage,
    options?: { readonly timeoutMs?: number; readonly stillWanted?: () => Promise<void> },
  ): Promise<Uint8Array | undefined>
  /**
   * The same where nobody waits for the answer. It costs far less where the address is active here
   * and at rest, as it is for nearly every command.
   * @param refused told what `send` would reject with
   */
  post(address: Address, message: HostMessage, refused: (error: unknown) => void): void
  /** Activates an address here unless it belongs to another node. */
  start(address: Address): Promise<void>
  /**
   * Moves an address to another node: it is frozen between two turns, committed, and goes on there.
   * Messages under way are answered once and stay in order; callers notice nothing but the wait.
   * What is not active is activated there. Settles when it is active.
   * @throws RealmError where that node could not take it; it goes on wherever it belongs then.
   */
  move(address: Address, to: string): Promise<void>
  /**
   * Empties this node, which is to stop: what is active goes on at other nodes, what nobody needs
   * is put to sleep, and rooms with `moves: false` are given time to end by themselves. What has no
   * better place stays. Messages are served meanwhile, and nothing new begins here.
   */
  evacuate(options?: EvacuateOptions): Promise<EvacuationReport>
  /** Replaces the code of everything that is active, without losing state or messages. */
  replace(game: Game): Promise<ReplaceReport>
  stats(): HostStats
  /** How full all is that is bounded here. */
  fills(): Fill[]
  /** Freezes, commits and releases everything; nothing is activated here any more. */
  stop(): Promise<void>
}
