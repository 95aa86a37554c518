import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Game, ReplaceReport } from '../actor/index.ts'
import { defaultGateLimits } from '../gate/index.ts'
import { webSocketListener } from '../net/index.ts'
import { type Log, systemClock, systemRandom } from '../ports/index.ts'
import { type Realm, type RealmNode, startInnerNode, startRealm } from '../realm.ts'
import type { Outside } from './outside.ts'
import { createSite, type WebFolder } from './web/site.ts'

/** Where clients come in. */
export interface Door {
  readonly host: string
  readonly port: number
  /** Where players reach it, if not at the address it listens on. */
  readonly publicUrl: string | undefined
  /** Others share the port. */
  readonly reusePort: boolean
  readonly origins: readonly string[]
  /** Every client comes through a proxy that appends the client's address to `X-Forwarded-For`. */
  readonly behindProxy: boolean
}

export interface ServerOptions {
  readonly game: Game
  readonly gameFile: string
  readonly outside: Outside
  readonly door: Door
  /** For its developer: reached by the names of this machine only, where it listens to no other. */
  readonly dev: boolean
  /** Of the game's code, told to other nodes. */
  readonly version: string
  readonly log: Log
}

export interface Server {
  readonly realm: RealmNode
  /** Undefined where nobody connects to it: its roles leave `gate` out. */
  readonly entrance: Entrance | undefined
  replaceGame(game: Game): Promise<ReplaceReport>
  /** Hands over to other nodes what it has, where there are any, and closes. */
  leave(limitMs: number): Promise<void>
  close(): Promise<void>
}

export interface Entrance {
  /** Where a browser on this machine finds it, with a slash at the end. */
  readonly url: string
  readonly port: number
}

/** One node in this process or thread, from real ports. Closes `outside` in any case. */
export async function startServer(options: ServerOptions): Promise<Server> {
  const { outside } = options
  let { game } = options
  try {
    const { realm, entrance } = await startNode(options, () => game)
    const close = async (): Promise<void> => {
      await realm.close()
      await outside.close()
    }
    return {
      realm,
      entrance,
      replaceGame(next) {
        game = next
        return realm.replaceGame(next)
      },
      async leave(limitMs) {
        await handOver(realm, limitMs * handOverShare)
        await close()
      },
      close,
    }
  } catch (error) {
    await outside.close()
    throw error
  }
}

/** What others still send here by mistake is shown the way for so long. */
const lingerMs = 500
/** The rest of the time is for closing. */
const handOverShare = 0.8

/** Clients go on at other gates, what is active goes on at other nodes. */
async function handOver(realm: RealmNode, timeoutMs: number): Promise<void> {
  const { node, host } = realm
  const others = node.view().filter(({ id, draining }) => id !== node.id && !draining)
  if (others.length === 0) return
  const gates = others.some(({ roles }) => roles.includes('gate'))
  await Promise.all([
    host.evacuate({ timeLimitMs: timeoutMs }),
    gates && 'gate' in realm ? (realm as Realm).drain({ timeoutMs }) : undefined,
  ])
  await new Promise<void>((resolve) => node.clock.after(lingerMs, resolve))
}

async function startNode(options: ServerOptions, game: () => Game): Promise<Started> {
  const { outside, door, version, log } = options
  const { close: _, ...around } = outside
  const clock = systemClock()
  const common = { ...around, game: game(), version, clock, random: systemRandom(), log }
  if (!outside.roles.includes('gate')) {
    return { realm: await startInnerNode(common), entrance: undefined }
  }
  const site = createSite({ gameFile: options.gameFile, web: () => webFolder(game()) })
  const realm = await startRealm({
    ...common,
    listener: webSocketListener({
      host: door.host,
      port: door.port,
      reusePort: door.reusePort,
      // A frame a little too large gets the gate's answer instead of a bare close.
      frameBytesMax: defaultGateLimits.frameBytesMax * 2,
      // Logins and calls are as small as messages; many unfinished ones must fit into memory.
      bodyBytesMax: defaultGateLimits.frameBytesMax * 2,
      trustForwardedFor: door.behindProxy,
      clock,
      log,
    }),
    ...(door.publicUrl !== undefined && { publicUrl: door.publicUrl }),
    gate: { http: site, origins: door.origins, ...hostsOf(options) },
  })
  const { port } = realm.address
  return { realm, entrance: { port, url: `http://localhost:${port}/` } }
}

type Started = Pick<Server, 'realm' | 'entrance'>

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
function hostsOf({ dev, door }: ServerOptions): { hosts?: readonly string[] } {
  const { host, origins } = door
  const local = dev && ['localhost', '127.0.0.1', '::1'].includes(host)
  if (!local || origins.includes('*')) return {}
  const listed = origins.filter((origin) => URL.canParse(origin))
  return { hosts: [...localNames, ...listed.map((origin) => new URL(origin).hostname)] }
}
