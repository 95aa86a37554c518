import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Ending, Life, NodeFigures } from '../../ops/index.ts'
import { ownCommand } from '../own-command.ts'
import type { ChildReady, FromChild, ToChild } from './parent-link.ts'

export interface ProcessStart {
  /** What stands after `realmkit`. */
  readonly args: readonly string[]
  readonly env: NodeJS.ProcessEnv
  readonly nodeOptions: readonly string[]
  /** Told each line it prints. */
  readonly line: (text: string) => void
}

/** A process of `realmkit run` that this one has started. */
export interface ProcessLife extends Life {
  readonly startedMs: number
  /** What it said when it began to work. */
  readonly told: ChildReady | undefined
  /** Its figures; undefined where it does not answer in time. */
  stats(): Promise<NodeFigures | undefined>
}

const statsTimeoutMs = 1000

/** Secrets go by the environment, never by the arguments. */
export function startProcess({ args, env, nodeOptions, line }: ProcessStart): ProcessLife {
  const [command, ...before] = ownCommand(nodeOptions)
  const child = spawn(command, [...before, ...args], {
    env: { ...env, REALMKIT_SUPERVISED: '1' },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // A process group of its own: Ctrl-C is for the supervisor.
    detached: true,
  })
  const killWithUs = (): void => void child.kill('SIGKILL')
  process.once('exit', killWithUs)
  for (const stream of [child.stdout, child.stderr]) {
    if (stream) createInterface({ input: stream }).on('line', line)
  }
  const answers = new Map<number, (value: NodeFigures | undefined) => void>()
  let [told, lastId]: [ChildReady | undefined, number] = [undefined, 0]
  let answered = (): void => {}
  const ready = new Promise<void>((resolve) => {
    child.on('message', (message: FromChild) => {
      if (message.kind === 'ready') {
        told = message
        resolve()
      } else if (message.kind === 'pong') {
        answered()
      } else {
        answers.get(message.id)?.(message.value)
        answers.delete(message.id)
      }
    })
  })
  const ended = endOf(child).finally(() => process.off('exit', killWithUs))
  const say = (message: ToChild): void => {
    // A channel that has just closed tells by the end of the process.
    if (child.connected) child.send(message, () => {})
  }
  return {
    ...{ pid: child.pid, ready, ended, startedMs: performance.now() },
    get told() {
      return told
    },
    stop: (handsOver) => say({ kind: 'stop', handsOver }),
    kill: () => void child.kill('SIGKILL'),
    ping: (told) => {
      answered = told
      say({ kind: 'ping' })
    },
    stats: () => {
      lastId += 1
      const id = lastId
      say({ kind: 'stats', id })
      return new Promise((resolve) => {
        answers.set(id, resolve)
        setTimeout(() => resolve(void answers.delete(id)), statsTimeoutMs).unref()
      })
    },
  }
}

function endOf(child: ChildProcess): Promise<Ending> {
  return new Promise((resolve) => {
    // `close` comes after the last line was read.
    child.once('close', (code, signal) => resolve({ code, signal }))
    child.once('error', () => resolve({ code: null, signal: null }))
  })
}
