import { type ChildProcess, spawn } from 'node:child_process'
import { accessSync, chownSync, constants, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { RealmError } from '../../errors/index.ts'

/** As whom a program runs. */
export interface User {
  readonly uid: number
  readonly gid: number
}

const killAfterMs = 10_000

/** The first of these folders, or of those in `PATH`, that holds the program. */
export function findProgram(name: string, folders: readonly string[]): string {
  for (const folder of [...folders, ...(process.env['PATH'] ?? '').split(delimiter)]) {
    const path = join(folder, name)
    try {
      accessSync(path, constants.X_OK)
      return path
    } catch {
      // Not in this folder.
    }
  }
  throw new RealmError('SERVER_PROGRAM_MISSING', `Program: ${name}.`)
}

/** Whom programs that refuse to be root run as; undefined where we are nobody special. */
export function ordinaryUser(names: readonly string[]): User | undefined {
  if (process.getuid?.() !== 0) return undefined
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n')
  const line = names.map((name) => lines.find((one) => one.startsWith(`${name}:`))).find(Boolean)
  if (line === undefined) throw new RealmError('SERVER_PROGRAM_MISSING', `User: ${names[0]}.`)
  const [, , uid, gid] = line.split(':')
  return { uid: Number(uid), gid: Number(gid) }
}

export function own(user: User | undefined, ...paths: string[]): void {
  if (user) for (const path of paths) chownSync(path, user.uid, user.gid)
}

export interface Program {
  readonly path: string
  readonly args: readonly string[]
  readonly user: User | undefined
  /** By which it ends in good order; also where this process is killed. */
  readonly stopSignal: 'SIGINT' | 'SIGTERM'
}

export interface RunningProgram {
  readonly ended: Promise<void>
  running(): boolean
  /** The last of what it printed. */
  said(): string
  stop(): Promise<void>
}

/** A process group of its own: Ctrl-C is for us, and we stop it last. */
export function runProgram({ path, args, user, stopSignal }: Program): RunningProgram {
  const [command, ...words] = commandOf({ path, args, user, stopSignal })
  const child = spawn(command, words, {
    ...{ cwd: '/', detached: true, stdio: ['ignore', 'pipe', 'pipe'] },
    ...(process.platform !== 'linux' && user),
  })
  let said = ''
  const keep = (chunk: Buffer): void => {
    said = (said + chunk.toString()).slice(-2000)
  }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  child.on('error', (error) => keep(Buffer.from(error.message)))
  const ended = new Promise<void>((resolve) => void child.once('close', () => resolve()))
  return {
    ended,
    running: () => isRunning(child),
    said: () => said.trim(),
    stop: async () => {
      if (!isRunning(child)) return
      child.kill(stopSignal)
      const last = setTimeout(() => child.kill('SIGKILL'), killAfterMs)
      await ended
      clearTimeout(last)
    },
  }
}

/** On Linux the system ends it with us, even where we are killed. */
function commandOf({ path, args, user, stopSignal }: Program): [string, ...string[]] {
  if (process.platform !== 'linux') return [path, ...args]
  const rights = user ? [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups'] : []
  return ['setpriv', ...rights, `--pdeathsig=${stopSignal.slice(3)}`, path, ...args]
}

function isRunning(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null
}
