import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { startProgram, type TestProgram } from './program.ts'

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
const portMin = 20_000
const ports = 12_000

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
  let running: TestProgram | undefined
  const stop = async (): Promise<void> => {
    const ending = running
    running = undefined
    await ending?.end()
  }
  const start = async (): Promise<void> => {
    running = await startProgram(program, ['-c', file])
    await untilReady(port, running)
  }
  const server: NatsServer = {
    port,
    url: `nats://127.0.0.1:${port}`,
    stop,
    start,
    pause: () => running?.pause(),
    resume: () => running?.resume(),
    close: async () => {
      await stop()
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

/**
 * A port that nobody listens on at this moment, below those that hosts give to whoever asks for
 * any: so that nobody takes it while the server of a test is down.
 */
async function freePort(): Promise<number> {
  for (;;) {
    const port = portMin + Math.floor(Math.random() * ports)
    if (await isFree(port)) return port
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const listener = createServer()
    listener.on('error', () => resolve(false))
    listener.listen(port, '127.0.0.1', () => listener.close(() => resolve(true)))
  })
}

async function untilReady(port: number, server: TestProgram): Promise<void> {
  const endMs = performance.now() + readyTimeoutMs
  while (performance.now() < endMs) {
    if (!server.running()) throw new Error(`nats-server ended at once: ${server.said()}`)
    if (await greets(port)) return
    await new Promise((done) => setTimeout(done, pollMs))
  }
  throw new Error(`nats-server is not ready after ${readyTimeoutMs} ms: ${server.said()}`)
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
