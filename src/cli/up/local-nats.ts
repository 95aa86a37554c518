import { mkdirSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type BusRole, busRoles, type NatsUser, natsAuthorization } from '../../bus/index.ts'
import { RealmError } from '../../errors/index.ts'
import { probePort } from '../../net/index.ts'
import { systemRandom } from '../../ports/index.ts'
import { findProgram, type RunningProgram, runProgram } from './local-programs.ts'

const readyTimeoutMs = 10_000
const pollMs = 20
const places = ['/usr/sbin', '/usr/local/sbin', '/usr/local/bin', '/usr/bin']

/** A NATS server on this machine, for the processes of one inventory. */
export interface LocalNats {
  /** For a process of that name: as the user of its role, who may speak as nobody else. */
  urlFor(name: string): string
  readonly server: RunningProgram
}

/** @throws RealmError `SERVER_PROGRAM_MISSING`, `BUS_UNAVAILABLE` */
export async function startNats(folder: string, prefix: string): Promise<LocalNats> {
  const path = findProgram('nats-server', places)
  const port = await probePort({ host: '127.0.0.1', port: 0 })
  const random = systemRandom()
  const users: NatsUser[] = [...busRoles, 'node' as const].map((role) => {
    return { role, prefix, user: role, password: random.id() + random.id() }
  })
  mkdirSync(folder, { recursive: true })
  const file = resolve(join(folder, 'nats.conf'))
  const lines = ['host: 127.0.0.1', `port: ${port}`, 'max_payload: 8MB', natsAuthorization(users)]
  writeFileSync(file, lines.join('\n'), { mode: 0o600 })
  const server = runProgram({ path, args: ['-c', file], user: undefined, stopSignal: 'SIGTERM' })
  await untilGreeting(port, server)
  return {
    server,
    urlFor: (name) => {
      const { user, password } = users.find(({ role }) => role === roleOf(name)) as NatsUser
      return `nats://${user}:${password}@127.0.0.1:${port}`
    },
  }
}

/** Whose rights a node of that name needs: those of the role with which its name begins. */
function roleOf(name: string): BusRole | 'node' {
  return busRoles.find((role) => role === name.split(/[-.]/, 1)[0]) ?? 'node'
}

async function untilGreeting(port: number, server: RunningProgram): Promise<void> {
  const endMs = performance.now() + readyTimeoutMs
  while (performance.now() < endMs && server.running()) {
    if (await greets(port)) return
    await sleep(pollMs)
  }
  await server.stop()
  throw new RealmError('BUS_UNAVAILABLE', `nats-server says: ${server.said()}`)
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
