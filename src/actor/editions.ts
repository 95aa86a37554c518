import type { Address } from '../cluster/index.ts'
import { type ErrorCode, RealmError } from '../errors/index.ts'
import type { BlockDescriptor, BlockKind } from '../protocol/index.ts'
import type { HostMessage } from './behaviour.ts'
import type { Game } from './game.ts'

/**
 * What a message is in another edition of the game. Calls and commands are numbered by their place
 * in a game's manifest; while a game is replaced, messages wait that were numbered by the former
 * one. They are translated by name, where nothing about the thing has changed.
 * @throws RealmError `UNKNOWN_METHOD`, `UNKNOWN_COMMAND` or `BLOCK_GONE` where it is gone,
 * `MANIFEST_STALE` where it means something else by now
 */
export function translate(
  message: HostMessage,
  address: Address,
  from: Game,
  to: Game,
): HostMessage {
  if (from === to || from.manifestHash === to.manifestHash) return message
  const [kind, name = ''] = address.split('/')
  const faces = (): Faces => facesOf(kind as BlockKind, name, from, to)
  switch (message.op) {
    case 'call':
      // Rooms and matchmakers are called by the framework alone, by numbers that never change.
      if (kind !== 'actor') return message
      return { ...message, method: numberIn(faces(), 'calls', message.method) }
    case 'command':
      return { ...message, command: numberIn(faces(), 'commands', message.command) }
    case 'commands': {
      const { batch } = message
      const both = faces()
      // One that is gone must not take the others along: the world refuses what it does not know.
      const commands = batch.commands.map((number) => numberOr(both, number, noCommand))
      return { ...message, batch: { ...batch, commands } }
    }
    case 'join':
      if (kind === 'match') return message
      assertSame(faces().before.options, faces().now.options)
      return message
    default:
      return message
  }
}

/**
 * The number of a call of `definition` in the game that runs, which may be a later one than its
 * own.
 */
export function methodIn(
  running: Game,
  place: { readonly game: Game; readonly name: string },
  method: number,
): number {
  if (place.game === running) return method
  return numberIn(facesOf('actor', place.name, place.game, running), 'calls', method)
}

/** No block has a command of this number, or it is the last of 256. */
const noCommand = 255

interface Faces {
  readonly before: BlockDescriptor
  readonly now: BlockDescriptor
}

const unknownCode = {
  calls: 'UNKNOWN_METHOD',
  commands: 'UNKNOWN_COMMAND',
} as const satisfies Record<string, ErrorCode>

function facesOf(kind: BlockKind, name: string, from: Game, to: Game): Faces {
  const [before, now] = [from, to].map((game) => {
    const place = game.find(kind, name)
    return place && game.manifest.blocks[place.number]
  })
  if (before === undefined || now === undefined) throw new RealmError('BLOCK_GONE')
  return { before, now }
}

function numberIn({ before, now }: Faces, list: keyof typeof unknownCode, number: number): number {
  const entry = before[list][number]
  const index = now[list].findIndex(({ name }) => name === entry?.name)
  if (entry === undefined || index < 0) throw new RealmError(unknownCode[list])
  assertSame(entry, now[list][index])
  return index
}

function numberOr(faces: Faces, number: number, otherwise: number): number {
  try {
    return numberIn(faces, 'commands', number)
  } catch {
    return otherwise
  }
}

function assertSame(before: unknown, now: unknown): void {
  if (JSON.stringify(before) !== JSON.stringify(now)) throw new RealmError('MANIFEST_STALE')
}
