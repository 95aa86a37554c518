import type { BlockKind } from '../../protocol/index.ts'

export type RoomEntry =
  | { readonly mode: 'joinOrCreate' | 'create' }
  | { readonly mode: 'join'; readonly id: string }

/** What lists and buttons may open. Promises reject with what kept it from being opened. */
export interface Opener {
  openBlock(kind: BlockKind, name: string): void
  joinRoom(name: string, entry: RoomEntry, options: unknown): Promise<void>
  joinWorld(name: string, line: string, options: unknown): Promise<void>
  watchActor(name: string, key: string): Promise<void>
  /** The last options given to a block, or those every field starts with. */
  optionsOf(kind: BlockKind, name: string): unknown
}
