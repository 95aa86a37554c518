import type { Address, ClusterNode } from '../cluster/index.ts'
import { RealmError } from '../errors/index.ts'
import type { Fill } from '../ports/index.ts'
import { Activation } from './activation.ts'
import { assertNoCycle } from './activation-link.ts'
import { firstSentMs } from './again.ts'
import type { HostMessage } from './behaviour.ts'
import { Deadlocks } from './deadlock.ts'
import { DueScan } from './due-scan.ts'
import { methodIn } from './editions.ts'
import { type EvacuateOptions, Evacuation, type EvacuationReport } from './evacuation.ts'
import type { Game } from './game.ts'
import { type Caller, checkKey, createScope, type Place, storedSchemas } from './game-scope.ts'
import type { Host, HostOptions } from './host-contract.ts'
import { hostWake } from './host-messages.ts'
import { countOf, type HostStats, type ReplaceReport } from './host-report.ts'
import { type HostLimits, withDefaults } from './limits.ts'
import { Losses } from './losses.ts'
import { watchGates } from './lost-gates.ts'
import { hostMessage } from './messages.ts'
import { Moves } from './moves.ts'
import { Parking } from './parking.ts'
import { type Answer, bytesOf, type CallInput } from './passed.ts'
import { Routes } from './routes.ts'
import type { GameScope, Schemas } from './scope.ts'
import type { Errand } from './sending.ts'

/** For who cannot be passed a value as it is. */
async function toBytes(send: () => Answer | Promise<Answer>): Promise<Uint8Array | undefined> {
  return bytesOf(await send())
}

const noChain: readonly Address[] = []
/** How often leases, calls in a circle and losses are looked at. */
const sweepMs = 250
const deadlineSweepMs = 1000
const formerGamesMax = 8

export function createHost(options: HostOptions): Host {
  return new NodeHost(options)
}

class NodeHost implements Host {
  readonly scope: GameScope
  #game: Game
  /** Newest first. */
  #formerGames: readonly Game[] = []
  readonly #node: ClusterNode
  readonly #limits: Required<HostLimits>
  readonly #schemas: Schemas
  readonly #activations = new Map<Address, Activation>()
  readonly #busy = new Set<Activation>()
  readonly #suspended = new Set<Activation>()
  readonly #timers: { cancel(): void }[]
  readonly #dueScan: DueScan
  readonly #parking: Parking
  readonly #routes: Routes
  readonly #deadlocks: Deadlocks
  readonly #moves: Moves
  readonly #evacuation: Evacuation
  readonly #losses: Losses
  #stopping = false

  constructor({ node, game, limits = {} }: HostOptions) {
    this.#node = node
    this.#game = game
    this.#limits = withDefaults(limits)
    this.#schemas = storedSchemas(node)
    this.#losses = new Losses(node)
    this.#parking = new Parking({ clock: node.clock, limits: this.#limits })
    const find = (address: Address) => this.#activations.get(address)
    this.#deadlocks = new Deadlocks({ node, find })
    this.#routes = new Routes({
      node,
      limits: this.#limits,
      find,
      activate: (address) => this.#activationFor(address),
      stopping: () => this.#stopping,
      game: () => this.#game,
    })
    const activate = (address: Address): Activation => this.#activationFor(address)
    this.#moves = new Moves({ node, limits: this.#limits, routes: this.#routes, find, activate })
    this.#evacuation = new Evacuation(node, this.#moves, this.#activations)
    this.scope = this.#scopeFor(this.#outsider())
    this.#serveOthers()
    this.#dueScan = new DueScan({
      node,
      active: (address) => this.#activations.has(address),
      wake: (address) => this.#wake(address),
    })
    const { clock } = node
    this.#timers = [
      clock.every(sweepMs, () => this.#sweep()),
      clock.every(deadlineSweepMs, () => this.#sweepDeadlines()),
      { cancel: this.#watchGates() },
      clock.every(Math.max(10, this.#limits.idleMs / 4), () => this.#sweepIdle()),
    ]
  }

  get game(): Game {
    return this.#game
  }

  send(
    address: Address,
    message: HostMessage,
    options: Parameters<Host['send']>[2] = {},
  ): Promise<Uint8Array | undefined> {
    const { timeoutMs = this.#limits.messageTimeoutMs, stillWanted } = options
    const errand = this.#errand(timeoutMs)
    const wanted = stillWanted && { ask: stillWanted, knownMs: errand.nowMs }
    return toBytes(() =>
      this.#routes.send(address, message, wanted ? { ...errand, wanted } : errand),
    )
  }

  post(address: Address, message: HostMessage, refused: (error: unknown) => void): void {
    this.#routes.post(address, message, this.#node.clock.now(), refused)
  }

  async start(address: Address): Promise<void> {
    if ((await this.#node.locate(address)) !== this.#node.id) return
    try {
      await this.#activationFor(address).started
    } catch (error) {
      if (!(error instanceof RealmError) || error.code !== 'NOT_OWNER') throw error
      this.#node.forget(address, error)
    }
  }

  move(address: Address, to: string): Promise<void> {
    return this.#moves.move(address, to)
  }

  evacuate(options: EvacuateOptions = {}): Promise<EvacuationReport> {
    return this.#evacuation.run(options)
  }

  #watchGates(): () => void {
    const activations = () => this.#activations.values()
    return watchGates(this.#node, activations, (address, message) => {
      this.post(address, message, (error) => {
        this.#node.log.debug({ error, address }, 'The loss of a gate was not taken in.')
      })
    })
  }

  #serveOthers(): void {
    const node = this.#node
    node.serve(hostMessage, (from, { address, message, chain, timeoutMs, hops, agoMs }) => {
      if (chain.length > 0) assertNoCycle(chain, address, this.#limits.callDepthMax + 1)
      const errand = { ...this.#errand(timeoutMs), chain, came: { from, hops } }
      const isAgain = message.op === 'call' && agoMs !== undefined
      const again = isAgain && { ...message, firstMs: firstSentMs(errand.nowMs, agoMs) }
      return toBytes(() => this.#routes.send(address, again || message, errand))
    })
    node.serve(hostWake, async (_from, { address }) => {
      // If it belongs elsewhere, the claim will tell: what this node knows of it may be old.
      await this.#activationFor(address).started
      return {}
    })
  }

  async #wake(address: Address): Promise<void> {
    const node = await this.#node.locate(address)
    try {
      if (node === this.#node.id) await this.#activationFor(address).started
      else await this.#node.request(node, hostWake, { address }, this.#limits.messageTimeoutMs)
    } catch (error) {
      this.#node.forget(address, error)
      throw error
    }
  }

  async replace(game: Game): Promise<ReplaceReport> {
    this.#formerGames = [this.#game, ...this.#formerGames].slice(0, formerGamesMax)
    this.#game = game
    this.#parking.clear()
    const failed: { address: Address; error: RealmError }[] = []
    let replaced = 0
    let ended = 0
    await Promise.all(
      [...this.#activations.values()].map(async (activation) => {
        const { address } = activation
        const behave = game.behaviourAt(address)
        if (behave === undefined) {
          ended += 1
          await activation.evict('BLOCK_GONE')
          return
        }
        const error = await activation.replace({ game, behave })
        if (error === undefined) replaced += 1
        else failed.push({ address, error })
      }),
    )
    this.#node.log.info({ replaced, ended, failed: failed.length }, 'The game was replaced.')
    return { replaced, ended, failed }
  }

  stats(): HostStats {
    let messagesWaiting = 0
    for (const activation of this.#busy) messagesWaiting += activation.messagesWaiting
    const { crashes, parked } = this.#parking
    const messages = this.#routes.delivered
    return { ...countOf(this.#activations), messagesWaiting, messages, crashes, parked }
  }

  fills(): Fill[] {
    const { activationsMax: max } = this.#limits
    return [
      { limit: 'activationsMax', of: '', size: this.#activations.size, max },
      ...[...this.#activations.values()].flatMap((activation) => activation.fills()),
      ...this.#routes.fills(),
    ]
  }

  async stop(): Promise<void> {
    if (this.#stopping) return
    this.#stopping = true
    this.#dueScan.stop()
    await this.#node.drain()
    const all = [...this.#activations.values()].map((activation) => activation.sleep())
    const late = new RealmError('NODE_STOPPED')
    await new Promise<void>((resolve) => {
      const timer = this.#node.clock.after(this.#limits.stopTimeoutMs, resolve)
      void Promise.all(all).then(() => {
        timer.cancel()
        resolve()
      })
    })
    await Promise.all([...this.#activations.values()].map((activation) => activation.abort(late)))
    for (const timer of this.#timers) timer.cancel()
  }

  // ── activations ─────────────────────────────────────────────────────────────────────────

  #activationFor(address: Address): Activation {
    const active = this.#activations.get(address)
    if (active !== undefined) return active
    if (this.#stopping) throw new RealmError('NODE_STOPPED')
    this.#evacuation.assertOpen(address)
    if (this.#activations.size >= this.#limits.activationsMax) throw new RealmError('NODE_BUSY')
    const behave = this.#game.behaviourAt(address)
    if (behave === undefined) throw new RealmError('ADDRESS_UNKNOWN')
    this.#parking.assertFree(address)
    checkKey(address.slice(address.lastIndexOf('/') + 1))
    const activation = new Activation({
      address,
      node: this.#node,
      limits: this.#limits,
      losses: this.#losses,
      log: this.#node.log,
      code: { game: this.#game, behave },
      scopeFor: (caller) => this.#scopeFor(caller),
      outward: this.#routes,
      left: (gone) => this.#left(gone),
      ended: (running, crashed) => {
        const parked = crashed ? this.#crashed(running) : undefined
        if (!crashed) this.#parking.succeeded(address)
        if (parked !== undefined) void running.park(parked)
      },
      unstartable: (failed) => void this.#crashed(failed),
      busy: (busy) => this.#busy.add(busy),
      suspended: (suspended) => this.#suspended.add(suspended),
    })
    this.#activations.set(address, activation)
    return activation
  }

  /** Counts a crash, and parks what crashes again and again. */
  #crashed({ address }: Activation): RealmError | undefined {
    const parked = this.#parking.crashed(address)
    if (parked === undefined) return undefined
    const fields = { address, detail: parked.detail }
    this.#node.log.error(fields, 'It crashed again and again, and is parked.')
    return parked
  }

  #left(activation: Activation): void {
    this.#busy.delete(activation)
    this.#suspended.delete(activation)
    if (this.#activations.get(activation.address) === activation) {
      this.#activations.delete(activation.address)
    }
  }

  /** Somebody waits so long for what begins here. */
  #errand(timeoutMs: number): Errand {
    const nowMs = this.#node.clock.now()
    return { chain: noChain, nowMs, deadlineMs: nowMs + timeoutMs }
  }

  /** Calls of services and of tests: nobody waits for their turn. */
  #outsider(): Caller {
    const node = this.#node
    const drawn = node.random.id()
    let calls = 0
    const messageOf = (method: number, input: CallInput): HostMessage => {
      calls += 1
      return {
        op: 'call',
        method,
        input,
        caller: undefined,
        callId: { series: drawn, number: calls },
      }
    }
    return {
      call: (address, method, input) => {
        const errand = this.#errand(this.#limits.messageTimeoutMs)
        return this.#routes.send(address, messageOf(method, input), errand)
      },
      send: (address, method, input, nowMs) => {
        this.#routes.postLater(address, messageOf(method, input), nowMs, (error) => {
          node.log.warn({ error, address }, 'What an actor was told came to nothing.')
        })
      },
    }
  }

  #scopeFor(caller: Caller): GameScope {
    return createScope({
      node: this.#node,
      schemas: this.#schemas,
      placeOf: (definition) => this.#placeOf(definition),
      methodOf: (at, definition, method) => this.#methodOf(at, definition, method),
      caller,
    })
  }

  #methodOf(known: Place, definition: object, method: number): number {
    if (known.game === this.#game) return method
    const place = this.#placeOf(definition)
    if (place === undefined) throw new RealmError('ACTOR_UNKNOWN')
    return methodIn(this.#game, place, method)
  }

  /** Code of a former game may still run, and knows its actors by its own definitions. */
  #placeOf(definition: object): Place | undefined {
    for (const game of [this.#game, ...this.#formerGames]) {
      const name = game.placeOf(definition)?.name
      if (name !== undefined) return { game, name }
    }
    return undefined
  }

  // ── watch ───────────────────────────────────────────────────────────────────────────────

  /** Without a lease nothing may be said; with it again, only where the ownership still stands. */
  /** One timer for all of it: idle nodes do little else. */
  #sweep(): void {
    this.#sweepLease()
    this.#sweepDeadlocks()
    this.#losses.sweep()
  }

  #sweepLease(): void {
    if (!this.#node.leaseAlive()) {
      this.#routes.lapsed()
      for (const activation of this.#activations.values()) activation.suspend()
      return
    }
    for (const activation of [...this.#suspended]) {
      this.#suspended.delete(activation)
      activation.revalidate().catch((error) => {
        this.#node.log.warn({ error, address: activation.address }, 'Its ownership is unknown.')
        this.#suspended.add(activation)
      })
    }
  }

  #sweepDeadlines(): void {
    const now = this.#node.clock.now()
    this.#routes.sweep(now)
    for (const activation of this.#busy) {
      activation.sweep(now)
      if (!activation.active) this.#busy.delete(activation)
    }
  }

  #sweepDeadlocks(): void {
    for (const { address, waits } of this.#busy) this.#deadlocks.look(address, waits)
  }

  #sweepIdle(): void {
    const now = this.#node.clock.now()
    for (const activation of this.#activations.values()) {
      if (activation.isIdle(now)) void activation.sleep()
    }
  }
}
