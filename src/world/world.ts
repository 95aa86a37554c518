import type {
  ActivationContext,
  Behaviour,
  GameScope,
  HostMessage,
  Member,
} from '../actor/index.ts'
import { RealmError } from '../errors/index.ts'
import { Joined } from '../protocol/index.ts'
import { decode, encode } from '../schema/index.ts'
import { checkAvatar, despawn, type WorldHost, worldApi } from './api.ts'
import { Failures } from './failures.ts'
import { Gates } from './gates.ts'
import { type Handle, place } from './handles.ts'
import { Members, type Seat } from './members.ts'
import type { AnyWorld, WorldPlan } from './plan.ts'
import { Population } from './population.ts'
import { restoreWorld } from './restore.ts'
import { Saver } from './saver.ts'
import { describeKinds, writeAll, writeSnapshot } from './snapshot.ts'
import { Durations, type WorldStats } from './stats.ts'
import { Ticker } from './ticker.ts'
import { TileEncoder } from './tile-encoder.ts'

const utf8 = new TextEncoder()
/** An async join handler has this long, in ms. */
const joinMsMax = 5000

/**
 * One world. Commands are applied as the mailbox brings them, that is before the next tick and in the order of their
 * arrival; a tick then runs the step, moves entities between tiles, encodes and publishes.
 */
export class WorldBehaviour implements Behaviour, WorldHost {
  readonly plan: WorldPlan
  readonly context: ActivationContext
  readonly scope: GameScope
  readonly population: Population
  readonly seats = new Members()
  readonly gates: Gates
  readonly saver: Saver
  /** Ticks since the world was created. */
  tick = 0
  readonly #encoder: TileEncoder
  readonly #ticker: Ticker
  readonly #failures: Failures
  readonly #durations = new Durations()
  readonly #world: AnyWorld
  readonly #viewSlackSquared: number
  #acknowledging: Seat[] = []
  #kinds: ReturnType<typeof describeKinds> | undefined
  #stopped = false

  constructor(plan: WorldPlan, context: ActivationContext, scope: GameScope) {
    this.plan = plan
    this.context = context
    this.scope = scope
    this.#failures = new Failures(context.clock, context.log, { address: context.address })
    this.population = new Population({ ...plan, kinds: plan.entities })
    this.gates = new Gates(this.population.tiles.count)
    this.saver = new Saver(context, this.population, this.#failures, () => this.#snapshot(false))
    this.#encoder = new TileEncoder(this.population)
    this.#ticker = new Ticker(context.clock, plan.tickHz, () => this.#runTick())
    // A sixteenth of the radius: a view lags behind its avatar by less than anybody notices at its edge.
    this.#viewSlackSquared = (plan.viewRadius / 16) ** 2
    this.#world = worldApi(this)
  }

  async start(blob: Uint8Array | undefined): Promise<void> {
    const { handlers } = this.plan
    const restored = blob !== undefined && (await restoreWorld(this, blob))
    await (restored ? handlers.restore?.(this.#world) : handlers.create?.(this.#world))
    if (!this.#stopped) this.#ticker.start()
  }

  receive(message: HostMessage): Uint8Array | undefined | Promise<Uint8Array | undefined> {
    switch (message.op) {
      case 'join':
        return this.#join(message.member, message.options)
      case 'leave':
        return this.#leaveSession(message.session)
      case 'command':
        return this.#command(message)
      case 'connection':
        return this.#connection(message.session, message.connected)
      case 'resync':
        return this.#resync(message.session)
      case 'tiles':
        this.gates.subscribe(message.gate, message.subscribe)
        this.gates.unsubscribe(message.gate, message.unsubscribe)
        this.gates.requestKeyframes(message.gate, message.keyframes)
        return undefined
      default:
        throw new RealmError('UNKNOWN_METHOD')
    }
  }

  freeze(): Uint8Array {
    return this.#snapshot(true)
  }

  stop(): void {
    this.#stopped = true
    this.#ticker.stop()
  }

  *members(): Generator<Member> {
    for (const seat of this.seats.all()) yield seat.member
  }

  stats(): WorldStats {
    const { counts } = this.#encoder
    return {
      tick: this.tick,
      entities: this.population.count,
      players: this.seats.size,
      tickP50Ms: this.#durations.quantile(0.5),
      tickP99Ms: this.#durations.quantile(0.99),
      overruns: this.#ticker.overruns,
      stepFailures: this.#failures.count('step'),
      commandFailures: this.#failures.count('command'),
      deltasEncoded: counts.deltas,
      keyframesEncoded: counts.keyframes,
      bytesEncoded: counts.bytes,
      checkpoints: this.saver.checkpoints,
      checkpointFailures: this.#failures.count('checkpoint'),
    }
  }

  // ── the tick ────────────────────────────────────────────────────────────────────────────

  #runTick(): void {
    const { clock } = this.context
    const begunMs = clock.now()
    this.tick += 1
    this.#endGraces(begunMs)
    this.#step()
    this.population.collect()
    const deltas = this.#encoder.deltas(this.gates.wanted)
    const keyframes = this.#encoder.keyframes(this.gates.keyframesWanted())
    this.#reportViews()
    this.#acknowledge()
    this.gates.publish(this.context, this.tick, deltas, keyframes)
    this.population.endTick()
    if (this.plan.persist) this.saver.saveIfDue()
    this.#durations.add(clock.now() - begunMs)
  }

  #step(): void {
    try {
      this.plan.handlers.step?.(this.#world, this.#world.dt)
    } catch (error) {
      this.#failures.note('step', error)
    }
  }

  #reportViews(): void {
    const { x: xs, y: ys } = this.population
    const radius = this.plan.viewRadius
    for (const seat of this.seats.all()) {
      const { avatar } = seat
      const me = avatar?.id ?? 0
      const x = avatar === undefined ? seat.viewX : (xs[avatar[place]] as number)
      const y = avatar === undefined ? seat.viewY : (ys[avatar[place]] as number)
      const distanceSquared = (x - seat.viewX) ** 2 + (y - seat.viewY) ** 2
      if (me === seat.viewMe && distanceSquared <= this.#viewSlackSquared) continue
      if (Number.isNaN(x)) continue
      seat.viewX = x
      seat.viewY = y
      seat.viewMe = me
      this.gates.view(seat.member.gate, { session: seat.member.session, x, y, radius, me })
    }
  }

  #acknowledge(): void {
    for (const seat of this.#acknowledging) {
      if (seat.sequence === seat.sequenceTold) continue
      seat.sequenceTold = seat.sequence
      this.gates.acknowledge(seat.member.gate, seat.member.session, seat.sequence)
    }
    this.#acknowledging = []
  }

  #endGraces(nowMs: number): void {
    for (const seat of this.seats.all()) {
      if (seat.graceEndsMs <= nowMs) this.#leave(seat, 'RECONNECT_LATE')
    }
  }

  // ── who is here ─────────────────────────────────────────────────────────────────────────

  #join(member: Member, options: Uint8Array): Uint8Array | Promise<Uint8Array> {
    const input = decode(this.plan.options, options)
    const seat = this.seats.ofPlayer(member.player.id)
    if (seat?.avatar !== undefined) {
      this.#rebind(seat, member)
      return this.#joined(seat)
    }
    const avatar = this.#guarded('join', () =>
      this.plan.handlers.join(this.#world, member.player, input),
    )
    if (!(avatar instanceof Promise)) return this.#seat(member, avatar as Handle)
    return this.#seatSoon(member, avatar)
  }

  /** Everybody's commands wait for a player who joins slowly, so that must end. */
  async #seatSoon(member: Member, avatar: Promise<unknown>): Promise<Uint8Array> {
    let late = false
    const entity = await new Promise<unknown>((resolve, reject) => {
      const timer = this.context.clock.after(joinMsMax, () => {
        late = true
        reject(new RealmError('DEADLINE', 'Joining took too long.'))
      })
      avatar.finally(() => timer.cancel()).then(resolve, reject)
    }).catch((error) => {
      // Whoever comes too late finds no player any more.
      if (late) avatar.then((one) => this.#discard(one as Handle)).catch(() => {})
      throw this.#failures.forSender('join', error)
    })
    return this.#seat(member, entity as Handle)
  }

  #discard(avatar: Handle): void {
    if (!this.#stopped && this.seats.ofAvatar(avatar.id) === undefined) despawn(this, avatar)
  }

  #seat(member: Member, avatar: Handle): Uint8Array {
    if (this.#stopped) throw new RealmError('NOT_OWNER')
    const former = this.seats.ofPlayer(member.player.id)
    this.#guarded('join', () => checkAvatar(this, former, avatar))
    if (former !== undefined) this.#rebind(former, member)
    const seat = former ?? this.seats.add(member)
    if (former === undefined) this.gates.enter(member.gate)
    this.seats.embody(seat, avatar)
    this.saver.dirty = true
    return this.#joined(seat)
  }

  #joined(seat: Seat): Uint8Array {
    return encode(Joined, { key: this.context.key, me: seat.avatar?.id ?? 0 })
  }

  /** The player comes from another session, or again from the same: the seat and its avatar stay. */
  #rebind(seat: Seat, member: Member): void {
    const former = seat.member
    const wasLost = seat.graceEndsMs !== Number.POSITIVE_INFINITY
    this.gates.enter(member.gate)
    this.seats.rebind(seat, member)
    if (former.session !== member.session) this.#sendOff(former, 'CHANNEL_REPLACED')
    this.gates.exit(former.gate, this.context.clock.now())
    this.saver.dirty = true
    if (wasLost) this.#tellConnection(seat, true)
  }

  #connection(session: string, connected: boolean): undefined {
    const seat = this.seats.ofSession(session)
    if (seat === undefined) return
    const { reconnectMs } = this.plan
    seat.graceEndsMs = connected ? Number.POSITIVE_INFINITY : this.context.clock.now() + reconnectMs
    this.#tellConnection(seat, connected)
  }

  #tellConnection(seat: Seat, connected: boolean): void {
    const { avatar } = seat
    if (avatar === undefined) return
    this.#guardedLog('connection', () => {
      this.plan.handlers.connection?.(this.#world, avatar, connected)
    })
  }

  /** The client has lost what it saw: the gate learns of the view anew, and asks for keyframes. */
  #resync(session: string): undefined {
    const seat = this.seats.ofSession(session)
    if (seat === undefined) return
    seat.graceEndsMs = Number.POSITIVE_INFINITY
    seat.viewMe = -1
  }

  #leaveSession(session: string): undefined {
    const seat = this.seats.ofSession(session)
    if (seat !== undefined) this.#leave(seat, undefined)
  }

  kick(seat: Seat): void {
    this.#leave(seat, 'KICKED')
  }

  /** @param code why, for the client; undefined where it left by itself */
  #leave(seat: Seat, code: 'KICKED' | 'RECONNECT_LATE' | undefined): void {
    const { avatar } = seat
    this.seats.remove(seat)
    if (code !== undefined) this.#sendOff(seat.member, code)
    this.gates.exit(seat.member.gate, this.context.clock.now())
    this.saver.dirty = true
    if (avatar === undefined) return
    const { leave } = this.plan.handlers
    if (leave === undefined) despawn(this, avatar)
    else if (!this.#guardedLog('leave', () => leave(this.#world, avatar))) {
      despawn(this, avatar)
    }
  }

  #sendOff(member: Member, code: string): void {
    const { gate, session } = member
    this.gates.view(gate, { session, x: 0, y: 0, radius: 0, me: 0 })
    const payload = utf8.encode(code)
    this.context.deliver({ kind: 'left', to: [member], event: 0, payload })
  }

  // ── commands ────────────────────────────────────────────────────────────────────────────

  #command(message: Extract<HostMessage, { op: 'command' }>): undefined {
    const seat = this.seats.ofSession(message.session)
    if (seat === undefined) throw new RealmError('UNKNOWN_CHANNEL')
    seat.graceEndsMs = Number.POSITIVE_INFINITY
    if (message.sequence > seat.sequence) {
      seat.sequence = message.sequence
      this.#acknowledging.push(seat)
    }
    const entry = this.plan.commands[message.command]
    if (entry === undefined) throw new RealmError('UNKNOWN_COMMAND')
    const input = decode(entry.command.type, message.input)
    const me = seat.avatar
    if (me === undefined) throw new RealmError('AVATAR_NONE')
    const running = this.#guarded('command', () => entry.command.run(this.#world, me, input))
    // The world does not wait: one slow command must not hold up everybody else's.
    if (running instanceof Promise) {
      running.catch((error) => void this.#failures.forSender('command', error))
    }
  }

  deliverEvent(event: number, payload: Uint8Array, to: readonly Member[]): void {
    if (!this.#stopped) this.context.deliver({ kind: 'event', to, event, payload })
  }

  /** Runs game code on behalf of a sender, who learns of a failure. */
  #guarded<T>(what: string, run: () => T): T {
    try {
      return run()
    } catch (error) {
      throw this.#failures.forSender(what, error)
    }
  }

  /** Runs game code on nobody's behalf. @returns whether it came to its end */
  #guardedLog(what: string, run: () => void): boolean {
    try {
      run()
      return true
    } catch (error) {
      this.#failures.note(what, error)
      return false
    }
  }

  // ── what is kept ────────────────────────────────────────────────────────────────────────

  #snapshot(frozen: boolean): Uint8Array {
    const { population, context, seats } = this
    this.#kinds ??= describeKinds(population)
    return writeSnapshot({
      frozen,
      blank: false,
      epoch: context.epoch,
      tick: this.tick,
      nextId: population.nextId,
      wallMs: context.clock.wallMs(),
      kinds: this.#kinds,
      seats: Array.from(seats.all(), (seat) => ({
        player: seat.player.id,
        name: seat.player.name,
        session: seat.member.session,
        gate: seat.member.gate,
        avatar: seat.avatar?.id ?? 0,
        connected: seat.graceEndsMs === Number.POSITIVE_INFINITY,
        sequence: seat.sequence,
      })),
      subscriptions: frozen ? this.gates.subscriptions() : [],
      stored: frozen ? [...this.saver.stored] : [],
      entities: frozen ? writeAll(population) : new Uint8Array(0),
    })
  }
}
