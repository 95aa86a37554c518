import {
  type Again,
  assertNoFormerGate,
  failNotice,
  leftNotice,
  type Member,
} from '../actor/index.ts'
import { type ErrorCode, RealmError } from '../errors/index.ts'
import { Joined } from '../protocol/index.ts'
import { decode, encode } from '../schema/index.ts'
import { checkAvatar, despawn, type WorldHost } from './api.ts'
import type { Failures } from './failures.ts'
import type { Gates } from './gates.ts'
import { type Handle, place } from './handles.ts'
import type { Seat } from './members.ts'
import type { Overload } from './overload.ts'
import { ViewCaps } from './overload-caps.ts'
import type { AnyWorld } from './plan.ts'
import type { Saver } from './saver.ts'
import { keepOwnSight } from './sight.ts'

/** An async join handler has this long, in ms. */
const joinMsMax = 5000

/**
 * Views are reported once their avatar has moved by this part of the view radius. They reach
 * farther by twice as much: once for the lag of the report, once for what moves until the keyframes
 * of new tiles are there.
 */
const viewLag = 1 / 64

/** The world around an attendance. */
export interface AttendanceHost extends WorldHost {
  readonly gates: Gates
  readonly saver: Saver
  readonly overload: Overload
  readonly stopped: boolean
}

/** Who comes, is away for a while, returns from elsewhere, leaves; and where each of them looks. */
export class Attendance {
  readonly #host: AttendanceHost
  readonly #world: AnyWorld
  readonly #failures: Failures
  /** How far an avatar may stray from where its view was reported, squared. */
  readonly #viewLagSquared: number
  readonly #caps: ViewCaps
  /** Before that no grace ends. At first it is not known: seats may have been restored. */
  #graceDueMs = Number.NEGATIVE_INFINITY

  constructor(host: AttendanceHost, world: AnyWorld, failures: Failures) {
    this.#host = host
    this.#world = world
    this.#failures = failures
    const { viewRadius, viewEntitiesMax, layout } = host.plan
    this.#viewLagSquared = (viewRadius * viewLag) ** 2
    const { tiles } = host.population
    const crowd = {
      grid: layout.grid,
      // The array grows with the number of streams.
      get population() {
        return tiles.population
      },
    }
    // However small a view, it has the next tile when its avatar crosses over.
    const near = viewRadius * 2 * viewLag
    this.#caps = new ViewCaps(crowd, viewRadius + near, viewEntitiesMax, near)
  }

  endGraces(nowMs: number): void {
    if (nowMs < this.#graceDueMs) return
    this.#graceDueMs = Number.POSITIVE_INFINITY
    for (const seat of this.#host.seats.all()) {
      if (seat.graceEndsMs <= nowMs) this.#leave(seat, 'RECONNECT_LATE')
      else this.#graceDueMs = Math.min(this.#graceDueMs, seat.graceEndsMs)
    }
  }

  /** @param again of a client that was in already, with another gate */
  join(member: Member, options: Uint8Array, again?: Again): Uint8Array | Promise<Uint8Array> {
    const input = decode(this.#host.plan.options, options)
    const seat = this.#host.seats.ofPlayer(member.player.id)
    assertNoFormerGate(seat?.member, member)
    if (seat?.avatar !== undefined) {
      this.#rebind(seat, member, again?.sequence)
      return this.#joined(seat)
    }
    const { id } = member.player
    let waiting = false
    this.#host.seats.joining.add(id)
    try {
      const avatar = this.#asked(() =>
        this.#host.plan.handlers.join(this.#world, member.player, input),
      )
      if (!(avatar instanceof Promise)) return this.#seat(member, avatar as Handle, again)
      waiting = true
      return this.#seatSoon(member, avatar, again).finally(() => this.#joinEnded(id))
    } finally {
      if (!waiting) this.#joinEnded(id)
    }
  }

  #joinEnded(player: string): void {
    this.#host.seats.joining.delete(player)
    if (this.#host.seats.ofPlayer(player) === undefined) {
      this.#host.population.audiences.forget(player)
    }
  }

  /** Runs what a joining player learns the failure of. */
  #asked<T>(run: () => T): T {
    try {
      return run()
    } catch (error) {
      throw this.#failures.forSender('join', error)
    }
  }

  /** Everybody's commands wait for a player who joins slowly, so that must end. */
  async #seatSoon(member: Member, avatar: Promise<unknown>, again?: Again): Promise<Uint8Array> {
    let late = false
    const entity = await new Promise<unknown>((resolve, reject) => {
      const timer = this.#host.context.clock.after(joinMsMax, () => {
        late = true
        reject(new RealmError('DEADLINE', 'Joining took too long.'))
      })
      avatar.finally(() => timer.cancel()).then(resolve, reject)
    }).catch((error) => {
      // Whoever comes too late finds no player any more.
      if (late) avatar.then((one) => this.#discard(one as Handle)).catch(() => {})
      throw this.#failures.forSender('join', error)
    })
    return this.#seat(member, entity as Handle, again)
  }

  #discard(avatar: Handle): void {
    if (!this.#host.stopped && this.#host.seats.ofAvatar(avatar.id) === undefined)
      despawn(this.#host, avatar)
  }

  #seat(member: Member, avatar: Handle, again?: Again): Uint8Array {
    if (this.#host.stopped) throw new RealmError('NOT_OWNER')
    const former = this.#host.seats.ofPlayer(member.player.id)
    this.#asked(() => checkAvatar(this.#host, former, avatar))
    if (former !== undefined) this.#rebind(former, member)
    const seat = former ?? this.#host.seats.add(member)
    seat.sequence = again?.sequence ?? 0
    if (former === undefined) this.#host.gates.enter(member.gate)
    this.#host.seats.embody(seat, avatar)
    keepOwnSight(this.#host, seat)
    this.#host.saver.dirty = true
    return this.#joined(seat)
  }

  #joined(seat: Seat): Uint8Array {
    return encode(Joined, { key: this.#host.context.key, me: seat.avatar?.id ?? 0 })
  }

  /**
   * The player comes from another session, or again from the same: the seat and its avatar stay.
   * @param sent the last command that the client has sent, where it was in already
   */
  #rebind(seat: Seat, member: Member, sent?: number): void {
    const former = seat.member
    const wasLost = seat.graceEndsMs !== Number.POSITIVE_INFINITY
    this.#host.gates.enter(member.gate)
    if (this.#host.seats.rebind(seat, member, sent)) {
      this.#host.context.deliver(failNotice([member], 'COMMANDS_LOST'))
    }
    if (former.session !== member.session) this.#sendOff(former, 'CHANNEL_REPLACED')
    this.#host.gates.exit(former.gate, this.#host.context.clock.now())
    this.#host.saver.dirty = true
    if (wasLost) this.#tellConnection(seat, true)
  }

  connection(session: string, connected: boolean): undefined {
    const seat = this.#host.seats.ofSession(session)
    if (seat === undefined && connected) throw new RealmError('UNKNOWN_CHANNEL')
    if (seat === undefined) return
    const { reconnectMs } = this.#host.plan
    seat.graceEndsMs = connected
      ? Number.POSITIVE_INFINITY
      : this.#host.context.clock.now() + reconnectMs
    this.#graceDueMs = Math.min(this.#graceDueMs, seat.graceEndsMs)
    if (connected) this.#tellViewAgain(seat)
    this.#tellConnection(seat, connected)
  }

  #tellConnection(seat: Seat, connected: boolean): void {
    const { avatar } = seat
    if (avatar === undefined) return
    this.#failures.guard('connection', () => {
      this.#host.plan.handlers.connection?.(this.#world, avatar, connected)
    })
  }

  /** The client has lost what it saw: the gate learns of the view anew, and asks for keyframes. */
  resync(session: string): undefined {
    const seat = this.#host.seats.ofSession(session)
    if (seat === undefined) throw new RealmError('UNKNOWN_CHANNEL')
    seat.graceEndsMs = Number.POSITIVE_INFINITY
    this.#tellViewAgain(seat)
  }

  #tellViewAgain(seat: Seat): void {
    seat.viewMe = -1
    seat.audiencesTold = false
  }

  leave(session: string): undefined {
    const seat = this.#host.seats.ofSession(session)
    if (seat !== undefined) this.#leave(seat, undefined)
  }

  kick(seat: Seat): void {
    this.#leave(seat, 'KICKED')
  }

  /** @param code why, for the client; undefined where it left by itself */
  #leave(seat: Seat, code: 'KICKED' | 'RECONNECT_LATE' | undefined): void {
    const { avatar } = seat
    this.#host.seats.remove(seat)
    this.#host.population.audiences.forget(seat.player.id)
    if (code !== undefined) this.#sendOff(seat.member, code)
    this.#host.gates.exit(seat.member.gate, this.#host.context.clock.now())
    this.#host.saver.dirty = true
    if (avatar === undefined) return
    const { leave } = this.#host.plan.handlers
    if (leave === undefined) despawn(this.#host, avatar)
    else if (!this.#failures.guard('leave', () => leave(this.#world, avatar))) {
      despawn(this.#host, avatar)
    }
  }

  #sendOff(member: Member, code: ErrorCode): void {
    const { gate, session } = member
    this.#host.gates.view(gate, { session, x: 0, y: 0, radius: 0, me: 0 })
    this.#host.context.deliver(leftNotice([member], code))
  }

  /** Tells the gates where views began or moved, or that they reach farther or less far. */
  reportViews(): void {
    const { population, seats, gates, overload } = this.#host
    const { x: xs, y: ys } = population
    this.#caps.begin(overload.capShare, seats.all(), seats.size)
    let index = 0
    for (const seat of seats.all()) {
      index += 1
      const { avatar } = seat
      const me = avatar?.id ?? 0
      const x = avatar === undefined ? seat.viewX : (xs[avatar[place]] as number)
      const y = avatar === undefined ? seat.viewY : (ys[avatar[place]] as number)
      const distanceSquared = (x - seat.viewX) ** 2 + (y - seat.viewY) ** 2
      const near = distanceSquared <= this.#viewLagSquared
      const stayed = near && me === seat.viewMe && seat.audiencesTold
      if (Number.isNaN(x) || (stayed && !this.#caps.isDue(index, seat.viewRadius))) continue
      const radius = this.#caps.radius(x, y, seat.viewRadius)
      if (stayed && radius === seat.viewRadius) continue
      seat.viewX = x
      seat.viewY = y
      seat.viewMe = me
      seat.viewRadius = radius
      const view = { session: seat.member.session, x, y, radius, me }
      const { audiences } = population
      if (seat.audiencesTold) gates.view(seat.member.gate, view)
      else gates.view(seat.member.gate, { ...view, audiences: audiences.tell(seat.player.id) })
      seat.audiencesTold = true
    }
  }
}
