import type { GameDefinition } from '../../src/index.ts'
import type { TileStreamDescriptor } from '../../src/protocol/index.ts'

/** A game that a rig runs, and what a bench must know of it. */
export interface RigGame {
  readonly definition: GameDefinition
  readonly descriptor: TileStreamDescriptor
  readonly tickHz: number
  /** How long the last step took, in ms: what the game itself costs. */
  readonly stepMs: number
  /** Everybody there is: the truth that decoding clients are compared with. */
  everybody(): Iterable<Seen>
}

export interface Seen {
  readonly id: number
  readonly x: number
  readonly y: number
}

/** Lets in whoever names the number of an avatar, as the clients of the benches do. */
export function loginByAvatar(_scope: unknown, credentials: unknown): { id: string; name: string } {
  const { avatar } = Object(credentials) as { readonly avatar?: unknown }
  return { id: String(avatar), name: `Avatar ${avatar}` }
}
