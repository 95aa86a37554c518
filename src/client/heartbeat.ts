const samplesMax = 7

interface Sample {
  readonly rttMs: number
  /** Server wall clock minus this client's clock. */
  readonly offsetMs: number
}

/** Round trip and server time, from the pongs. */
export class Heartbeat {
  #samples: Sample[] = []
  #rttMs = 0
  #guess = 0

  /** @param sentAt when the ping left; @param wallMs the server's wall clock when it answered */
  pong(now: number, sentAt: number, wallMs: number): void {
    const rttMs = now - sentAt
    // The server echoes the time: an answer from before this page's clock began, or from the
    // future, is no sample.
    if (!(rttMs >= 0 && rttMs < 60_000)) return
    this.#samples.push({ rttMs, offsetMs: wallMs + rttMs / 2 - now })
    if (this.#samples.length > samplesMax) this.#samples.shift()
  }

  /** A new socket, perhaps to another machine: its clock is guessed until a pong is there. */
  welcome(now: number, wallMs: number): void {
    this.#rttMs = this.rttMs
    this.#samples = []
    this.#guess = wallMs - now
  }

  /** Whether a few pongs are there, so that one more tells little. */
  get settled(): boolean {
    return this.#samples.length === samplesMax
  }

  /** The median round trip of the last pongs, ms; 0 before the first. */
  get rttMs(): number {
    const sorted = this.#samples.map((sample) => sample.rttMs).sort((a, b) => a - b)
    return sorted[Math.floor(sorted.length / 2)] ?? this.#rttMs
  }

  /**
   * Server wall clock minus the client's clock: of the fastest round trip, which is the least
   * distorted.
   */
  get offsetMs(): number {
    let best: Sample | undefined
    for (const sample of this.#samples) {
      if (best === undefined || sample.rttMs <= best.rttMs) best = sample
    }
    return best?.offsetMs ?? this.#guess
  }
}
