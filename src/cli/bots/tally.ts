/** What many bots have seen so far, added up. */
export class Tally {
  connected = 0
  disconnected = 0
  reconnected = 0
  bytesIn = 0
  bytesOut = 0
  readonly errors = new Map<string, number>()
  readonly #pingsMs: number[] = []

  error(code: string): void {
    this.errors.set(code, (this.errors.get(code) ?? 0) + 1)
  }

  /** One measured round trip; the newest 10,000 count. */
  ping(ms: number): void {
    if (this.#pingsMs.length >= 10_000) this.#pingsMs.shift()
    this.#pingsMs.push(ms)
  }

  get errorCount(): number {
    let sum = 0
    for (const count of this.errors.values()) sum += count
    return sum
  }

  /**
   * The round trip that the share `p` (0–1) of all measured ones does not exceed, in ms; 0 before
   * the first.
   */
  pingMs(p: number): number {
    const sorted = this.#pingsMs.toSorted((a, b) => a - b)
    return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))] ?? 0
  }
}
