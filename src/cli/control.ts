import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, rmSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { RealmError, toRealmError } from '../errors/index.ts'

/** A question to a running process, one line of JSON; each answer is one as well. */
export interface ControlRequest {
  readonly op: 'status' | 'roll'
  /** Of `roll`: all processes at once. */
  readonly restart?: boolean
}

/** @param say sends one answer; the last one ends the conversation */
export type ControlHandler = (
  request: ControlRequest,
  say: (answer: object) => void,
) => Promise<void>

export interface ControlServer {
  close(): void
}

/** The system takes no longer path for a socket (108 bytes on Linux, 104 on macOS). */
const pathBytesMax = 100
const requestUnitsMax = 4096

/** Where a process with that folder can be asked; whoever may write the folder may ask. */
function controlPath(folder: string): string {
  const path = resolve(folder, 'control.sock')
  if (Buffer.byteLength(path) <= pathBytesMax) return path
  const short = createHash('sha256').update(path).digest('hex').slice(0, 24)
  return join(tmpdir(), `realmkit-${process.getuid?.() ?? 0}`, `${short}.sock`)
}

/**
 * Answers questions of this user on this machine.
 * @throws RealmError `SUPERVISOR_RUNNING`
 */
export async function serveControl(folder: string, handle: ControlHandler): Promise<ControlServer> {
  const path = controlPath(folder)
  mkdirSync(dirname(path), { recursive: true })
  if (await answers(path)) throw new RealmError('SUPERVISOR_RUNNING', `Socket: ${path}.`)
  rmSync(path, { force: true })
  const server = createServer((socket) => converse(socket, handle))
  const mask = process.umask(0o177)
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(path, resolve)
    })
  } finally {
    process.umask(mask)
  }
  chmodSync(path, 0o600)
  server.unref()
  return { close: () => void server.close() }
}

function converse(socket: Socket, handle: ControlHandler): void {
  socket.on('error', () => {})
  const say = (answer: object): void => {
    if (socket.writable) socket.write(`${JSON.stringify(answer)}\n`)
  }
  createInterface({ input: socket }).once('line', async (line) => {
    try {
      if (line.length > requestUnitsMax) return
      await handle(JSON.parse(line) as ControlRequest, say)
    } catch (error) {
      const { code, detail } = toRealmError(error)
      say({ error: { code, detail } })
    } finally {
      socket.end()
    }
  })
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
/**
 * Asks the process of that folder.
 * @throws RealmError `SUPERVISOR_ABSENT`, or what the other side answers with
 */
export async function* askControl(
  folder: string,
  request: ControlRequest,
): AsyncGenerator<Record<string, unknown>> {
  const path = controlPath(folder)
  const socket = connect(path)
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', () => reject(new RealmError('SUPERVISOR_ABSENT', `Socket: ${path}.`)))
  })
  socket.on('error', () => {})
  socket.write(`${JSON.stringify(request)}\n`)
  try {
    for await (const line of createInterface({ input: socket })) {
      const answer = JSON.parse(line)
      if (answer.error) throw new RealmError(answer.error.code, answer.error.detail)
      yield answer
    }
  } finally {
    socket.destroy()
  }
}
