import type { Game, GameBlock } from '../actor/index.ts'
import { type ErrorCode, RealmError } from '../errors/index.ts'
import type { BlockDescriptor } from '../protocol/index.ts'

/**
 * What a client's numbers mean. While the game is replaced, a client that has not seen the new
 * manifest goes on using the numbers of the old one; they are translated by name, and only where
 * nothing about the thing has changed.
 */

/** The block that `number` means to a client of the game `theirs`, in the game that runs. */
export function blockOf(theirs: Game, running: Game, number: number): GameBlock {
  const block = theirs.blocks[number]
  if (block === undefined) throw new RealmError('UNKNOWN_BLOCK')
  if (theirs === running) return block
  const now = running.find(block.block.kind, block.name)
  if (now === undefined) throw new RealmError('BLOCK_GONE')
  return now
}

const unknownCode = {
  calls: 'UNKNOWN_METHOD',
  commands: 'UNKNOWN_COMMAND',
} as const satisfies Record<string, ErrorCode>

/**
 * The number, in the game that runs, of the call or command that `number` means to a client of
 * `theirs`.
 */
export function entryOf(
  theirs: Game,
  running: Game,
  block: GameBlock,
  list: keyof typeof unknownCode,
  number: number,
): number {
  const faceNow = running.manifest.blocks[block.number] as BlockDescriptor
  if (theirs === running) {
    if (number >= faceNow[list].length) throw new RealmError(unknownCode[list])
    return number
  }
  const face = faceIn(theirs, block)
  const entry = face?.[list][number]
  if (entry === undefined) throw new RealmError(unknownCode[list])
  const index = faceNow[list].findIndex((candidate) => candidate.name === entry.name)
  if (JSON.stringify(faceNow[list][index]) !== JSON.stringify(entry)) {
    throw new RealmError('MANIFEST_STALE')
  }
  return index
}

/** Refuses join options that were encoded by another schema than the one that runs. */
export function checkOptionsUnchanged(theirs: Game, running: Game, block: GameBlock): void {
  if (theirs === running) return
  const faceNow = running.manifest.blocks[block.number] as BlockDescriptor
  const before = JSON.stringify(faceIn(theirs, block)?.options)
  if (before !== JSON.stringify(faceNow.options)) throw new RealmError('MANIFEST_STALE')
}

function faceIn(game: Game, block: GameBlock): BlockDescriptor | undefined {
  const place = game.find(block.block.kind, block.name)
  return place === undefined ? undefined : game.manifest.blocks[place.number]
}
