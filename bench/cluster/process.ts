import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { NodeArguments } from './node.ts'

const ANSWER_TIMEOUT_MS = 120_000
const SCRIPT = join(import.meta.dirname, 'node.ts')

/** A node that runs in a process of its own. */
export interface NodeProcess {
  /** Where clients come in; 0 without a gate. */
  readonly port: number
  /** How many clients are connected to it; 0 where it has died. */
  clients(): Promise<number>
  /** Settles when it has ended, however. */
  readonly ended: Promise<void>
  signal(name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void
}

/**
 * Starts a node and waits until it is up. It ends with this process.
 * @param logFile where it writes what it has to say, behind what stands there
 * @throws Error where it ends before it is up
 */
export async function startNode(given: NodeArguments, logFile: string): Promise<NodeProcess> {
  const env = { ...process.env, NODE_ENV: 'production', NODE_NO_WARNINGS: '1' }
  const args = ['--conditions=source', SCRIPT, JSON.stringify(given)]
  const child = spawn(process.execPath, args, { env, stdio: ['pipe', 'pipe', 'pipe'] })
  child.stdin.on('error', () => {})
  child.stderr.pipe(createWriteStream(logFile, { flags: 'a' }))
  const ended = once(child, 'close').then(() => {})
  const lines = createInterface({ input: child.stdout })
  const next = <K extends string>(key: K): Promise<number> =>
    new Promise((resolve, reject) => {
      const late = setTimeout(() => {
        child.kill('SIGKILL')
        reject(new Error(`${given.id} does not answer: see ${logFile}`))
      }, ANSWER_TIMEOUT_MS)
      const settle = (run: () => void): void => {
        clearTimeout(late)
        run()
      }
      lines.once('line', (line) => {
        settle(() => resolve((JSON.parse(line) as Record<K, number>)[key]))
      })
      void ended.then(() => {
        settle(() => reject(new Error(`${given.id} ended: see ${logFile}`)))
      })
    })
  const port = await next('port')
  const clients = (): Promise<number> => {
    const answer = next('clients')
    child.stdin.write('{}\n')
    return answer.catch(() => 0)
  }
  const signal = (name: NodeJS.Signals): void => void child.kill(name)
  return { port, clients, ended, signal }
}

/** A port of this machine that nobody listens on at the moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (typeof address !== 'object' || address === null) throw new Error('there is no free port')
  return address.port
}
