/** A timer that has been set; cancelling one that fired or was cancelled does nothing. */
export interface Timer {
  cancel(): void
}

/** Time as the outside gives it. Nothing below `cli/` reads time in any other way. */
export interface Clock {
  /** Milliseconds on this process's own monotonic clock; fractional; its zero has no meaning. */
  now(): number
  /**
   * Milliseconds since 1970 by the wall clock; may jump. For people and for tickets, never for
   * leases.
   */
  wallMs(): number
  /** Calls `run` once after `delayMs` (≥ 0). */
  after(delayMs: number, run: () => void): Timer
  /**
   * Calls `run` every `periodMs` (> 0), first after one period, without drift where the host
   * allows.
   */
  every(periodMs: number, run: () => void): Timer
}
