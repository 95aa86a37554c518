import { readFileSync } from 'node:fs'
import { type ErrorCode, errorRegistry, RealmError } from '../errors/index.ts'
import { bots, botsSpec } from './bots.ts'
import { check, checkSpec } from './check.ts'
import { keepNewObjectsYoung } from './collector.ts'
import { type Arguments, type CommandSpec, helpOf, parseArguments, UsageError } from './options.ts'
import { roll, rollSpec } from './roll.ts'
import { dev, devSpec, run, runSpec } from './serve.ts'
import { top, topSpec } from './top.ts'
import { up, upSpec } from './up.ts'
import { quietExperimentalWarnings } from './warnings.ts'

interface Command {
  readonly spec: CommandSpec
  readonly run: (args: Arguments) => Promise<number>
}

const commands: readonly Command[] = [
  { spec: devSpec, run: dev },
  { spec: checkSpec, run: check },
  { spec: runSpec, run },
  { spec: upSpec, run: up },
  { spec: rollSpec, run: roll },
  { spec: topSpec, run: top },
  { spec: botsSpec, run: bots },
]

function version(): string {
  const file = new URL('../../package.json', import.meta.url)
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}

function overview(): string {
  const width =
    Math.max(...commands.map(({ spec }) => spec.name.length + spec.positional.length)) + 1
  const lines = commands.map(
    ({ spec }) => `  realmkit ${`${spec.name} ${spec.positional}`.padEnd(width)}   ${spec.summary}`,
  )
  return `Realmkit ${version()} — game servers in TypeScript\n\n${lines.join('\n')}\n
  realmkit COMMAND --help   all options of a command
  realmkit --version        ${version()}\n`
}

/** Exit codes: 0 done, 1 failed, 2 the command line is wrong. */
async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(overview())
    return 0
  }
  if (name === '--version' || name === '-v') {
    process.stdout.write(`${version()}\n`)
    return 0
  }
  const command = commands.find(({ spec }) => spec.name === name)
  if (command === undefined) {
    process.stderr.write(`realmkit: there is no command '${name}'; see realmkit --help\n`)
    return 2
  }
  if (rest.includes('--help') || rest.includes('-h')) {
    process.stdout.write(helpOf(command.spec))
    return 0
  }
  return runCommand(command, rest)
}

async function runCommand(command: Command, args: readonly string[]): Promise<number> {
  const { name } = command.spec
  try {
    return await command.run(parseArguments(command.spec, args))
  } catch (error) {
    if (error instanceof UsageError) {
      process.stderr.write(`realmkit ${name}: ${error.message}; see realmkit ${name} --help\n`)
      return 2
    }
    process.stderr.write(`realmkit ${name}: ${explain(error)}\n`)
    return error instanceof RealmError && usageCodes.includes(error.code) ? 2 : 1
  }
}

/** What is wrong with what the user has written for the command line. */
const usageCodes: readonly ErrorCode[] = ['INVENTORY_MISSING', 'INVENTORY_INVALID']

/** Their causes lie in somebody's code, and show where. */
const withPlace: readonly ErrorCode[] = [
  'GAME_FILE_FAILED',
  'GAME_INVALID',
  'BOT_SCRIPT_INVALID',
  'HANDLER_FAILED',
  'INVENTORY_MISSING',
  'INTERNAL',
]

/**
 * What went wrong and what to do next; the place in the code only where it helps.
 */
function explain(error: unknown): string {
  if (!(error instanceof RealmError))
    return error instanceof Error ? `${error.stack}` : String(error)
  const cause = withPlace.includes(error.code) ? error.cause : undefined
  const place = cause instanceof Error ? `\n\n${cause.stack}\n` : ''
  return `${error.message} [${error.code}]\n  → ${errorRegistry[error.code].next}${place}`
}

quietExperimentalWarnings()
keepNewObjectsYoung()
// Exits at once: connections that are still being tried must not keep the process.
process.exit(await main(process.argv.slice(2)))
