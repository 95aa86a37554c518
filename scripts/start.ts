import { type ChildProcess, spawn } from 'node:child_process'
import { parseArgs } from 'node:util'
import { root } from './lib/project.ts'
import { waitForReady } from './lib/ready.ts'

const usage = `npm start -- [--port PORT] [--data DIR]

Starts the game frontier, and 200 bots that play it from a process of their own.

  --port PORT   port to listen on, 0 for any free one (PORT in the environment; 7777)
  --data DIR    folder of the database (.realmkit/frontier)
  --help        this text`

const defaultPort = 7777
const botCount = 200
const readyTimeoutMs = 60_000
const endTimeoutMs = 10_000

/** The processes that were started, in order. */
const parts: ChildProcess[] = []
let stopping = false

/**
 * Starts a command of Realmkit in a process group of its own: Ctrl-C then reaches this process
 * alone, which ends the others in order.
 */
function startPart(...args: string[]): ChildProcess {
  const child = spawn(process.execPath, ['--conditions=source', 'src/cli/main.ts', ...args], {
    cwd: root,
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  // What nobody reads would make it wait.
  child.stdout.resume()
  parts.push(child)
  return child
}

/** Calls back when a process ends though nobody told it to. */
function onLoss(child: ChildProcess, lost: (how: string) => void): void {
  child.on('exit', (code, signal) => {
    if (!stopping) lost(signal ?? `code ${code}`)
  })
}

/** Ends the processes, the last one started first, and then this one. */
async function stop(code: number): Promise<never> {
  stopping = true
  for (const child of parts.toReversed()) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    const ended = new Promise((resolve) => child.on('exit', resolve))
    child.kill('SIGTERM')
    const last = setTimeout(() => child.kill('SIGKILL'), endTimeoutMs)
    await ended
    clearTimeout(last)
  }
  process.exit(code)
}

/** The arguments for `realmkit run`, from those of `npm start`. */
function runArgs(args: string[]): string[] {
  const { values } = parseArgs({
    args,
    options: {
      port: { type: 'string' },
      data: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help) {
    console.log(usage)
    process.exit(0)
  }
  const port = values.port ?? process.env['PORT'] ?? String(defaultPort)
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) {
    throw new Error(`'${port}' is no port: 0 to 65535`)
  }
  return ['--port', port, ...(values.data === undefined ? [] : ['--data', values.data])]
}

async function start(options: string[]): Promise<void> {
  const game = startPart('run', 'games/frontier/game.ts', '--json', ...options)
  const ready = await waitForReady(game, readyTimeoutMs)
  onLoss(game, (how) => {
    console.error(`✘ The game ended by itself (${how}).`)
    void stop(1)
  })
  console.log(`game        ${ready.url}`)
  console.log(`playground  ${ready.playground}`)
  const crowd = ['--count', String(botCount), '--seconds', '0', '--json']
  const bots = startPart('bots', ready.url, ...crowd, '--script', 'games/frontier/bots.ts')
  onLoss(bots, (how) => {
    console.error(`✘ The bots ended by themselves (${how}); the game goes on.`)
  })
  console.log(`${botCount} bots are joining. Ctrl-C ends everything.`)
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop(0))
let options: string[] = []
try {
  options = runArgs(process.argv.slice(2))
} catch (error) {
  console.error(`npm start: ${error instanceof Error ? error.message : error} (see --help)`)
  process.exit(2)
}
await start(options).catch((error: Error) => {
  if (stopping) return
  console.error(`✘ ${error.message}`)
  return stop(1)
})
