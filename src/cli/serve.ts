import { join } from 'node:path'
import type { Game } from '../actor/index.ts'
import { watchGame } from './dev.ts'
import { gameLoader } from './load.ts'
import { humanLog, jsonLog } from './log.ts'
import { type Arguments, type CommandSpec, type OptionSpec, UsageError } from './options.ts'
import { type Server, startServer } from './server.ts'
import { surviveStrayRejections } from './stray.ts'

const options: Readonly<Record<string, OptionSpec>> = {
  port: {
    value: 'PORT',
    text: 'port to listen on, 0 for any free one (PORT in the environment; 7777)',
  },
  host: { value: 'ADDRESS', text: 'address to listen on' },
  data: { value: 'DIR', text: 'folder of the database (.realmkit/NAME)' },
  memory: { text: 'keep nothing on disk' },
  origin: { value: 'ORIGINS', text: 'other origins whose pages may connect, separated by commas' },
  'behind-proxy': {
    text: "take clients' addresses from X-Forwarded-For: only where a proxy sets it",
  },
  json: { text: 'one JSON line when ready, logs as JSON' },
}

export const devSpec: CommandSpec = {
  name: 'dev',
  positional: 'FILE',
  summary: 'Runs a game for its developer: reloads on change, players and state stay.',
  options: { ...options, host: { value: 'ADDRESS', text: 'address to listen on (127.0.0.1)' } },
}

export const runSpec: CommandSpec = {
  name: 'run',
  positional: 'FILE',
  summary: 'Runs a game for its players.',
  options: { ...options, host: { value: 'ADDRESS', text: 'address to listen on (0.0.0.0)' } },
}

export async function dev(args: Arguments): Promise<number> {
  return serve(args, 'dev')
}

export async function run(args: Arguments): Promise<number> {
  return serve(args, 'run')
}

async function serve(args: Arguments, mode: 'dev' | 'run'): Promise<number> {
  const startedMs = performance.now()
  const json = args.flag('json')
  const log = json ? jsonLog('info') : humanLog('warn')
  const loader = gameLoader(args.positional)
  const port = portOf(args)
  surviveStrayRejections(log)
  const game = await loader.load()
  const server = await startServer({
    game,
    gameFile: loader.file,
    host: args.text('host') ?? (mode === 'dev' ? '127.0.0.1' : '0.0.0.0'),
    port,
    data: args.flag('memory') ? undefined : (args.text('data') ?? join('.realmkit', game.name)),
    origins: args.text('origin')?.split(',') ?? [],
    dev: mode === 'dev',
    behindProxy: args.flag('behind-proxy'),
    log,
  })
  announce({ server, game, mode, json, tookMs: performance.now() - startedMs })
  const watching = mode === 'dev' ? watchGame({ loader, server, json }) : undefined
  await untilStopped()
  watching?.stop()
  await server.close()
  return 0
}

function portOf(args: Arguments): number {
  const given = process.env['PORT'] ?? ''
  const fallback = given === '' ? 7777 : Number(given)
  const port = args.integer('port', { min: 0, max: 65_535, fallback })
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port
  throw new UsageError(`PORT takes a whole number from 0 to 65535, not '${given}'`)
}

function announce(what: {
  server: Server
  game: Game
  mode: string
  json: boolean
  tookMs: number
}): void {
  const { url, port } = what.server
  const playground = `${url}playground/`
  if (what.json) {
    process.stdout.write(`${JSON.stringify({ ready: true, url, playground, port })}\n`)
    return
  }
  const hint = what.mode === 'dev' ? 'reloads when a file changes · ' : ''
  process.stdout.write(`
  Realmkit · ${what.game.name}

    game         ${url}
    playground   ${playground}

  ready in ${Math.round(what.tookMs)} ms · ${hint}Ctrl-C stops\n\n`)
}

/** Resolves at the first SIGINT or SIGTERM; a second one ends the process at once. */
function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    let asked = false
    const stop = () => {
      if (asked) process.exit(130)
      asked = true
      resolve()
    }
    process.on('SIGINT', stop)
    process.on('SIGTERM', stop)
  })
}
