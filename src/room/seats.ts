import { assertNoFormerGate, isSameSession, type Member, type Player } from '../actor/index.ts'
import type { Clock, Timer } from '../ports/index.ts'
import type { SeatSnapshot } from './snapshot.ts'

/** One player's place in a room. `member` is undefined while nobody is connected to it. */
export interface Seat {
  readonly player: Player
  readonly member: Member | undefined
  /** Whether `member` has received a full state, so that deltas make sense to it. */
  synced: boolean
  /** The last command of its client that was taken. */
  sequence: number
  /**
   * Whether later ones may have been taken, too, in a life of the room of which nothing is left:
   * it came back from a checkpoint, and has heard nothing of this client since.
   */
  behind: boolean
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

  /** Whether commands may have been taken of somebody here that are not known of. */
  get behind(): boolean {
    for (const { behind } of this.#seats.values()) if (behind) return true
    return false
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

  *members(): Generator<Member> {
    for (const { member } of this.#seats.values()) if (member !== undefined) yield member
  }

  /** Members who have a full state. */
  *synced(): Generator<Member> {
    for (const seat of this.#seats.values()) if (seat.synced && seat.member) yield seat.member
  }

  /** @param sequence the last command of its client that was taken */
  add(player: Player, member: Member | undefined, sequence = 0): Seat {
    const kept = { sequence, behind: false, grace: undefined }
    const seat: Seat = { player, member: undefined, synced: false, ...kept }
    this.#seats.set(player.id, seat)
    this.connect(seat, member)
    this.everSeated = true
    ;(this.players as Map<string, Player>).set(player.id, player)
    return seat
  }

  /**
   * Takes in seats as they were kept, and waits for their players.
   * @param behind whether the room has lived on since
   */
  restore(snapshots: readonly SeatSnapshot[], behind: boolean): void {
    for (const { player, member, sequence } of snapshots) {
      const seat = this.add(player, member, sequence)
      seat.behind = behind
      this.startGrace(seat)
    }
  }

  /**
   * Ties the seat to a session, or to none.
   * @param sent the last command that the client has sent, where it was in already, with another
   * gate
   * @returns whether commands of it are lost: what it sends again may have acted already, so none
   * of it does
   * @throws RealmError `SESSION_MOVED` where that gate has lost the session
   */
  connect(seat: Seat, member: Member | undefined, sent?: number): boolean {
    const former = seat.member
    let lost = false
    if (former !== undefined && member !== undefined) {
      assertNoFormerGate(former, member)
      const goesOn = sent !== undefined && isSameSession(former, member)
      lost = goesOn && seat.behind && sent > seat.sequence
      // Who was here before another device of the player may have acted, too.
      if (lost || !goesOn) seat.sequence = sent ?? 0
      seat.behind = false
    }
    if (seat.member !== undefined) this.#bySession.delete(seat.member.session)
    if (member !== undefined) this.#bySession.set(member.session, seat)
    ;(seat as { member: Member | undefined }).member = member
    seat.synced = false
    return lost
  }

  /**
   * Counts a command. @returns whether it was taken before: a client that cannot know whether its
   * former gate has passed it on sends it again.
   */
  isRepeated(seat: Seat, sequence: number): boolean {
    if (sequence > 0 && sequence <= seat.sequence) return true
    seat.sequence = sequence
    seat.behind = false
    return false
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
