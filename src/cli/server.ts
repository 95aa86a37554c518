import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Game } from '../actor/index.ts'
import { memoryBus } from '../bus/index.ts'
import { defaultGateLimits } from '../gate/index.ts'
import { webSocketListener } from '../net/index.ts'
import { type Log, systemClock, systemRandom } from '../ports/index.ts'
import { type Realm, startRealm } from '../realm.ts'
import { sqliteStore } from '../store/index.ts'
import { createSite, type WebFolder } from './web/site.ts'

export interface ServerOptions {
  readonly game: Game
  readonly gameFile: string
  readonly host: string
  readonly port: number
  /** Folder of the database; undefined keeps everything in memory. */
  readonly data: string | undefined
  readonly origins: readonly string[]
  /** For its developer: reached by the names of this machine only, where it listens to no other. */
  readonly dev: boolean
  /** Every client comes through a proxy that appends the client's address to `X-Forwarded-For`. */
  readonly behindProxy: boolean
  readonly log: Log
}

export interface Server {
  readonly realm: Realm
  /** Where a browser on this machine finds it, with a slash at the end. */
  readonly url: string
  readonly port: number
  replaceGame(game: Game): ReturnType<Realm['replaceGame']>
  close(): Promise<void>
}

/**
 * One process that is a whole server: real clock, sockets, and a SQLite file; nothing else needed.
 */
export async function startServer(options: ServerOptions): Promise<Server> {
  let { game } = options
  const { log, data } = options
  if (data !== undefined) mkdirSync(data, { recursive: true })
  const clock = systemClock()
  const store = await sqliteStore(data === undefined ? {} : { file: join(data, 'realm.db') })
  const site = createSite({ gameFile: options.gameFile, web: () => webFolder(game) })
  try {
    const realm = await startRealm({
      game,
      id: 'solo',
      clock,
      random: systemRandom(),
      bus: memoryBus(),
      store,
      log,
      listener: webSocketListener({
        host: options.host,
        port: options.port,
        // A frame a little too large gets the gate's answer instead of a bare close.
        frameBytesMax: defaultGateLimits.frameBytesMax * 2,
        // Logins and calls are as small as messages; many unfinished ones must fit into memory.
        bodyBytesMax: defaultGateLimits.frameBytesMax * 2,
        trustForwardedFor: options.behindProxy,
        clock,
        log,
      }),
      gate: { http: site, origins: options.origins, ...hostsOf(options) },
    })
    const { port } = realm.address
    return {
      realm,
      port,
      url: `http://localhost:${port}/`,
      replaceGame(next) {
        game = next
        return realm.replaceGame(next)
      },
      async close() {
        await realm.close()
        await store.close()
      },
    }
  } catch (error) {
    await store.close()
    throw error
  }
}

function webFolder(game: Game): WebFolder | undefined {
  if (game.web === undefined) return undefined
  const { folder, packages } = game.web
  return { folder: folder instanceof URL ? fileURLToPath(folder) : resolve(folder), packages }
}

const localNames = ['localhost', '127.0.0.1', '[::1]']

/**
 * A developer's server goes by the names of this machine, and by those that are listed. One for
 * players may stand behind a proxy that speaks of it by any name.
 */
function hostsOf({ dev, host, origins }: ServerOptions): { hosts?: readonly string[] } {
  const local = dev && ['localhost', '127.0.0.1', '::1'].includes(host)
  if (!local || origins.includes('*')) return {}
  const listed = origins.filter((origin) => URL.canParse(origin))
  return { hosts: [...localNames, ...listed.map((origin) => new URL(origin).hostname)] }
}
