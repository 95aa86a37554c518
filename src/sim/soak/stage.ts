import { type Game, type GameDefinition, loadGame } from '../../actor/index.ts'
import { nodeCrypto } from '../../cluster/index.ts'
import {
  type Bus,
  type Clock,
  type Listener,
  type Random,
  type Store,
  silentLog,
  type Witness,
} from '../../ports/index.ts'
import { type Realm, type RealmNode, startInnerNode, startRealm } from '../../realm.ts'
import type { SimFaults } from '../core.ts'
import type { SimProcess, SimWorld } from '../world.ts'
import type { Draw } from './draw.ts'
import { game } from './game.ts'
import type { Limits, NodePlan, Plan } from './plan.ts'
import type { Verdicts } from './verdicts.ts'

/** What one life of a node has of the outside. */
export interface NodePorts {
  readonly clock: Clock
  readonly random: Random
  readonly bus: Bus
  readonly store: Store
  readonly listener: Listener
  /** Undefined for the usual ones. */
  readonly limits: Limits | undefined
}

/** Puts something between one life of a node and the outside: how a bug is planted. */
export type WrapPorts = (ports: NodePorts, node: string) => NodePorts

/** A node over all of its lives. */
export interface StageNode {
  readonly plan: NodePlan
  readonly url: string
  process: SimProcess
  /** Undefined while it is down or on its way up. */
  realm: Realm | RealmNode | undefined
  state: 'down' | 'starting' | 'up' | 'paused' | 'closing'
  /** Counts its lives, so that what belongs to a former one ends. */
  life: number
  game: GameDefinition
}

interface Doing {
  readonly node: StageNode
  readonly life: number
  readonly what: string
}

const startRetryMs = 500
/** A node that takes longer to close is killed. */
const closeMsMax = 15_000

/** The cluster of one seed, and what can be done to it. */
export class Stage {
  readonly world: SimWorld
  readonly plan: Plan
  readonly draw: Draw
  readonly verdicts: Verdicts
  readonly nodes: readonly StageNode[]
  /** Keys of the actors that are played with. */
  readonly purses: readonly string[]
  /** The rates of the outside where nothing is wrong. */
  readonly calm: Readonly<SimFaults>
  readonly #doings = new Set<Doing>()
  readonly #wrap: WrapPorts
  readonly #wallOffsetsMs: number[]

  constructor(world: SimWorld, plan: Plan, draw: Draw, verdicts: Verdicts, wrap: WrapPorts) {
    this.world = world
    this.plan = plan
    this.draw = draw
    this.verdicts = verdicts
    this.calm = { ...world.faults }
    this.#wrap = wrap
    this.#wallOffsetsMs = plan.nodes.map(({ wallOffsetMs }) => wallOffsetMs)
    this.purses = Array.from({ length: plan.purses }, (_, index) => `p${index}`)
    this.nodes = plan.nodes.map((node) => ({
      plan: node,
      url: `http://${node.name}:80`,
      process: world.process(node.name, node),
      realm: undefined,
      state: 'down',
      life: 0,
      game,
    }))
  }

  get gates(): readonly StageNode[] {
    return this.nodes.filter(({ plan }) => plan.roles.includes('gate'))
  }

  up(): StageNode[] {
    return this.nodes.filter(({ state }) => state === 'up')
  }

  /** Runs `run` after a while, whatever befalls nodes meanwhile. */
  later(ms: number, run: () => void): void {
    this.world.clock.after(ms, run)
  }

  /** Remembers what a node does until it has ended, well or badly, or the node with it. */
  doing(node: StageNode, what: string, done: Promise<unknown> | undefined): void {
    const doing: Doing = { node, life: node.life, what }
    this.#doings.add(doing)
    const over = (): void => void this.#doings.delete(doing)
    if (done === undefined) over()
    else done.then(over, over)
  }

  /** What nodes still do. */
  doings(): string[] {
    const lasting = [...this.#doings].filter(({ node, life }) => node.life === life)
    return lasting.map(({ node, what }) => `${node.plan.name} ${what}`)
  }

  /** Brings other code to a node, while it runs or with its next start. */
  rollOut(node: StageNode, next: GameDefinition): void {
    node.game = next
    if (node.state === 'up')
      this.doing(node, 'takes new code', node.realm?.replaceGame(loaded(next)))
  }

  /** Brings a node up, and tries again where the outside does not let it. */
  start(node: StageNode): void {
    if (node.state !== 'down') return
    node.state = 'starting'
    node.life += 1
    const { life } = node
    node.process = this.world.process(node.plan.name, node.plan)
    this.verdicts.note(`${node.plan.name} starts`)
    this.#begin(node).then(
      (realm) => {
        if (node.life !== life) return
        node.realm = realm
        if (node.state === 'starting') node.state = 'up'
        this.verdicts.note(`${node.plan.name} is up`)
      },
      (error: unknown) => {
        if (node.life !== life) return
        this.verdicts.note(`${node.plan.name} did not start: ${String(error)}`)
        this.kill(node)
        this.later(startRetryMs, () => this.start(node))
      },
    )
  }

  kill(node: StageNode): void {
    node.life += 1
    node.state = 'down'
    node.realm = undefined
    node.process.kill()
  }

  /** Sends away what a node has, as before a stop, and then closes and starts it again. */
  drain(node: StageNode, timeoutMs: number, downMs: number): void {
    const { life, realm } = node
    if (realm === undefined || node.state !== 'up') return
    node.state = 'closing'
    const gone = Promise.all([
      'gate' in realm ? realm.drain({ timeoutMs }) : realm.drain(),
      realm.host.evacuate({ timeLimitMs: timeoutMs }),
    ])
    this.doing(node, 'drains', gone)
    const next = (): void => {
      if (node.life === life) this.restart(node, downMs)
    }
    gone.then(next, next)
  }

  /** Closes a node and starts it again. */
  restart(node: StageNode, downMs: number): void {
    const { life, realm } = node
    if (realm === undefined) return
    node.state = 'closing'
    const down = (): void => {
      if (node.life !== life) return
      this.kill(node)
      this.later(downMs, () => this.start(node))
    }
    realm.close().then(down, down)
    this.later(closeMsMax, down)
  }

  /** Sets the wall clock of a node, from now on wrong by as much more than it always is. */
  setClock({ plan }: StageNode, byMs: number): void {
    const wallOffsetMs = plan.wallOffsetMs + byMs
    this.#wallOffsetsMs.push(wallOffsetMs)
    this.world.process(plan.name, { wallOffsetMs })
  }

  /** By how much any two wall clocks have differed so far. */
  get wallSpreadMs(): number {
    return Math.max(...this.#wallOffsetsMs) - Math.min(...this.#wallOffsetsMs)
  }

  pause(node: StageNode): void {
    if (node.state !== 'up') return
    node.state = 'paused'
    node.process.pause()
  }

  resume(node: StageNode): void {
    if (node.state !== 'paused') return
    node.state = 'up'
    node.process.resume()
  }

  /** Of this life, on a machine that all nodes share. */
  #witness({ plan, life }: StageNode): Witness {
    const lives = (process: string): boolean =>
      this.nodes.some((node) => process === `${node.plan.name} ${node.life}`)
    return {
      process: `${plan.name} ${life}`,
      ended: (process) => process !== '' && !lives(process),
    }
  }

  #begin(node: StageNode): Promise<Realm | RealmNode> {
    const { process, plan } = node
    const { idleMs } = this.plan
    const { limits, listener, ...ports } = this.#wrap(
      {
        clock: process.clock,
        // A process of the same name draws the same again, but no life of a node is like another.
        random: process.random.fork(`life ${node.life}`),
        bus: this.world.bus,
        store: process.store(),
        listener: process.listener({ host: plan.name, port: 80 }),
        limits: this.plan.limits,
      },
      plan.name,
    )
    const options = {
      ...ports,
      game: loaded(node.game),
      id: plan.name,
      roles: plan.roles,
      log: silentLog,
      ...(this.plan.sealed && { crypto: nodeCrypto() }),
      host: { ...limits?.host, ...(idleMs !== undefined && { idleMs }) },
      ...(limits && { limits: limits.node }),
      ...(this.plan.witnessed && { witness: this.#witness(node) }),
    }
    if (!plan.roles.includes('gate')) return startInnerNode(options)
    return startRealm({ ...options, listener, ...(limits && { gate: { limits: limits.gate } }) })
  }
}

const games = new Map<GameDefinition, Game>()

/** There are two, and loading one is the same for each life of each node. */
function loaded(definition: GameDefinition): Game {
  const known = games.get(definition) ?? loadGame(definition)
  games.set(definition, known)
  return known
}
