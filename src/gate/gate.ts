import type { Game } from '../actor/index.ts'
import { RealmError } from '../errors/index.ts'
import { addressGroup, type Fill, type ListenerAddress, type Timer } from '../ports/index.ts'
import { serverMessages } from '../protocol/index.ts'
import { Bearer, signingSecret } from './bearer.ts'
import { Channels } from './channels.ts'
import { GateDirectory } from './directory.ts'
import { type BodyOf, type DispatchParts, refuseCommand } from './dispatch.ts'
import { emptySockets } from './draining.ts'
import { answerHttp, type HttpParts } from './http.ts'
import { join } from './joins.ts'
import { defaultGateLimits, type GateLimits } from './limits.ts'
import { LoginQueue } from './login-queue.ts'
import type { DrainOptions, Gate, GateOptions } from './options.ts'
import type { OriginRules } from './origins.ts'
import { Outboxes } from './outbox.ts'
import { type Opened, Sessions } from './resume.ts'
import { serveNodes } from './serve-nodes.ts'
import type { Session } from './session.ts'
import { cutSlow } from './slow-consumers.ts'
import type { GateSocket, SocketParts } from './socket.ts'
import { Sockets } from './sockets.ts'
import { type GateCounters, type GateStats, newCounters, sessionFills, statsOf } from './stats.ts'
import { sweepRecords } from './sweep.ts'
import { Tickets } from './tickets.ts'
import { TokenBuckets } from './token-bucket.ts'
import { welcome } from './welcome.ts'
import { WorldCommands } from './world-commands.ts'

export function createGate(options: GateOptions): Gate {
  return new NodeGate(options)
}

const checkMs = 1000
/** Who comes from another gate may send at once what was not acknowledged there. */
const takenUpBacklogMs = 10_000
const sweepMs = 10 * 60_000

class NodeGate implements Gate {
  readonly #options: GateOptions
  readonly #limits: GateLimits
  readonly #counters: GateCounters = newCounters()
  readonly #outboxes: Outboxes
  readonly #worldCommands: WorldCommands
  readonly #tickets: Tickets
  readonly #sessions: Sessions
  readonly #channels: Channels
  readonly #sockets: Sockets
  readonly #directory: GateDirectory
  readonly #queue: LoginQueue
  readonly #socketParts: SocketParts
  readonly #logins: TokenBuckets
  readonly #hellos: TokenBuckets
  readonly #calls: TokenBuckets
  #game: Game
  #timers: Timer[] = []
  readonly #unwatch: () => void
  #draining: Promise<void> | undefined
  #closing = false

  constructor(options: GateOptions) {
    const { node, host, game } = options
    this.#options = options
    this.#limits = { ...defaultGateLimits, ...options.limits }
    this.#game = game
    this.#outboxes = new Outboxes(this.#counters)
    this.#directory = new GateDirectory(node, () => this.#sessions.size)
    const room = (): number => this.#directory.room(this.#limits.sessionsMax)
    this.#queue = new LoginQueue({
      clock: node.clock,
      random: node.random,
      limits: this.#limits,
      room,
    })
    const limits = this.#limits
    const { clock, random, store, log } = node
    this.#tickets = new Tickets({ clock, random, store, log, ticketMs: limits.ticketMs })
    const running = (): Game => this.#game
    this.#worldCommands = new WorldCommands({
      gate: node.id,
      clock,
      host,
      refused: (stays, error) => this.#refused(stays, error),
    })
    this.#channels = new Channels({
      worldCommands: this.#worldCommands,
      node,
      host,
      limits,
      outboxes: this.#outboxes,
      counters: this.#counters,
      game: running,
      isHere: (session) => this.#sessions.get(session) !== undefined,
    })
    this.#sessions = new Sessions({
      node,
      limits,
      tickets: this.#tickets,
      game: running,
      ended: (session) => this.#channels.leaveAll(session),
      movedOn: (session) => {
        this.#sockets.displace(session)
        this.#channels.forgetAll(session)
      },
    })
    this.#logins = new TokenBuckets(
      limits.loginsPerSecondMax,
      limits.loginsBurstMax,
      limits.ratesMax,
    )
    this.#hellos = new TokenBuckets(
      limits.hellosPerSecondMax,
      limits.hellosBurstMax,
      limits.ratesMax,
    )
    this.#calls = new TokenBuckets(
      limits.httpCallsPerSecondMax,
      limits.httpCallsBurstMax,
      limits.ratesMax,
    )
    this.#socketParts = this.#newSocketParts()
    this.#sockets = new Sockets({
      origins: this.#origins(),
      counters: this.#counters,
      socket: this.#socketParts,
      closed: () => this.#closed(),
    })
    this.#unwatch = serveNodes({
      node,
      outboxes: this.#outboxes,
      sessions: this.#sessions,
      channels: this.#channels,
      closing: () => this.#closing,
    })
  }

  async listen(): Promise<ListenerAddress> {
    const { node, listener } = this.#options
    const secret = await signingSecret(node.store, node.random)
    const http = this.#httpParts(new Bearer(secret, node.clock, this.#limits.tokenMs))
    const address = await listener.listen({
      open: (connection) => this.#sockets.open(connection),
      request: (request) => answerHttp(http, request),
    })
    const sweep = (): void => {
      sweepRecords(node).catch((error: unknown) => {
        node.log.warn({ error }, 'Expired records were not swept.')
      })
    }
    this.#timers = [
      this.#queue.start(),
      node.clock.every(checkMs, () => this.#check()),
      node.clock.every(sweepMs, sweep),
    ]
    sweep()
    return address
  }

  drain(options: DrainOptions = {}): Promise<void> {
    const { clock } = this.#options.node
    this.#options.listener.pause?.()
    const parts = {
      clock,
      outboxes: this.#outboxes,
      sockets: () => this.#sockets.all,
      others: () => this.#directory.others(),
    }
    this.#draining ??= emptySockets(parts, options)
    return this.#draining
  }

  async close(): Promise<void> {
    if (this.#closing) return
    this.#closing = true
    for (const timer of this.#timers) timer.cancel()
    this.#unwatch()
    this.#outboxes.flush()
    this.#sessions.close()
    this.#sockets.endAll(new RealmError('SERVER_CLOSING'))
    await this.#options.listener.close()
  }

  replaceGame<T>(game: Game, replacing: () => Promise<T>): Promise<T> {
    const { manifestHash, manifestBytes: manifest } = game
    this.#worldCommands.flushAll()
    this.#game = game
    const message = serverMessages.encode('manifest', { manifestHash, manifest })
    for (const session of this.#sessions.all()) {
      this.#outboxes.sendNumbered(session, message)
      session.manifests.push({ number: session.ring.last, game })
      for (const channel of this.#channels.replaceGame(session)) {
        this.#outboxes.send(session, 'left', { channel: channel.number, error: 'BLOCK_GONE' })
        this.#channels.remove(session, channel)
      }
    }
    const replaced = replacing()
    this.#channels.renewFeeds(replaced)
    const confirm = (): void => this.#confirmAll()
    replaced.then(confirm, confirm)
    return replaced
  }

  /**
   * Activations that were started anew do not know who is still there: the gate tells, and they
   * send full states.
   */
  #confirmAll(): void {
    for (const session of this.#sessions.all()) {
      this.#channels.resync(session)
      if (session.connection === undefined) this.#channels.connection(session, false)
    }
  }

  fills(): Fill[] {
    const { queueMax, ratesMax } = this.#limits
    const rates = [this.#logins, this.#hellos, this.#calls]
    return [
      ...sessionFills(this.#sessions, this.#limits),
      { limit: 'queueMax', of: '', size: this.#queue.size, max: queueMax },
      ...rates.map(({ size }) => ({ limit: 'ratesMax', of: '', size, max: ratesMax })),
    ]
  }

  stats(): GateStats {
    return statsOf(this.#sessions, this.#counters)
  }

  #newSocketParts(): SocketParts {
    const { clock, log } = this.#options.node
    return {
      clock,
      log,
      limits: this.#limits,
      counters: this.#counters,
      dispatch: this.#dispatchParts(),
      open: async (login, address) => {
        if (!this.#hellos.take(addressGroup(address), clock.now())) throw new RealmError('FLOOD')
        return login.type === 'ticket'
          ? this.#sessions.open(login.ticket)
          : this.#sessions.resume(login)
      },
      welcome: (opened, socket, hello) => this.#welcome(opened, socket, hello),
      lost: (session) => this.#lost(session),
      abandoned: ({ session, resumed }) => {
        if (!resumed) this.#sessions.end(session)
        else if (session.connection === undefined && !session.ended) this.#sessions.away(session)
      },
      closed: (socket) => this.#sockets.all.delete(socket),
      stoodStill: (nowMs) => this.#sessions.stoodStill(nowMs),
    }
  }

  #dispatchParts(): DispatchParts {
    const { node, host } = this.#options
    const joins = {
      node: node.id,
      host,
      limits: this.#limits,
      game: () => this.#game,
      opened: this.#channels.opened.bind(this.#channels),
      failed: this.#channels.remove.bind(this.#channels),
    }
    return {
      clock: node.clock,
      log: node.log,
      host,
      limits: this.#limits,
      outboxes: this.#outboxes,
      worldCommands: this.#worldCommands,
      scope: host.scope,
      game: () => this.#game,
      join: (session, body, seen) => join(joins, session, body, seen),
      leave: (session, channel) => this.#channels.leave(session, channel),
      prove: (channel, stream) => this.#channels.prove(channel, stream),
      assertOurs: (session) => this.#sessions.assertOurs(session),
      bye: (session) => this.#bye(session),
    }
  }

  #origins(): OriginRules {
    const { origins = [], dev = false, hosts } = this.#options
    return { origins, dev, gates: () => this.#directory.origins, hosts }
  }

  #closed(): 'SERVER_CLOSING' | 'GATE_DRAINING' | undefined {
    if (this.#closing) return 'SERVER_CLOSING'
    return this.#draining === undefined ? undefined : 'GATE_DRAINING'
  }

  #httpParts(bearer: Bearer): HttpParts {
    const { node, host, http } = this.#options
    const game = (): Game => this.#game
    return {
      clock: node.clock,
      log: node.log,
      limits: this.#limits,
      origins: this.#origins(),
      bearer,
      login: {
        node,
        limits: this.#limits,
        counters: this.#counters,
        tickets: this.#tickets,
        bearer,
        scope: host.scope,
        directory: this.#directory,
        leaving: () => this.#draining !== undefined,
        game,
      },
      logins: this.#logins,
      queue: this.#queue,
      calls: this.#calls,
      scope: host.scope,
      other: http,
      closing: () => this.#closing || this.#draining !== undefined,
      game,
    }
  }

  /**
   * Gives a session its socket: `welcome` first, then what the client lacks, then what happens from
   * now on.
   */
  #welcome(opened: Opened, socket: GateSocket, hello: BodyOf<'hello'>): void {
    const { session, resumed } = opened
    const received = hello.login.type === 'resume' && resumed ? hello.login.received : 0
    const { missed, messages } = session.ring.after(received)
    // So much came since it was let in: its next attempt takes the session up.
    if (missed > 0) throw new RealmError('SLOW_CONSUMER')
    this.#sockets.displace(session)
    session.expiry?.cancel()
    session.connection = socket.connection
    session.stalledSinceMs = undefined
    const { clock } = this.#options.node
    if (resumed) socket.allowBacklog(clock.now() - session.heardMs)
    else if (session.epoch > 1) socket.allowBacklog(takenUpBacklogMs)
    const greeting = welcome(opened, hello, received, clock.wallMs())
    this.#outboxes.send(session, 'welcome', greeting)
    for (const message of messages) this.#outboxes.sendLoose(session, message)
    const urls = this.#directory.others()
    if (urls.length > 0) this.#outboxes.send(session, 'gates', { move: false, urls })
    if (!resumed) return
    this.#counters.resumes += 1
    this.#channels.connection(session, true)
  }

  #lost(session: Session): void {
    if (session.ended) return
    this.#sessions.away(session)
    this.#channels.connection(session, false)
  }

  #bye(session: Session): void {
    const { connection } = session
    this.#sessions.end(session, true)
    this.#sockets.finish(connection)
  }

  /** Commands did not reach their world. */
  #refused(stays: readonly string[], error: unknown): void {
    for (const name of stays) {
      const stay = this.#channels.stay(name)
      if (stay === undefined) continue
      refuseCommand(this.#socketParts.dispatch, stay.session, stay.channel.number, error)
    }
  }

  /** Tells everybody where gates came or went. */
  #tellGates(): void {
    const urls = this.#directory.news()
    if (urls === undefined) return
    const message = serverMessages.encode('gates', { move: false, urls })
    for (const session of this.#sessions.all()) this.#outboxes.sendLoose(session, message)
  }

  #check(): void {
    const { clock } = this.#options.node
    const { log } = this.#options.node
    cutSlow({ log, limits: this.#limits, counters: this.#counters }, this.#sockets.all, clock.now())
    this.#channels.check()
    this.#tellGates()
    if (this.#sessions.refresh()) this.#sockets.endAll(new RealmError('LEASE_LOST'))
    this.#logins.sweep(clock.now())
    this.#hellos.sweep(clock.now())
    this.#calls.sweep(clock.now())
  }
}
