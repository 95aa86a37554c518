import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { type ErrorCode, errorRegistry, RealmError } from '../errors/index.ts'
import { gameLoader } from './load.ts'
import type { Arguments, CommandSpec } from './options.ts'
import { ownCommand } from './own-command.ts'

export const checkSpec: CommandSpec = {
  name: 'check',
  positional: 'FILE',
  summary: 'Loads a game, and says whether it could run.',
  options: { json: { text: 'one JSON line' } },
}

/** What is known of a game without running it. */
export interface GameCheck {
  readonly name: string
  /** Stands for its code. */
  readonly version: string
  /** Stands for what clients and nodes say to each other: calls, commands, schemas. */
  readonly manifest: string
  readonly blocks: readonly string[]
}

export async function check(args: Arguments): Promise<number> {
  const loader = gameLoader(args.positional)
  const game = await loader.load()
  const result: GameCheck = {
    ...{ name: game.name, version: loader.version(), manifest: game.manifestHash },
    blocks: game.blocks.map(({ name, block }) => `${block.kind} ${name}`),
  }
  const { name, version, manifest, blocks } = result
  if (args.flag('json')) process.stdout.write(`${JSON.stringify(result)}\n`)
  else {
    process.stdout.write(
      `\n  ${name} can run\n\n    code       ${version}\n    manifest   ${manifest}\n` +
        `    blocks     ${blocks.join(', ')}\n\n`,
    )
  }
  return 0
}

/**
 * Checks a game in a process of its own, since a module that was loaded stays so.
 * @throws RealmError `GAME_…` with the place that process names
 */
export async function checkApart(file: string): Promise<GameCheck> {
  const [command, ...before] = ownCommand()
  try {
    const { stdout } = await promisify(execFile)(command, [...before, 'check', file, '--json'])
    return JSON.parse(stdout) as GameCheck
  } catch (error) {
    throw errorOf((error as { stderr?: string }).stderr ?? '')
  }
}

/** What `realmkit check` has printed, as the error it was: `realmkit check: MESSAGE [CODE]`. */
function errorOf(printed: string): RealmError {
  const [first = '', ...rest] = printed.trim().split('\n')
  const [, message = first, named = ''] = /^realmkit check: (.*) \[(\w+)\]$/.exec(first) ?? []
  const code = Object.hasOwn(errorRegistry, named) ? (named as ErrorCode) : 'GAME_INVALID'
  const detail = message.replace(errorRegistry[code].message, '').trim()
  const place = rest.filter((line) => line !== '' && !line.startsWith('  →'))
  return new RealmError(code, [detail, ...place].join('\n'))
}
