import type { Member, Player } from '../actor/index.ts'
import type { Clock, Timer } from '../ports/index.ts'

/** One player's place in a room. `member` is undefined while nobody is connected to it. */
export interface Seat {
  readonly player: Player
  readonly member: Member | undefined
  /** Whether `member` has received a full state, so that deltas make sense to it. */
  synced: boolean
  /** Runs while the connection is lost; the seat is given up when it ends. */
  grace: Timer | undefined
}

/**
 * Who sits in a room, by player and by session; gives up seats of players who do not come back in
 * time.
 */
export class Seats {
  readonly #seats = new Map<string, Seat>()
  readonly #bySession = new Map<string, Seat>()
  readonly #clock: Clock
  readonly #graceMs: number
  /** Whether anybody was ever seated here. */
  everSeated = false
  readonly #expired: (seat: Seat) => void
  /** Player id → player, as game code sees it. */
  readonly players: ReadonlyMap<string, Player> = new Map<string, Player>()

  constructor(clock: Clock, graceMs: number, expired: (seat: Seat) => void) {
    this.#clock = clock
    this.#graceMs = graceMs
    this.#expired = expired
  }

  get size(): number {
    return this.#seats.size
  }

  ofPlayer(player: string): Seat | undefined {
    return this.#seats.get(player)
  }

  ofSession(session: string): Seat | undefined {
    return this.#bySession.get(session)
  }

  all(): IterableIterator<Seat> {
    return this.#seats.values()
  }

  /** Members who have a full state. */
  *synced(): Generator<Member> {
    for (const seat of this.#seats.values()) if (seat.synced && seat.member) yield seat.member
  }

  add(player: Player, member: Member | undefined): Seat {
    const seat: Seat = { player, member: undefined, synced: false, grace: undefined }
    this.#seats.set(player.id, seat)
    this.connect(seat, member)
    this.everSeated = true
    ;(this.players as Map<string, Player>).set(player.id, player)
    return seat
  }

  /** Ties the seat to a session, or to none. */
  connect(seat: Seat, member: Member | undefined): void {
    if (seat.member !== undefined) this.#bySession.delete(seat.member.session)
    if (member !== undefined) this.#bySession.set(member.session, seat)
    ;(seat as { member: Member | undefined }).member = member
    seat.synced = false
  }

  remove(seat: Seat): void {
    this.connect(seat, undefined)
    seat.grace?.cancel()
    this.#seats.delete(seat.player.id)
    ;(this.players as Map<string, Player>).delete(seat.player.id)
  }

  /** The connection is lost: the seat is kept for the grace period. */
  startGrace(seat: Seat): void {
    seat.grace?.cancel()
    seat.grace = this.#clock.after(this.#graceMs, () => this.#expired(seat))
  }

  endGrace(seat: Seat): void {
    seat.grace?.cancel()
    seat.grace = undefined
  }

  stop(): void {
    for (const seat of this.#seats.values()) seat.grace?.cancel()
  }
}
