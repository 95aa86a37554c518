import type { Clock } from '../ports/index.ts'

/** Rooms that a player may open at once, and then one after each period. */
const burst = 32
const periodMs = 2000
/** Players remembered; whoever is allowed everything again is forgotten first. */
const playersMax = 10_000

/** How many rooms each player may yet open: nobody fills a server with rooms that nobody enters. */
export class Allowance {
  readonly #clock: Clock
  /** By player: when all of the burst is allowed again. */
  readonly #fullAtMs = new Map<string, number>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** @returns whether the player may open one more room */
  take(player: string): boolean {
    const now = this.#clock.now()
    const fullAtMs = Math.max(now, this.#fullAtMs.get(player) ?? now) + periodMs
    if (fullAtMs > now + burst * periodMs) return false
    if (this.#fullAtMs.size >= playersMax) this.#forget(now)
    this.#fullAtMs.set(player, fullAtMs)
    return true
  }

  /** Those who need no remembering, or where there is none, whoever came first. */
  #forget(now: number): void {
    for (const [player, fullAtMs] of this.#fullAtMs) {
      if (fullAtMs <= now) this.#fullAtMs.delete(player)
    }
    for (const player of this.#fullAtMs.keys()) {
      if (this.#fullAtMs.size < playersMax) return
      this.#fullAtMs.delete(player)
    }
  }
}
