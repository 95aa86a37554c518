/** Silence that long between two successes is an outage, and the next success ends it. */
export const OUTAGE_MS = 1_000

/** When something succeeded: ascending, by `performance.now()`. */
export class Timeline {
  readonly #successes: number[] = []

  succeeded(atMs: number): void {
    this.#successes.push(atMs)
  }

  /** The last success; undefined where there was none yet. */
  get last(): number | undefined {
    return this.#successes.at(-1)
  }

  /**
   * How long after `from` the last outage between `from` and `until` was over; 0 where there was
   * none. One that goes on at `until` counts as over then.
   */
  backAfterMs(from: number, until: number): number {
    let before = from
    let back = from
    for (const at of [...this.#successes, until]) {
      if (at <= from) continue
      if (at > until) break
      if (at - before >= OUTAGE_MS) back = at
      before = at
    }
    if (until - before >= OUTAGE_MS) back = until
    return back - from
  }

  /** Forgets what was before. */
  forget(before: number): void {
    const keep = this.#successes.findIndex((at) => at >= before)
    this.#successes.splice(0, keep < 0 ? this.#successes.length : keep)
  }
}
