import { join } from 'node:path'
import { type NatsServer, startNatsServer } from '../../src/bus/test-kit/nats-server.ts'
import type { Role } from '../../src/cluster/index.ts'
import { decode, record, text } from '../../src/schema/index.ts'
import { startPostgres, type TestPostgres } from '../../src/store/test-kit/postgres.ts'
import { freePort, type NodeProcess, startNode } from '../cluster/process.ts'

/** What can be killed or stopped. */
export const kinds = ['gate', 'logic', 'room', 'world', 'center', 'nats', 'postgres'] as const
export type Kind = (typeof kinds)[number]

/** One process of the cluster, or one server with its processes. */
export interface Part {
  readonly name: string
  readonly kind: Kind
  readonly running: boolean
  /** How many clients are connected to it. */
  clients(): Promise<number>
  /** Ends it at once and without a warning; whoever looks after it starts it again. */
  kill(): Promise<void>
  pause(): void
  resume(): void
}

export interface Cluster {
  /**
   * What of this kind a fault is to strike so that the player feels it; of the gates, the one that
   * most players are connected to.
   */
  victim(kind: Kind, player: string): Promise<Part>
  /** Of the gates. */
  readonly urls: readonly string[]
  readonly storeUrl: string
  /** Ends every node and starts it again, so that only what is durable is left. */
  restartNodes(): Promise<void>
  close(): Promise<void>
}

/** How soon a supervisor starts again what has died, and tries again what did not come up. */
const RESTART_MS = 100
const RETRY_MS = 500
const POLL_MS = 50

/**
 * After a crash PostgreSQL by itself syncs each file of its folder, about a thousand, one by one,
 * which takes seconds on a slow disk; `syncfs` asks for all at once.
 */
const postgresSettings = { recovery_init_sync_method: 'syncfs' }

const nodes: readonly (readonly [name: string, kind: Kind & Role])[] = [
  ['center-1', 'center'],
  ['logic-1', 'logic'],
  ['logic-2', 'logic'],
  ['room-1', 'room'],
  ['room-2', 'room'],
  ['world-1', 'world'],
  ['world-2', 'world'],
  ['gate-1', 'gate'],
  ['gate-2', 'gate'],
]

/** Starts a whole cluster, each node a process; what they say goes to files in `folder`. */
export async function startCluster(folder: string, players: number): Promise<Cluster> {
  const postgres = await startPostgres(postgresSettings)
  const nats = await startNatsServer()
  const servers = { bus: nats.url, store: postgres.url }
  const kept: KeptNode[] = []
  for (const [id, kind] of nodes) {
    const port = kind === 'gate' ? await freePort() : 0
    const given = { id, roles: [kind], ...servers, port, clients: players }
    kept.push(new KeptNode(kind, given, join(folder, `${id}.log`)))
  }
  const up = async (): Promise<void> => {
    for (const node of kept) await node.up()
  }
  await up()
  const parts: readonly Part[] = [...kept, natsPart(nats), postgresPart(postgres)]
  return {
    victim: async (kind, player) => {
      const candidates = parts.filter((part) => part.kind === kind && part.running)
      const own = owned[kind]?.(player)
      const owner = own === undefined ? undefined : await ownerOf(postgres, own)
      const found = candidates.find(({ name }) => name === owner) ?? (await fullest(candidates))
      if (found === undefined) throw new Error(`no ${kind} runs`)
      return found
    },
    urls: kept.filter(({ kind }) => kind === 'gate').map(({ url }) => url),
    storeUrl: postgres.url,
    restartNodes: async () => {
      await Promise.all(kept.map((node) => node.kill()))
      await up()
    },
    close: async () => {
      await Promise.all(kept.map((node) => node.close()))
      await Promise.all([nats.close(), postgres.stop()])
    },
  }
}

/** A node that is started again whenever it ends. */
class KeptNode implements Part {
  readonly kind: Kind
  readonly #given: Parameters<typeof startNode>[0]
  readonly #logFile: string
  readonly #kept: Promise<void>
  #process: NodeProcess | undefined
  #closing = false

  constructor(kind: Kind, given: Parameters<typeof startNode>[0], logFile: string) {
    this.kind = kind
    this.#given = given
    this.#logFile = logFile
    this.#kept = this.#keep()
  }

  get name(): string {
    return this.#given.id
  }

  get url(): string {
    return `http://127.0.0.1:${this.#given.port}`
  }

  get running(): boolean {
    return this.#process !== undefined
  }

  async #keep(): Promise<void> {
    while (!this.#closing) {
      try {
        this.#process = await startNode(this.#given, this.#logFile)
        await this.#process.ended
        this.#process = undefined
        await sleep(RESTART_MS)
      } catch {
        // It wrote why; the store or the bus may be down as well.
        await sleep(RETRY_MS)
      }
    }
  }

  async clients(): Promise<number> {
    return (await this.#process?.clients()) ?? 0
  }

  async up(): Promise<void> {
    while (!this.running) await sleep(POLL_MS)
  }

  async kill(): Promise<void> {
    const process = this.#process
    process?.signal('SIGKILL')
    await process?.ended
  }

  pause(): void {
    this.#process?.signal('SIGSTOP')
  }

  resume(): void {
    this.#process?.signal('SIGCONT')
  }

  async close(): Promise<void> {
    this.#closing = true
    await this.up()
    await this.kill()
    await this.#kept
  }
}

/** As a node writes it down when it becomes the owner. */
const Owner = record({ node: text({ max: 64 }), incarnation: text({ max: 64 }) })

async function fullest(parts: readonly Part[]): Promise<Part | undefined> {
  const clients = await Promise.all(parts.map((part) => part.clients()))
  return parts[clients.indexOf(Math.max(...clients))]
}

/** What begins the address by which a player needs a node of that kind. */
const owned: Partial<Record<Kind, (player: string) => string>> = {
  logic: (player) => `actor/worker/${player}`,
  room: () => 'room/hall/',
  world: () => 'world/field/',
}

async function ownerOf(postgres: TestPostgres, address: string): Promise<string | undefined> {
  const like = `own/${address}%`
  const sql = `SELECT value FROM realmkit.records WHERE key LIKE '${like}' LIMIT 1`
  const [row] = await postgres.asGame(sql)
  return row && decode(Owner, row[0] as Uint8Array).node
}

const noClients = async (): Promise<number> => 0

function natsPart(nats: NatsServer): Part {
  const kill = async (): Promise<void> => {
    await nats.stop()
    await sleep(RESTART_MS)
    await nats.start()
  }
  const { pause, resume } = nats
  return { name: 'nats', kind: 'nats', running: true, clients: noClients, kill, pause, resume }
}

function postgresPart(postgres: TestPostgres): Part {
  const kill = async (): Promise<void> => {
    await postgres.kill()
    await sleep(RESTART_MS)
    await postgres.start()
  }
  const pause = (): void => postgres.pause()
  const resume = (): void => postgres.resume()
  const name = 'postgres'
  return { name, kind: name, running: true, clients: noClients, kill, pause, resume }
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
