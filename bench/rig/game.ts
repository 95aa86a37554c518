import type { GameDefinition } from '../../src/index.ts'
import type { TileStreamDescriptor } from '../../src/protocol/index.ts'

/** A game that a rig runs, and what a bench must know of it. */
export interface RigGame {
  readonly definition: GameDefinition
  readonly descriptor: TileStreamDescriptor
  readonly tickHz: number
  /** How long the last step took, in ms: what the game itself costs. */
  readonly stepMs: number
  /** Steps made so far. */
  readonly ticks: number
  /** Everybody there is: the truth that decoding clients are compared with. */
  everybody(): Iterable<Seen>
}

export interface Seen {
  readonly id: number
  readonly x: number
  readonly y: number
}

let logins = 0

/** Lets everybody in, each as somebody new. */
export function loginAsAnyone(): { id: string; name: string } {
  logins += 1
  return { id: String(logins), name: `Avatar ${logins}` }
}
