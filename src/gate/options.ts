import type { Game, Host } from '../actor/index.ts'
import type { ClusterNode } from '../cluster/index.ts'
import type { Fill, Listener, ListenerAddress } from '../ports/index.ts'
import type { HttpHandler } from './http.ts'
import type { GateLimits } from './limits.ts'
import type { GateStats } from './stats.ts'

export interface GateOptions {
  readonly node: ClusterNode
  readonly host: Host
  readonly game: Game
  readonly listener: Listener
  /** Serves the paths that are not Realmkit's own. */
  readonly http?: HttpHandler
  readonly limits?: Partial<GateLimits>
  /** Pages of other hosts that may use this gate: `https://game.example`; `*` for all. */
  readonly origins?: readonly string[]
  /** While developing: pages served by this machine may use the gate, whatever their port. */
  readonly dev?: boolean
  /**
   * Names under which the gate may be reached, without a port: for one that serves this machine
   * alone. Default any.
   */
  readonly hosts?: readonly string[]
}

export interface DrainOptions {
  /** How long it may take until every client has gone elsewhere. Default 20,000. */
  readonly timeoutMs?: number
}

/** Holds the sockets of a node's clients. */
export interface Gate {
  /** @throws RealmError `PORT_IN_USE`, `PORT_FORBIDDEN`, `STORE_UNAVAILABLE` */
  listen(): Promise<ListenerAddress>
  /**
   * Takes nobody in any more and has its clients go on elsewhere, some after the others. Resolves
   * once the last has gone, at the latest when the time is over.
   */
  drain(options?: DrainOptions): Promise<void>
  /**
   * Says goodbye to everyone. Sessions stay in the store, so that clients go on at the next start.
   */
  close(): Promise<void>
  /**
   * Tells every client of the new game. To be called right before the host replaces it, so that the
   * full states which the replaced rooms send come after the manifest they are to be read by.
   * @param replacing settles once everything runs the new code: `gate.replaceGame(game, () =>
   * host.replace(game))`
   */
  replaceGame<T>(game: Game, replacing: () => Promise<T>): Promise<T>
  stats(): GateStats
  /** How full all is that is bounded here. */
  fills(): Fill[]
}
