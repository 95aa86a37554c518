import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import pg from 'pg'

/** A PostgreSQL of one test file's own, in a temporary folder. */
export interface TestPostgres {
  /** With the password; for a user who owns the database and has no further rights. */
  readonly url: string
  readonly password: string
  /** As the owner of the whole server. */
  admin(sql: string): Promise<unknown[][]>
  /** As the user of `url`. */
  asGame(sql: string): Promise<unknown[][]>
  /** A name never used before, for a store that begins empty. */
  freshSchema(): string
  readonly port: number
  /** Ends every process of the server at once and without a warning. */
  kill(): Promise<void>
  start(): Promise<void>
  /** From the next start on it is a replica that takes no writes, until `SELECT pg_promote()`. */
  demote(): void
  /** Freezes every process of the server, and thaws them. */
  pause(): void
  resume(): void
  /** Ends the server and deletes its folder. */
  stop(): Promise<void>
}

const run = promisify(execFile)
const password = 'correct horse battery'
const startTimeoutMs = 20_000

/**
 * Starts a server; call it once in a file and `stop` it in an `after` hook. It ends with this
 * process at the latest.
 *
 * @param settings lines of postgresql.conf, such as `fsync: 'off'` where nothing is killed
 */
export async function startPostgres(settings: Readonly<Record<string, string>> = {}) {
  const programs = programFolder()
  const user = serverUser()
  const folder = mkdtempSync(join(tmpdir(), 'realmkit-postgres-'))
  const data = join(folder, 'data')
  const passwordFile = join(folder, 'password')
  mkdirSync(data, { mode: 0o700 })
  writeFileSync(passwordFile, password)
  if (user) for (const path of [folder, data, passwordFile]) chownSync(path, user.uid, user.gid)
  const port = await freePort()
  const server = new Server(programs, user, folder, port, settings)
  try {
    await run(
      ...server.command('initdb', [
        ...['--username=admin', `--pwfile=${passwordFile}`, '--auth=scram-sha-256', '--no-sync'],
        ...['--encoding=UTF8', '--locale=C', `--pgdata=${data}`],
      ]),
    )
    await server.start()
    await server.admin(`CREATE ROLE game LOGIN PASSWORD '${password}'`)
    await server.admin('CREATE DATABASE game OWNER game')
  } catch (error) {
    await server.stop()
    throw error
  }
  return server
}

interface ServerUser {
  readonly uid: number
  readonly gid: number
}

class Server implements TestPostgres {
  readonly url: string
  readonly password = password
  readonly #programs: string
  readonly #user: ServerUser | undefined
  readonly #folder: string
  readonly port: number
  readonly #settings: Readonly<Record<string, string>>
  readonly #endWithUs = (): void => void this.#process?.kill('SIGQUIT')
  #process: ChildProcess | undefined
  #output = ''
  #schemas = 0

  constructor(
    programs: string,
    user: ServerUser | undefined,
    folder: string,
    port: number,
    settings: Readonly<Record<string, string>>,
  ) {
    this.#programs = programs
    this.#user = user
    this.#folder = folder
    this.port = port
    this.#settings = settings
    this.url = this.#urlOf('game', 'game')
    process.once('exit', this.#endWithUs)
  }

  #urlOf(user: string, database: string): string {
    return `postgres://${user}:${encodeURIComponent(password)}@127.0.0.1:${this.port}/${database}`
  }

  /**
   * PostgreSQL refuses to run as root. `setpriv` gives the rights away, on every runtime alike, and
   * ends the server with us, even where we are killed.
   */
  command(program: string, flags: readonly string[]): [string, string[]] {
    const { uid, gid } = this.#user ?? {}
    const rights = uid === undefined ? [] : [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups']
    const path = join(this.#programs, program)
    return ['setpriv', [...rights, '--pdeathsig=QUIT', path, ...flags]]
  }

  async start(): Promise<void> {
    const settings = {
      listen_addresses: '127.0.0.1',
      unix_socket_directories: this.#folder,
      max_connections: '40',
      shared_buffers: '64MB',
      ...this.#settings,
    }
    const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
    const data = join(this.#folder, 'data')
    const [file, args] = this.command('postgres', ['-D', data, '-p', `${this.port}`, ...flags])
    // The server must not be able to open what our folder is.
    const child = spawn(file, args, { cwd: '/', stdio: ['ignore', 'ignore', 'pipe'] })
    this.#process = child
    child.stderr.on('data', (chunk) => {
      this.#output = (this.#output + chunk).slice(-10_000)
    })
    const end = Date.now() + startTimeoutMs
    while (Date.now() < end && child.exitCode === null && child.signalCode === null) {
      if (await this.admin('SELECT 1').catch(() => undefined)) return
      await sleep(30)
    }
    throw new Error(`PostgreSQL did not start:\n${this.#output}`)
  }

  admin(sql: string): Promise<unknown[][]> {
    return runAs(this.#urlOf('admin', 'postgres'), sql)
  }

  asGame(sql: string): Promise<unknown[][]> {
    return runAs(this.url, sql)
  }

  freshSchema(): string {
    this.#schemas += 1
    return `fresh_${this.#schemas}`
  }

  async kill(): Promise<void> {
    const child = this.#process
    this.#process = undefined
    if (!child?.pid) throw new Error('PostgreSQL is not running')
    const exited = once(child, 'exit')
    const all = [child.pid, ...childrenOf(child.pid)]
    for (const id of all) signal(id, 'SIGKILL')
    await exited
    // As long as one of them lives, no server starts over the same data.
    while (all.some(isAlive)) await sleep(5)
  }

  demote(): void {
    const signal = join(this.#folder, 'data', 'standby.signal')
    writeFileSync(signal, '')
    if (this.#user) chownSync(signal, this.#user.uid, this.#user.gid)
  }

  pause(): void {
    this.#signalAll('SIGSTOP')
  }

  resume(): void {
    this.#signalAll('SIGCONT')
  }

  async stop(): Promise<void> {
    process.off('exit', this.#endWithUs)
    const child = this.#process
    if (child && child.exitCode === null && child.signalCode === null) {
      const exited = once(child, 'exit')
      this.resume()
      child.kill('SIGQUIT')
      await exited
    }
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #signalAll(name: NodeJS.Signals): void {
    const main = this.#process?.pid
    if (main === undefined) throw new Error('PostgreSQL is not running')
    for (const id of [main, ...childrenOf(main)]) signal(id, name)
  }
}

/** A process may be gone before its signal comes. */
function signal(id: number, name: NodeJS.Signals): void {
  try {
    process.kill(id, name)
  } catch {
    // Then it needs none.
  }
}

/** A process that has ended and that nobody asked about (state Z) is not. */
function isAlive(id: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${id}/status`, 'utf8'))
  } catch {
    return false
  }
}

async function runAs(connectionString: string, sql: string): Promise<unknown[][]> {
  const client = new pg.Client({ connectionString })
  client.on('error', () => {})
  try {
    await client.connect()
    return (await client.query({ text: sql, rowMode: 'array' })).rows
  } finally {
    await client.end()
  }
}

/** The processes that a process has started and that still run. */
function childrenOf(parent: number): number[] {
  return readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8')
    .split(' ')
    .filter((id) => id !== '')
    .map(Number)
}

/** @throws Error that names the package of Debian, where the programs are missing. */
function programFolder(): string {
  const root = '/usr/lib/postgresql'
  try {
    const versions = readdirSync(root).map(Number)
    const newest = Math.max(...versions.filter((version) => version >= 15))
    const folder = join(root, String(newest), 'bin')
    if (readdirSync(folder).includes('initdb')) return folder
  } catch {
    // Told below.
  }
  throw new Error(
    'These tests need PostgreSQL 15 or later: install the Debian package postgresql, ' +
      'as in: apt-get install --no-install-recommends postgresql',
  )
}

/** Whom to run the server as; undefined where we are nobody special ourselves. */
function serverUser(): ServerUser | undefined {
  if (process.getuid?.() !== 0) return undefined
  const users = readFileSync('/etc/passwd', 'utf8').split('\n')
  const line = ['postgres:', 'nobody:']
    .map((name) => users.find((user) => user.startsWith(name)))
    .find((found) => found !== undefined)
  if (line === undefined) throw new Error('There is no user `postgres` or `nobody`.')
  const [, , uid, gid] = line.split(':')
  return { uid: Number(uid), gid: Number(gid) }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  if (typeof address !== 'object' || address === null) throw new Error('There is no free port.')
  return address.port
}
