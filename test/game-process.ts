import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from '../scripts/lib/project.ts'

/** A game that has not said it is ready by then is stuck. */
const readyTimeoutMs = 20_000
const endTimeoutMs = 10_000

/** How a game process is started. */
export interface GameOptions {
  /** Port to listen on; 0, the default, takes any free one. */
  readonly port?: number
  /** Folder of the store; a fresh temporary one by default. */
  readonly dataDir?: string
  /** Other program to start than the command line in `src/`, such as an installed one. */
  readonly program?: readonly [command: string, ...args: string[]]
  /** Working folder; the root of the project by default. */
  readonly cwd?: string
}

/** A running game. */
export interface GameProcess {
  /** Address of the game, with a slash at its end. */
  readonly url: string
  readonly playground: string
  readonly port: number
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
  const own = ['--port', String(options.port ?? 0), '--data', dataDir, '--json']
  const child = spawn(command, [...before, ...args, ...own], {
    cwd: options.cwd ?? root,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let printed = ''
  const ended = once(child, 'exit')
  ended.catch(() => undefined)
  // A test that is cut off leaves no game behind.
  process.once('exit', () => child.kill('SIGKILL'))
  const ready = new Promise<ReadyLine>((resolve, reject) => {
    const fail = (why: string) => reject(new Error(`${args.join(' ')} ${why}:\n${printed}`))
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      fail(`was not ready after ${readyTimeoutMs} ms`)
    }, readyTimeoutMs)
    const collect = (chunk: string) => {
      printed += chunk
      const line = readyLine(printed)
      if (!line) return
      clearTimeout(timer)
      resolve(line)
    }
    child.stdout.setEncoding('utf8').on('data', collect)
    child.stderr.setEncoding('utf8').on('data', collect)
    child.on('error', (error) => fail(error.message))
    child.on('exit', (code, signal) => {
      clearTimeout(timer)
      fail(`ended with ${code ?? signal}`)
    })
  })
  const { url, playground, port } = await ready
  const kill: GameProcess['kill'] = async (signal = 'SIGTERM') => {
    child.kill(signal)
    const last = setTimeout(() => child.kill('SIGKILL'), endTimeoutMs)
    const [code, by] = await ended
    clearTimeout(last)
    return { code, signal: by }
  }
  return { url, playground, port, dataDir, process: child, logs: () => printed, kill }
}

interface ReadyLine {
  readonly ready: true
  readonly url: string
  readonly playground: string
  readonly port: number
}

function readyLine(printed: string): ReadyLine | undefined {
  const line = printed.split('\n').find((text) => /^\{.*"ready":\s*true.*\}$/.test(text))
  return line === undefined ? undefined : JSON.parse(line)
}
