import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { createInterface } from 'node:readline'

const STDERR_KEPT_CHARS = 4_000

/** A process of the bench that answers each request with one JSON line. */
export interface Child {
  /** The next line that has this key. Rejects if the process ends or `timeoutMs` passes first. */
  next<T>(key: string, timeoutMs: number): Promise<T>
  /** Sends a request and waits for the line with this key. */
  ask<T>(request: object, key: string, timeoutMs?: number): Promise<T>
  stop(): Promise<void>
}

let pinning: boolean | undefined

/** Whether processes can be kept on cores of their own here. */
export function canPin(): boolean {
  pinning ??= availableParallelism() >= 2 && spawnSync('taskset', ['-p', '1']).status === 0
  return pinning
}

/**
 * Starts `script` with one JSON argument, on a core of its own where that is possible.
 *
 * @param execPath - The runtime that runs the script.
 */
export function startChild(
  execPath: string,
  script: string,
  argument: object,
  core: number,
): Child {
  const command = [execPath, script, JSON.stringify(argument)]
  if (canPin()) command.unshift('taskset', '-c', String(core))
  const [file = execPath, ...args] = command
  const env = { ...process.env, NODE_ENV: 'production', NODE_NO_WARNINGS: '1' }
  return overLines(spawn(file, args, { env, stdio: 'pipe' }), script)
}

interface Waiting {
  readonly key: string
  take(value: unknown): void
  fail(error: Error): void
}

function overLines(child: ChildProcessWithoutNullStreams, script: string): Child {
  const waiting = new Set<Waiting>()
  let ended: Error | undefined
  let stderr = ''
  const failAll = (error: Error) => {
    ended ??= error
    for (const waiter of waiting) waiter.fail(ended)
  }
  child.stderr.on('data', (chunk) => {
    stderr = (stderr + String(chunk)).slice(-STDERR_KEPT_CHARS)
  })
  child.on('error', failAll)
  child.stdin.on('error', () => undefined)
  const exited = new Promise<void>((resolve) => {
    child.on('close', (code, signal) => {
      failAll(new Error(`${script} ended with ${code ?? signal}\n${stderr}`))
      resolve()
    })
  })
  createInterface({ input: child.stdout }).on('line', (line) => {
    const message = parse(line)
    if (message === undefined) process.stderr.write(`${line}\n`)
    for (const waiter of waiting) {
      if (message !== undefined && waiter.key in message) waiter.take(message[waiter.key])
    }
  })
  const next = <T>(key: string, timeoutMs: number) =>
    new Promise<T>((resolve, reject) => {
      if (ended !== undefined) return reject(ended)
      const timer = setTimeout(
        () => settle(() => reject(new Error(`${script} gave no ${key}\n${stderr}`))),
        timeoutMs,
      )
      const settle = (run: () => void) => {
        clearTimeout(timer)
        waiting.delete(waiter)
        run()
      }
      const waiter: Waiting = {
        key,
        take: (value) => settle(() => resolve(value as T)),
        fail: (error) => settle(() => reject(error)),
      }
      waiting.add(waiter)
    })
  return {
    next,
    ask: (request, key, timeoutMs = 20_000) => {
      const answer = next<never>(key, timeoutMs)
      child.stdin.write(`${JSON.stringify(request)}\n`)
      return answer
    },
    stop: async () => {
      child.stdin.end()
      const timer = setTimeout(() => child.kill('SIGKILL'), 3_000)
      await exited
      clearTimeout(timer)
    },
  }
}

function parse(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined
  try {
    return JSON.parse(line) as Record<string, unknown>
  } catch {
    return undefined
  }
}
