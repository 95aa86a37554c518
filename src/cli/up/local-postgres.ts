import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { RealmError } from '../../errors/index.ts'
import { probePort } from '../../net/index.ts'
import { systemRandom } from '../../ports/index.ts'
import {
  findProgram,
  ordinaryUser,
  own,
  type RunningProgram,
  runProgram,
  type User,
} from './local-programs.ts'

/** A PostgreSQL on this machine, for the processes of one inventory. */
export interface LocalPostgres {
  /** With the password. */
  readonly url: string
  readonly server: RunningProgram
}

const readyTimeoutMs = 30_000
const pollMs = 50
const root = '/usr/lib/postgresql'
const versionMin = 15

/**
 * Its data stay in the folder and are there again at the next start.
 * @throws RealmError `SERVER_PROGRAM_MISSING`, `STORE_UNAVAILABLE`
 */
export async function startPostgres(parent: string): Promise<LocalPostgres> {
  const programs = programFolders()
  const user = ordinaryUser(['postgres', 'nobody'])
  const folder = resolve(parent, 'postgres')
  const [data, secret] = [join(folder, 'data'), join(folder, 'password')]
  if (!existsSync(secret)) initialise(findProgram('initdb', programs), user, folder)
  const port = await probePort({ host: '127.0.0.1', port: 0 })
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '400',
  }
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const server = runProgram({
    path: findProgram('postgres', programs),
    args: ['-D', data, '-p', String(port), ...flags],
    user,
    stopSignal: 'SIGINT',
  })
  await untilReady(findProgram('pg_isready', programs), port, server)
  const password = readFileSync(secret, 'utf8').trim()
  return { url: `postgres://realmkit:${password}@127.0.0.1:${port}/postgres`, server }
}

/** Its last step is the password's name, so that what was cut short is begun anew. */
function initialise(initdb: string, user: User | undefined, folder: string): void {
  const [data, secret] = [join(folder, 'data'), join(folder, 'password')]
  rmSync(data, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const random = systemRandom()
  const unfinished = `${secret}.new`
  writeFileSync(unfinished, `${random.id()}${random.id()}\n`, { mode: 0o600 })
  own(user, folder, unfinished)
  const args = [
    ...['--username=realmkit', `--pwfile=${unfinished}`, '--auth=scram-sha-256'],
    ...['--encoding=UTF8', '--locale=C', `--pgdata=${data}`],
  ]
  const made = spawnSync(initdb, args, { cwd: '/', encoding: 'utf8', ...user })
  if (made.status !== 0) {
    throw new RealmError('STORE_UNAVAILABLE', `initdb says: ${made.stderr.trim()}`)
  }
  writeFileSync(secret, readFileSync(unfinished), { mode: 0o600 })
  rmSync(unfinished)
}

async function untilReady(isReady: string, port: number, server: RunningProgram): Promise<void> {
  const endMs = performance.now() + readyTimeoutMs
  while (performance.now() < endMs && server.running()) {
    if (spawnSync(isReady, ['-q', '-h', '127.0.0.1', '-p', String(port)]).status === 0) return
    await sleep(pollMs)
  }
  await server.stop()
  throw new RealmError('STORE_UNAVAILABLE', `PostgreSQL says: ${server.said()}`)
}

/** Those of Debian's packages, the newest first. */
function programFolders(): string[] {
  if (!existsSync(root)) return []
  const versions = readdirSync(root).map(Number)
  const fit = versions.filter((version) => version >= versionMin).sort((a, b) => b - a)
  return fit.map((version) => join(root, String(version), 'bin'))
}
