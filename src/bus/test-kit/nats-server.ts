import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

/** A `nats-server` of one test, on a port and in a folder of its own. */
export interface NatsServer {
  readonly port: number
  readonly url: string
  /** Kills it at once, as a crash does. */
  stop(): Promise<void>
  /** Starts it again on the same port. */
  start(): Promise<void>
  /** Stops its process without ending it (SIGSTOP), and lets it go on. */
  pause(): void
  resume(): void
  /** Kills it and removes its folder. */
  close(): Promise<void>
}

const readyTimeoutMs = 10_000
const pollMs = 10

/** Where Debian puts it is on the PATH of root only. */
const places = ['/usr/sbin', '/usr/local/sbin', '/usr/local/bin']

/**
 * Starts the server with more lines of configuration, if any are given.
 * @throws Error that names the package to install where there is no such program
 */
export async function startNatsServer(config = ''): Promise<NatsServer> {
  const program = findServer()
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'realmkit-nats-'))
  const file = join(folder, 'nats.conf')
  writeFileSync(file, `host: 127.0.0.1\nport: ${port}\n${config}\n`)
  let child: ChildProcess | undefined
  // A test that fails half-way, or a process that ends in the middle, leaves no server behind.
  const killNow = (): void => {
    child?.kill('SIGKILL')
  }
  process.on('exit', killNow)
  const stop = async (): Promise<void> => {
    const running = child
    child = undefined
    if (running === undefined || running.exitCode !== null || running.signalCode !== null) return
    const exited = once(running, 'exit')
    running.kill('SIGKILL')
    await exited
  }
  const start = async (): Promise<void> => {
    const started = spawn(program, ['-c', file], { stdio: ['ignore', 'ignore', 'pipe'] })
    child = started
    let said = ''
    started.stderr?.on('data', (data: Buffer) => {
      said = `${said}${data}`.slice(-4000)
    })
    await untilReady(port, started, () => said)
  }
  const server: NatsServer = {
    port,
    url: `nats://127.0.0.1:${port}`,
    stop,
    start,
    pause: () => void child?.kill('SIGSTOP'),
    resume: () => void child?.kill('SIGCONT'),
    close: async () => {
      await stop()
      process.off('exit', killNow)
      rmSync(folder, { recursive: true, force: true })
    },
  }
  try {
    await start()
  } catch (error) {
    await server.close()
    throw error
  }
  return server
}

function findServer(): string {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...places]
  for (const folder of folders) {
    const program = join(folder, 'nats-server')
    try {
      accessSync(program, constants.X_OK)
      return program
    } catch {
      // Not in this folder.
    }
  }
  throw new Error('nats-server is missing: install the Debian package nats-server.')
}

/** A port that nobody listens on at this moment. */
async function freePort(): Promise<number> {
  const listener = createServer().listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const address = listener.address()
  listener.close()
  await once(listener, 'close')
  if (address === null || typeof address === 'string') throw new Error('The host gave no port.')
  return address.port
}

async function untilReady(port: number, child: ChildProcess, said: () => string): Promise<void> {
  const endMs = performance.now() + readyTimeoutMs
  while (performance.now() < endMs) {
    if (child.exitCode !== null) throw new Error(`nats-server ended at once: ${said()}`)
    if (await greets(port)) return
    await new Promise((done) => setTimeout(done, pollMs))
  }
  throw new Error(`nats-server is not ready after ${readyTimeoutMs} ms: ${said()}`)
}

/** Whether something on the port says `INFO`, as NATS does first. */
function greets(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const end = (greeted: boolean): void => {
      socket.destroy()
      resolve(greeted)
    }
    socket.on('error', () => end(false))
    socket.on('close', () => end(false))
    socket.once('data', (data) => end(data.toString('latin1').startsWith('INFO')))
  })
}
