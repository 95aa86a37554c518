import type { Figures, WorldFigures } from '../actor/index.ts'
import type { Role } from '../cluster/index.ts'
import type { KeeperState } from './keeper.ts'

/** What a node tells of itself and its process. */
export interface NodeFigures {
  /** Of the node, new at each start under a supervisor. */
  readonly node: string
  readonly roles: readonly Role[]
  /** Stands for the code of its game. */
  readonly version: string
  /** Share of one core that was used since the figures were asked for last. */
  readonly cpu: number
  /** Of the process; of the thread's own heap where nodes share a process. */
  readonly memoryBytes: number
  readonly players: number
  readonly rooms: number
  readonly worlds: number
  readonly actors: number
  /** From clients at a gate, else to what is active here. */
  readonly messagesPerSecond: number
  /** Of the slowest world, over its last 512 ticks; 0 where none ticks. */
  readonly tickP99Ms: number
  /** By how much the event loop was late, at worst in 99 of 100 looks. */
  readonly lagP99Ms: number
  /** Starts and handlers that failed by the fault of game code since the start. */
  readonly crashes: number
  /** Addresses left alone at present because they crashed again and again. */
  readonly parked: number
  readonly worldFigures: readonly WorldFigures[]
  /** What its gate counts: the numbers of `GateStats`. Undefined where it has none. */
  readonly gate: Figures | undefined
}

/** One process of a run as `realmkit top` shows it. */
export interface ProcessStatus {
  readonly name: string
  readonly roles: readonly Role[]
  readonly state: KeeperState
  readonly pid: number | undefined
  readonly upSeconds: number | undefined
  readonly port: number | undefined
  /** Starts after it had ended by itself. */
  readonly restarts: number
  /** Undefined where it does not answer. */
  readonly figures: NodeFigures | undefined
}

export interface RunStatus {
  readonly name: string
  readonly processes: readonly ProcessStatus[]
}
