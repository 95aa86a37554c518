import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from '../scripts/lib/project.ts'
import { type ReadyLine, waitForReady } from '../scripts/lib/ready.ts'

const readyTimeoutMs = 20_000
const endTimeoutMs = 10_000

/** How a game process is started. */
export interface GameOptions {
  /** Port to listen on; 0, the default, takes any free one. */
  readonly port?: number
  /** Folder of the store; a fresh temporary one by default. */
  readonly dataDir?: string
  /** Nothing but `--json` is added to the arguments: for processes of a cluster. */
  readonly bare?: boolean
  /** Other program to start than the command line in `src/`, such as an installed one. */
  readonly program?: readonly [command: string, ...args: string[]]
  /** Working folder; the root of the project by default. */
  readonly cwd?: string
  /** Environment; that of this process by default. */
  readonly env?: NodeJS.ProcessEnv
}

/** A running game. */
export interface GameProcess extends ReadyLine {
  readonly dataDir: string
  readonly process: ChildProcess
  /** Everything it has printed so far. */
  logs(): string
  /** Ends it and waits until it has ended; by then it has given its port back. */
  kill(signal?: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null }>
}

const ownProgram: readonly [string, ...string[]] = [
  process.execPath,
  '--conditions=source',
  join(root, 'src/cli/main.ts'),
]

/**
 * Starts the command line as a process of its own (`['run', 'games/hello/hello.ts']`) and waits for
 * the line by which it says that it listens.
 *
 * @throws Error with everything it printed, if it ends or stays silent instead
 */
export async function startGame(args: string[], options: GameOptions = {}): Promise<GameProcess> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'realmkit-'))
  const [command, ...before] = options.program ?? ownProgram
  const own = options.bare ? [] : ['--port', String(options.port ?? 0), '--data', dataDir]
  const child = spawn(command, [...before, ...args, ...own, '--json'], {
    cwd: options.cwd ?? root,
    env: options.env ?? process.env,
    // A process group of its own: npx passes signals to its shell only, which leaves the game
    // behind.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) =>
    child.on('exit', (code, signal) => resolve({ code, signal })),
  )
  const signalAll = (signal: NodeJS.Signals) => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
    process.kill(-child.pid, signal)
  }
  // A test that is cut off leaves no game behind.
  const cutOff = () => signalAll('SIGKILL')
  process.once('exit', cutOff)
  child.once('exit', () => process.off('exit', cutOff))
  let printed = ''
  const collect = (chunk: string) => {
    printed += chunk
  }
  child.stdout.setEncoding('utf8').on('data', collect)
  child.stderr.setEncoding('utf8').on('data', collect)
  const ready = await waitForReady(child, readyTimeoutMs).catch((error) => {
    cutOff()
    throw error
  })
  const kill: GameProcess['kill'] = async (signal = 'SIGTERM') => {
    signalAll(signal)
    const last = setTimeout(cutOff, endTimeoutMs)
    const end = await ended
    clearTimeout(last)
    return end
  }
  return { ...ready, dataDir, process: child, logs: () => printed, kill }
}
