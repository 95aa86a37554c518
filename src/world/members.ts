import { isSameSession, type Member, type Player } from '../actor/index.ts'
import type { Handle } from './handles.ts'

/** A player in the world, connected or not. */
export interface Seat {
  readonly player: Player
  member: Member
  avatar: Handle | undefined
  /** When the seat is given up, by the world's clock; Infinity while the client is connected. */
  graceEndsMs: number
  /** The view as last reported to the gate; `viewX` is NaN before the first report. */
  viewX: number
  viewY: number
  viewMe: number
  viewRadius: number
  /** Whether the gate knows which audiences the player belongs to. */
  audiencesTold: boolean
  /** The last command that was applied, and the last the gate was told of. */
  sequence: number
  sequenceTold: number
  /**
   * Whether later ones may have been applied, too, in a life of the world of which nothing is left:
   * it came back from a checkpoint, and has heard nothing of this client since.
   */
  behind: boolean
}

/** Who is in the world, by player, by session and by avatar. */
export class Members {
  /** Players whose join is being handled. */
  readonly joining = new Set<string>()
  readonly #byPlayer = new Map<string, Seat>()
  readonly #bySession = new Map<string, Seat>()
  readonly #byAvatar = new Map<number, Seat>()

  get size(): number {
    return this.#byPlayer.size
  }

  /** Players without an avatar. */
  get bodiless(): number {
    return this.#byPlayer.size - this.#byAvatar.size
  }

  all(): Iterable<Seat> {
    return this.#byPlayer.values()
  }

  /** Whether commands may have been applied of somebody here that are not known of. */
  get behind(): boolean {
    for (const { behind } of this.#byPlayer.values()) if (behind) return true
    return false
  }

  ofPlayer(player: string): Seat | undefined {
    return this.#byPlayer.get(player)
  }

  ofSession(session: string): Seat | undefined {
    return this.#bySession.get(session)
  }

  ofAvatar(entity: number): Seat | undefined {
    return this.#byAvatar.get(entity)
  }

  add(member: Member): Seat {
    const seat: Seat = {
      player: member.player,
      member,
      avatar: undefined,
      graceEndsMs: Number.POSITIVE_INFINITY,
      viewX: Number.NaN,
      viewY: 0,
      viewMe: 0,
      audiencesTold: false,
      viewRadius: Number.POSITIVE_INFINITY,
      sequence: 0,
      sequenceTold: 0,
      behind: false,
    }
    this.#byPlayer.set(member.player.id, seat)
    this.#bySession.set(member.session, seat)
    return seat
  }

  /**
   * The player is there with another session from now on, its commands counted anew; or with the
   * same one at another gate, where it was in already and had `sent` commands up to that one.
   * @returns whether commands of it are lost: what it sends again may have acted already, so none
   * of it does
   */
  rebind(seat: Seat, member: Member, sent: number | undefined): boolean {
    const goesOn = sent !== undefined && isSameSession(seat.member, member)
    const lost = goesOn && seat.behind && sent > seat.sequence
    // Who was here before another device of the player may have acted, too.
    if (lost || !goesOn) seat.sequence = sent ?? 0
    seat.behind = false
    this.#bySession.delete(seat.member.session)
    this.#bySession.set(member.session, seat)
    seat.member = member
    seat.graceEndsMs = Number.POSITIVE_INFINITY
    seat.viewX = Number.NaN
    seat.audiencesTold = false
    seat.sequenceTold = 0
    return lost
  }

  embody(seat: Seat, avatar: Handle | undefined): void {
    if (seat.avatar !== undefined) this.#byAvatar.delete(seat.avatar.id)
    if (avatar !== undefined) this.#byAvatar.set(avatar.id, seat)
    seat.avatar = avatar
  }

  remove(seat: Seat): void {
    this.embody(seat, undefined)
    this.#byPlayer.delete(seat.player.id)
    this.#bySession.delete(seat.member.session)
  }
}
