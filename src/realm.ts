import {
  createHost,
  type Game,
  type GameDefinition,
  type Host,
  type HostLimits,
  type HostStats,
  loadGame,
  type ReplaceReport,
} from './actor/index.ts'
import { type ClusterNode, createNode, type NodeOptions } from './cluster/index.ts'
import {
  createGate,
  type DrainOptions,
  type Gate,
  type GateOptions,
  type GateStats,
} from './gate/index.ts'
import type { Listener, ListenerAddress } from './ports/index.ts'

/** A node of a game: what the outside is, and where clients come in. */
export interface RealmOptions extends NodeOptions {
  readonly game: Game | GameDefinition
  readonly listener: Listener
  readonly gate?: Pick<GateOptions, 'http' | 'limits' | 'origins' | 'dev' | 'hosts'>
  readonly host?: HostLimits
}

/** A running node with its gate. */
export interface Realm {
  readonly node: ClusterNode
  readonly host: Host
  readonly gate: Gate
  /** Where clients connect. */
  readonly address: ListenerAddress
  /**
   * Goes on with other code: sockets, sessions and state stay.
   * @throws RealmError `GAME_INVALID`; the running game goes on then.
   */
  replaceGame(game: Game | GameDefinition): Promise<ReplaceReport>
  stats(): RealmStats
  /**
   * The first step of a graceful stop: nothing new is placed here, and the gate's clients go on at
   * others, if there are any. `close` comes after it.
   */
  drain(options?: DrainOptions): Promise<void>
  /** Says goodbye to clients, keeps all state, leaves the cluster. The ports stay open. */
  close(): Promise<void>
}

export interface RealmStats {
  readonly host: HostStats
  readonly gate: GateStats
}

/**
 * Starts a node: it joins the cluster, runs the game's worlds that belong to it, and opens its
 * gate. With a solo node this is the whole server.
 * @throws RealmError `GAME_INVALID`, `NODE_DUPLICATE`, `STORE_…`, `PORT_…`
 */
export async function startRealm(options: RealmOptions): Promise<Realm> {
  const game = loaded(options.game)
  const node = await createNode(options)
  const host = createHost({ node, game, ...(options.host && { limits: options.host }) })
  node.onActivate((address) => host.start(address))
  const gate = createGate({ node, host, game, listener: options.listener, ...options.gate })
  const close = async (): Promise<void> => {
    await gate.close()
    await host.stop()
    await node.close()
  }
  try {
    await startWorlds({ node, host }, game)
    const address = await gate.listen()
    node.measure('gate', () => gate.stats().sessions)
    node.announce({ url: urlOf(address) })
    return {
      node,
      host,
      gate,
      address,
      replaceGame: (next) => replaceGame({ node, host, gate }, loaded(next)),
      stats: () => ({ host: host.stats(), gate: gate.stats() }),
      drain: async (how) => {
        await node.drain()
        await gate.drain(how)
      },
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** As this machine sees it; where clients come by another way, announce that one afterwards. */
function urlOf({ host, port }: ListenerAddress): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}

function loaded(game: Game | GameDefinition): Game {
  return 'manifest' in game ? game : loadGame(game)
}

interface Parts {
  readonly node: ClusterNode
  readonly host: Host
}

/** Worlds live from the start, not from the first visitor on, and again when their node dies. */
async function startWorlds({ node, host }: Parts, game: Game): Promise<void> {
  const worlds = game.blocks.filter(({ block }) => block.kind === 'world')
  await Promise.all(
    worlds.map(async ({ name }) => {
      const address = `world/${name}/main`
      await node.keep(address)
      if (node.roles.includes('world')) await host.start(address)
    }),
  )
}

async function replaceGame(parts: Parts & { gate: Gate }, game: Game): Promise<ReplaceReport> {
  const { host, gate } = parts
  // Clients learn of the new manifest before the first state that is written by it.
  const report = await gate.replaceGame(game, () => host.replace(game))
  await startWorlds(parts, game)
  return report
}
