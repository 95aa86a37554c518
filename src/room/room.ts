import {
  type ActivationContext,
  type Again,
  type Behaviour,
  bytesOf,
  failNotice,
  type GameScope,
  type HostMessage,
  leftNotice,
  type Member,
  type Player,
} from '../actor/index.ts'
import { RealmError, toRealmError } from '../errors/index.ts'
import type { Timer } from '../ports/index.ts'
import { Joined, matchmakerAddress, matchmakerMethod, RoomReport } from '../protocol/index.ts'
import { decode, encode, Tracked } from '../schema/index.ts'
import { roomApi } from './api.ts'
import { roomCall } from './calls.ts'
import type { AnyRoom, RoomPlan } from './define.ts'
import { type Seat, Seats } from './seats.ts'
import { readSnapshot, writeSnapshot } from './snapshot.ts'
import { StateSync } from './sync.ts'
import { RoomTimers } from './timers.ts'

type Command = Extract<HostMessage, { op: 'command' }>

/** A crash may take back at most this much of a room's life. */
const checkpointPeriodMs = 1000

export function roomBehaviour(
  plan: RoomPlan,
  context: ActivationContext,
  scope: GameScope,
): Behaviour {
  return new RoomBehaviour(plan, context, scope)
}

/**
 * One room: members come and go, commands and steps change its state, changes flow out, checkpoints
 * are kept.
 */
class RoomBehaviour implements Behaviour {
  readonly #plan: RoomPlan
  readonly #context: ActivationContext
  readonly #scope: GameScope
  readonly #seats: Seats
  readonly #timers: RoomTimers
  #tracked: Tracked<Record<string, unknown>>
  #sync: StateSync
  #room: AnyRoom
  #created = false
  #locked = false
  #ended = false
  #checkpoint: Timer | undefined
  #closing: Timer | undefined

  constructor(plan: RoomPlan, context: ActivationContext, scope: GameScope) {
    this.#plan = plan
    this.#context = context
    this.#scope = scope
    this.#seats = new Seats(context.clock, plan.reconnectMs, (seat) => {
      void this.#leave(seat).finally(() => this.#turnEnded())
    })
    this.#timers = new RoomTimers({
      clock: context.clock,
      plans: plan.timers,
      guard: (what, run) => this.#guard(what, run),
      fire: (timer, payload) => timer.run(this.#room as never, payload as never),
      changed: () => this.#scheduleCheckpoint(),
    })
    this.#tracked = new Tracked(plan.state)
    this.#sync = this.#makeSync()
    this.#room = this.#makeRoom()
  }

  async start(blob: Uint8Array | undefined): Promise<void> {
    // Also where nothing is to survive a crash: it may move to a node with other code.
    const { schemas } = this.#scope
    await schemas.remember(this.#plan.state.describe())
    for (const { descriptor } of this.#plan.timers) await schemas.remember(descriptor)
    if (blob === undefined || blob.length === 0) return
    const snapshot = await readSnapshot(this.#plan, this.#scope, blob)
    this.#tracked = new Tracked(this.#plan.state, snapshot.state)
    this.#sync = this.#makeSync()
    this.#room = this.#makeRoom()
    this.#locked = snapshot.locked
    this.#created = true
    this.#seats.restore(snapshot.seats, !snapshot.frozen)
    await this.#timers.restore(snapshot.timers, schemas)
    this.#startSteps()
    this.#report()
    this.#closeWhenEmpty()
    // It must not come back from the blob it travelled in, as if it had not lived since.
    if (!this.#plan.persist) await this.#context.commit(new Uint8Array(0))
    else if (snapshot.frozen) this.#keep()
  }

  async receive(message: HostMessage): Promise<Uint8Array | undefined> {
    try {
      return await this.#handle(message)
    } finally {
      this.#turnEnded()
    }
  }

  freeze(): Uint8Array | undefined {
    if (!this.#created) return undefined
    // Who goes on from it must not take what it lacks of somebody for what never was.
    return this.#snapshot(!this.#seats.behind)
  }

  #snapshot(frozen: boolean): Uint8Array {
    this.#sync.flush()
    const seats = [...this.#seats.all()]
    const rest = { seats, locked: this.#locked, timers: this.#timers.kept(), frozen }
    return writeSnapshot(this.#plan, { state: this.#tracked, ...rest })
  }

  members(): Iterable<Member> {
    return this.#seats.members()
  }

  finishes(): boolean {
    return !this.#plan.moves
  }

  stop(): void {
    this.#ended = true
    this.#sync.stop()
    this.#seats.stop()
    this.#checkpoint?.cancel()
    this.#closing?.cancel()
    this.#timers.stop()
  }

  // ── mailbox ─────────────────────────────────────────────────────────────────────────────

  #handle(message: HostMessage): Promise<Uint8Array | undefined> | Uint8Array | undefined {
    if (message.op === 'call') return this.#call(message.method, bytesOf(message.input))
    if (!this.#created || this.#ended) {
      if (!this.#created) this.#context.end()
      throw new RealmError('ROOM_UNKNOWN')
    }
    switch (message.op) {
      case 'join':
        return this.#join(message.member, message.options, message.seen)
      case 'leave':
        return this.#leaveSession(message.session)
      case 'command':
        return this.#command(message)
      case 'connection':
        return this.#connection(message.session, message.connected)
      case 'resync':
        return this.#resync(message.session)
      default:
        return undefined
    }
  }

  async #call(method: number, input: Uint8Array): Promise<Uint8Array> {
    if (method === roomCall.create) await this.#create(input)
    else if (method === roomCall.wake && !this.#created) this.#context.end()
    return this.#standing(!this.#created || this.#ended)
  }

  async #create(options: Uint8Array): Promise<void> {
    if (this.#created) return
    this.#created = true
    try {
      await this.#plan.handlers.create?.(this.#room, decode(this.#plan.options, options))
    } catch (error) {
      this.#end()
      throw error
    }
    this.#startSteps()
    this.#closeWhenEmpty()
  }

  async #join(member: Member, options: Uint8Array, again?: Again): Promise<Uint8Array> {
    const seated = this.#seats.ofPlayer(member.player.id)
    if (seated !== undefined) this.#replace(seated, member, again?.sequence)
    const seat = seated ?? (await this.#seat(member, options, again?.sequence))
    this.#sync.flush()
    seat.synced = true
    this.#sync.sendFull(member)
    this.#report()
    return encode(Joined, { key: this.#context.key, me: 0 })
  }

  async #seat(member: Member, options: Uint8Array, sequence?: number): Promise<Seat> {
    if (this.#locked) throw new RealmError('ROOM_LOCKED')
    if (this.#seats.size >= this.#plan.maxPlayers) throw new RealmError('ROOM_FULL')
    this.#closing?.cancel()
    const seat = this.#seats.add(member.player, member, sequence)
    try {
      const input = decode(this.#plan.options, options)
      await this.#plan.handlers.join?.(this.#room, member.player, input)
      return seat
    } catch (error) {
      this.#seats.remove(seat)
      this.#closeWhenEmpty()
      throw error
    }
  }

  /** The same player from a new session: the seat stays, the former session is told. */
  #replace(seat: Seat, member: Member, sent: number | undefined): void {
    const former = seat.member
    const wasLost = seat.grace !== undefined
    if (this.#seats.connect(seat, member, sent)) {
      this.#context.deliver(failNotice([member], 'COMMANDS_LOST'))
    }
    this.#seats.endGrace(seat)
    if (former !== undefined && former.session !== member.session) {
      this.#context.deliver(leftNotice([former], 'CHANNEL_REPLACED'))
    }
    if (wasLost) this.#plan.handlers.connection?.(this.#room, seat.player, true)
  }

  async #leaveSession(session: string): Promise<undefined> {
    const seat = this.#seats.ofSession(session)
    if (seat !== undefined) await this.#leave(seat)
  }

  async #leave(seat: Seat): Promise<void> {
    this.#seats.remove(seat)
    this.#report()
    try {
      await this.#plan.handlers.leave?.(this.#room, seat.player)
    } catch (error) {
      this.#context.log.error({ error, address: this.#context.address }, 'leave handler failed')
    }
    this.#closeWhenEmpty()
  }

  async #command({ session, command, sequence, input }: Command): Promise<undefined> {
    const seat = this.#seats.ofSession(session)
    const entry = this.#plan.commands[command]
    if (seat === undefined) throw new RealmError('UNKNOWN_CHANNEL')
    if (entry === undefined) throw new RealmError('UNKNOWN_COMMAND')
    if (this.#seats.isRepeated(seat, sequence)) return
    await entry.command.run(this.#room, seat.player, decode(entry.command.type, input))
  }

  #connection(session: string, connected: boolean): undefined {
    const seat = this.#seats.ofSession(session)
    if (seat === undefined) return
    if (connected) this.#seats.endGrace(seat)
    else this.#seats.startGrace(seat)
    this.#plan.handlers.connection?.(this.#room, seat.player, connected)
  }

  #resync(session: string): undefined {
    const seat = this.#seats.ofSession(session)
    if (seat?.member === undefined) throw new RealmError('UNKNOWN_CHANNEL')
    this.#seats.endGrace(seat)
    this.#sync.flush()
    seat.synced = true
    this.#sync.sendFull(seat.member)
  }

  // ── time ────────────────────────────────────────────────────────────────────────────────

  #startSteps(): void {
    const { step } = this.#plan.handlers
    if (step === undefined || this.#plan.tickHz === 0) return
    this.#timers.steps(1000 / this.#plan.tickHz, (dt) => step(this.#room, dt))
  }

  /** Runs game code outside of the mailbox: what it throws is logged and harms nobody else. */
  #guard(what: string, run: () => void): void {
    if (this.#ended) return
    try {
      run()
    } catch (error) {
      const { code } = toRealmError(error, 'HANDLER_FAILED')
      this.#context.log.error({ error, code, address: this.#context.address }, `${what} failed`)
    }
    this.#turnEnded()
  }

  #turnEnded(): void {
    if (this.#ended || !this.#created) return
    this.#sync.turnEnded()
  }

  #scheduleCheckpoint(): void {
    if (!this.#plan.persist || this.#checkpoint !== undefined || this.#ended) return
    this.#checkpoint = this.#context.clock.after(checkpointPeriodMs, () => {
      this.#checkpoint = undefined
      if (this.#created) this.#keep()
    })
  }

  #keep(): void {
    this.#context.commit(this.#snapshot(false)).catch(() => this.#scheduleCheckpoint())
  }

  #closeWhenEmpty(): void {
    if (this.#seats.size > 0 || this.#ended) return
    this.#closing?.cancel()
    // A fresh room waits for the player it was made for; a gate needs well under five seconds to
    // send it here.
    const waitMs = Math.max(this.#plan.emptyMs, this.#seats.everSeated ? 0 : 5000)
    this.#closing = this.#context.clock.after(waitMs, () => this.#end())
  }

  #end(): void {
    if (this.#ended) return
    this.#guard('close', () => this.#plan.handlers.close?.(this.#room))
    this.#context.deliver(leftNotice([...this.#seats.synced()], 'ROOM_CLOSED'))
    this.stop()
    // The matchmaker first: once the activation has ended, nothing it sends leaves any more.
    void this.#tellMatchmaker(true).finally(() => this.#context.end())
  }

  // ── outward ─────────────────────────────────────────────────────────────────────────────

  /** What the matchmaker should know has changed. */
  #report(): void {
    this.#scheduleCheckpoint()
    // Outside of any call chain: the matchmaker may itself be waiting for this room.
    this.#context.clock.after(0, () => void this.#tellMatchmaker(false))
  }

  async #tellMatchmaker(ended: boolean): Promise<void> {
    const { address, log } = this.#context
    const to = matchmakerAddress(address.split('/')[1] ?? '')
    try {
      await this.#context.call(to, matchmakerMethod.report, this.#standing(ended))
    } catch (error) {
      log.debug({ error, address }, 'The matchmaker could not be told of a room.')
    }
  }

  /** What a matchmaker knows of a room. */
  #standing(ended: boolean): Uint8Array {
    return encode(RoomReport, {
      key: this.#context.key,
      players: this.#seats.size,
      maxPlayers: this.#plan.maxPlayers,
      locked: this.#locked,
      ended,
    })
  }

  #makeSync(): StateSync {
    // Told at the change itself: a flush within a turn leaves nothing dirty at its end.
    this.#tracked.onDirty = () => this.#scheduleCheckpoint()
    return new StateSync({
      context: this.#context,
      tracked: this.#tracked,
      syncHz: this.#plan.syncHz,
      members: () => this.#seats.synced(),
    })
  }

  #emit(event: string, payload: object, to: Player | readonly Player[] | undefined): void {
    const number = this.#plan.events.findIndex(({ name }) => name === event)
    const spec = this.#plan.events[number]
    if (spec === undefined) throw new RealmError('UNKNOWN_EVENT', event)
    const players = to === undefined ? this.#seats.players.values() : 'id' in to ? [to] : to
    const members: Member[] = []
    for (const { id } of players) {
      const member = this.#seats.ofPlayer(id)?.member
      if (member !== undefined) members.push(member)
    }
    // State that led to the event reaches the client first.
    this.#sync.flush()
    const bytes = encode(spec.payload, spec.payload.check(payload, event))
    if (members.length > 0) {
      this.#context.deliver({ kind: 'event', to: members, event: number, payload: bytes })
    }
  }

  #makeRoom(): AnyRoom {
    return roomApi(this.#context, this.#scope, {
      state: this.#tracked.state as never,
      players: this.#seats.players,
      emit: (event, payload, to) => this.#emit(event, payload, to),
      kick: (player) => {
        const seat = this.#seats.ofPlayer(player.id)
        if (seat === undefined) return
        if (seat.member) this.#context.deliver(leftNotice([seat.member], 'KICKED'))
        void this.#leave(seat).finally(() => this.#turnEnded())
      },
      lock: (locked) => {
        this.#locked = locked
        this.#report()
      },
      end: () => this.#end(),
      after: (ms, run) => void this.#timers.after(ms, run),
      schedule: (name, inMs, payload, key = '') => this.#timers.schedule(name, inMs, payload, key),
      unschedule: (name, key = '') => this.#timers.unschedule(name, key),
      scheduledAt: (name, key = '') => this.#timers.scheduledAt(name, key),
    })
  }
}
