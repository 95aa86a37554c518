import {
  type ActivationContext,
  type Behaviour,
  type Figures,
  type GameScope,
  type HostMessage,
  type Member,
  noSums,
  type StreamSums,
} from '../actor/index.ts'
import { RealmError } from '../errors/index.ts'
import { type WorldHost, worldApi } from './api.ts'
import { Attendance } from './attendance.ts'
import { Commands } from './commands.ts'
import { Failures } from './failures.ts'
import { Gates } from './gates.ts'
import { Members, type Seat } from './members.ts'
import { Overload } from './overload.ts'
import type { AnyWorld, WorldPlan } from './plan.ts'
import { Population } from './population.ts'
import { restoreWorld } from './restore.ts'
import { type Rewind, rewindOf } from './rewind.ts'
import { Saver } from './saver.ts'
import { describeKinds, markLived, type Unwritten, writeAll, writeSnapshot } from './snapshot.ts'
import { Durations, type WorldStats } from './stats.ts'
import { Ticker } from './ticker.ts'
import { TileEncoder } from './tile-encoder.ts'
import { Timers } from './timers.ts'

type JoinMessage = Extract<HostMessage, { op: 'join' }>

/**
 * One world. Commands are applied as the mailbox brings them, that is before the next tick and in
 * the order of their arrival; a tick then runs the step, moves entities between tiles, encodes and
 * publishes.
 */
export class WorldBehaviour implements Behaviour, WorldHost {
  readonly plan: WorldPlan
  readonly context: ActivationContext
  readonly scope: GameScope
  readonly population: Population
  readonly seats = new Members()
  readonly gates: Gates
  readonly saver: Saver
  readonly timers: Timers
  readonly overload: Overload
  readonly rewind: Rewind | undefined
  /** Ticks since the world was created. */
  tick = 0
  stopped = false
  readonly #encoder: TileEncoder
  readonly #ticker: Ticker
  readonly #failures: Failures
  readonly #durations = new Durations()
  readonly #world: AnyWorld
  readonly #attendance: Attendance
  readonly #commands: Commands
  #kinds: ReturnType<typeof describeKinds> | undefined

  constructor(plan: WorldPlan, context: ActivationContext, scope: GameScope) {
    this.plan = plan
    this.context = context
    this.scope = scope
    this.#failures = new Failures(context.clock, context.log, { address: context.address })
    this.population = new Population({ ...plan, kinds: plan.entities })
    const { streams, layers } = this.population
    this.gates = new Gates(streams, layers, context.random.u32())
    this.saver = new Saver(context, this.population, this.#failures, () => this.#snapshot(false))
    this.#encoder = new TileEncoder(this.population)
    this.timers = new Timers(plan.tickHz, () => this.tick)
    this.overload = new Overload(1000 / plan.tickHz, context.clock.now())
    this.#ticker = new Ticker(context.clock, plan.tickHz, (lateMs) => this.#runTick(lateMs))
    this.rewind = rewindOf(plan, this.population)
    this.#world = worldApi(this)
    this.#attendance = new Attendance(this, this.#world, this.#failures)
    const [seats, failures, world] = [this.seats, this.#failures, this.#world]
    const { rewind } = this
    this.#commands = new Commands({ plan, context, seats, failures, world, rewind })
  }

  async start(blob: Uint8Array | undefined): Promise<void> {
    const { handlers } = this.plan
    const restored = blob !== undefined && (await restoreWorld(this, blob))
    await (restored ? handlers.restore?.(this.#world) : handlers.create?.(this.#world))
    if (!this.stopped) this.#ticker.start()
  }

  receive(message: HostMessage): Uint8Array | undefined | Promise<Uint8Array | undefined> {
    switch (message.op) {
      case 'join':
        return this.#join(message)
      case 'leave':
        return this.#attendance.leave(message.session)
      case 'commands':
        return this.#commands.run(message.batch)
      case 'connection':
        if (message.connected) this.#commands.acknowledgeAgain(message.session)
        return this.#attendance.connection(message.session, message.connected)
      case 'resync':
        this.#commands.acknowledgeAgain(message.session)
        return this.#attendance.resync(message.session)
      case 'desync':
        return this.#desync(message.session, message.report)
      case 'tiles':
        this.gates.heed(message.gate, message.number ?? 0, message.anew === true)
        if (this.gates.needSlow(message.gate, message.slow === true)) this.population.keepSince()
        this.gates.subscribe(message.gate, message.subscribe)
        this.gates.unsubscribe(message.gate, message.unsubscribe)
        this.gates.requestKeyframes(message.gate, message.keyframes)
        return undefined
      default:
        throw new RealmError('UNKNOWN_METHOD')
    }
  }

  #join({ member, options, seen }: JoinMessage): Uint8Array | Promise<Uint8Array> {
    const joined = this.#attendance.join(member, options, seen)
    this.#commands.acknowledgeAgain(member.session)
    return joined
  }

  freeze(): Uint8Array {
    const blob = writeSnapshot(this.#snapshot(true))
    // Who goes on from it must not take what it lacks of somebody for what never was.
    return this.seats.behind ? markLived(blob) : blob
  }

  #desync(session: string, report: string): undefined {
    const seat = this.seats.ofSession(session)
    if (seat === undefined) return
    const error = new RealmError('WORLD_DESYNC', `${seat.player.id}: ${report}`)
    this.#failures.note('desync', error)
  }

  kick(seat: Seat): void {
    this.#attendance.kick(seat)
  }

  stop(): void {
    this.stopped = true
    this.#ticker.stop()
  }

  *members(): Generator<Member> {
    for (const seat of this.seats.all()) yield seat.member
  }

  figures(): Figures {
    const { pressureMs, ...numbers } = this.stats()
    return numbers
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
      pressure: this.overload.level,
      load: this.overload.load,
      dilation: this.overload.dilation,
      pressureMs: [...this.overload.levelMs],
      stepFailures: this.#failures.count('step'),
      commandFailures: this.#failures.count('command'),
      deltasEncoded: counts.deltas,
      keyframesEncoded: counts.keyframes,
      bytesEncoded: counts.bytes,
      desyncs: this.#failures.count('desync'),
      checkpoints: this.saver.checkpoints,
      checkpointFailures: this.#failures.count('checkpoint'),
    }
  }

  // ── the tick ────────────────────────────────────────────────────────────────────────────

  #runTick(lateMs: number): void {
    const { clock } = this.context
    const begunMs = clock.now()
    this.tick += 1
    this.#attendance.endGraces(begunMs)
    this.timers.run((run) => this.#failures.guard('timer', run))
    this.#failures.guard('step', () => this.plan.handlers.step?.(this.#world, this.#world.dt))
    this.population.collect()
    this.rewind?.record(this.tick)
    const { streams, tiles } = this.population
    streams.sweep(this.tick, this.plan.tickHz, tiles.population)
    this.gates.announce()
    const deltas = this.#encoder.deltas(this.gates.wanted)
    const slow = this.#encoder.slow(this.tick, 0, this.gates.slowWanted)
    const crawl = this.#encoder.slow(this.tick, 1, this.gates.slowWanted)
    const keyframes = this.#encoder.keyframes(this.gates.keyframesWanted())
    this.#attendance.reportViews()
    this.#acknowledge()
    const pressure = this.overload.level
    const checksums = this.#checksums()
    const parts = { tick: this.tick, deltas, slow, crawl, keyframes, checksums, pressure }
    // Before anything is handed over: a gate that is near may answer at once, with commands too.
    this.population.endTick()
    this.gates.publish(this.context, parts)
    if (this.plan.persist) this.saver.saveIfDue(this.#ticker.periodMs)
    const endedMs = clock.now()
    this.#durations.add(endedMs - begunMs)
    this.overload.note(lateMs + endedMs - begunMs, endedMs)
    this.#ticker.dilation = this.overload.dilation
  }

  #checksums(): StreamSums {
    const { checkTicks } = this.plan
    if (checkTicks === 0) return noSums
    return this.#encoder.checksums(this.tick, checkTicks, this.gates.wanted)
  }

  #acknowledge(): void {
    for (const seat of this.#commands.acknowledging) {
      if (seat.sequence === seat.sequenceTold) continue
      seat.sequenceTold = seat.sequence
      this.gates.acknowledge(seat.member.gate, seat.member.session, seat.sequence)
    }
    this.#commands.acknowledging = []
  }

  deliverEvent(event: number, payload: Uint8Array, to: readonly Member[]): void {
    if (!this.stopped) this.context.deliver({ kind: 'event', to, event, payload })
  }

  // ── what is kept ────────────────────────────────────────────────────────────────────────

  #snapshot(frozen: boolean): Unwritten {
    const { population, context, seats } = this
    this.#kinds ??= describeKinds(population)
    return {
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
        audiences: [...population.audiences.of(seat.player.id)],
        looks: Number.isNaN(seat.viewX) ? undefined : { x: seat.viewX, y: seat.viewY },
      })),
      subscriptions: frozen ? this.gates.subscriptions() : [],
      streams: frozen ? population.streams.numbers() : [],
      stored: frozen ? [...this.saver.stored] : [],
      entities: frozen ? writeAll(population) : new Uint8Array(0),
    }
  }
}
