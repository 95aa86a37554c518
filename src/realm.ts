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

/** A node of a game without a gate: what the outside is. */
export interface RealmNodeOptions extends NodeOptions {
  readonly game: Game | GameDefinition
  readonly host?: HostLimits
}

/** A node of a game: what the outside is, and where clients come in. */
export interface RealmOptions extends RealmNodeOptions {
  readonly listener: Listener
  /**
   * Where clients reach this gate, if not at the address it listens on: behind a load balancer or a
   * proxy. `https://gate1.example`; several gates may have the same one.
   */
  readonly publicUrl?: string
  readonly gate?: Pick<GateOptions, 'http' | 'limits' | 'origins' | 'dev' | 'hosts'>
}

/** A running node. */
export interface RealmNode {
  readonly node: ClusterNode
  readonly host: Host
  /**
   * Goes on with other code: sockets, sessions and state stay.
   * @throws RealmError `GAME_INVALID`; the running game goes on then.
   */
  replaceGame(game: Game | GameDefinition): Promise<ReplaceReport>
  stats(): { readonly host: HostStats }
  /** The first step of a graceful stop: nothing new is placed here. `close` comes after it. */
  drain(): Promise<void>
  /** Says goodbye to clients, keeps all state, leaves the cluster. The ports stay open. */
  close(): Promise<void>
}

/** A running node with its gate. */
export interface Realm extends RealmNode {
  readonly gate: Gate
  /** Where clients connect. */
  readonly address: ListenerAddress
  stats(): RealmStats
  /** Also, the gate's clients go on at others, if there are any. */
  drain(options?: DrainOptions): Promise<void>
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
  const parts = await startParts(options, game)
  const { node, host } = parts
  const gate = createGate({ ...parts, game, listener: options.listener, ...options.gate })
  const close = async (): Promise<void> => {
    await gate.close()
    await stopParts(parts)
  }
  try {
    await startWorlds(parts, game)
    const address = await gate.listen()
    node.measure('gate', () => gate.stats().sessions)
    node.announce({ url: options.publicUrl ?? urlOf(address) })
    return {
      node,
      host,
      gate,
      address,
      replaceGame: async (given) => {
        const next = loaded(given)
        // Clients learn of the new manifest before the first state that is written by it.
        const report = await gate.replaceGame(next, () => host.replace(next))
        await startWorlds(parts, next)
        return report
      },
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

/**
 * Starts a node that no client connects to: one whose roles leave `gate` out.
 * @throws RealmError `GAME_INVALID`, `NODE_DUPLICATE`, `STORE_…`
 */
export async function startInnerNode(options: RealmNodeOptions): Promise<RealmNode> {
  const game = loaded(options.game)
  const parts = await startParts(options, game)
  const { host } = parts
  try {
    await startWorlds(parts, game)
  } catch (error) {
    await stopParts(parts)
    throw error
  }
  return {
    ...parts,
    replaceGame: async (given) => {
      const next = loaded(given)
      const report = await host.replace(next)
      await startWorlds(parts, next)
      return report
    },
    stats: () => ({ host: host.stats() }),
    drain: () => parts.node.drain(),
    close: () => stopParts(parts),
  }
}

interface Parts {
  readonly node: ClusterNode
  readonly host: Host
}

async function startParts(options: RealmNodeOptions, game: Game): Promise<Parts> {
  const node = await createNode(options)
  const host = createHost({ node, game, ...(options.host && { limits: options.host }) })
  node.onActivate((address) => host.start(address))
  return { node, host }
}

async function stopParts({ node, host }: Parts): Promise<void> {
  await host.stop()
  await node.close()
}

/** Empty where it is not known by which name clients of other machines reach this one. */
function urlOf({ host, port }: ListenerAddress): string {
  if (host === '0.0.0.0' || host === '::') return ''
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}

function loaded(game: Game | GameDefinition): Game {
  return 'manifest' in game ? game : loadGame(game)
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
