import type { Pressure } from './overload.ts'

/** How a world is doing. */
export interface WorldStats {
  readonly tick: number
  readonly entities: number
  readonly players: number
  /** Time a tick took, in ms: the middle and the slowest hundredth of the last 512. */
  readonly tickP50Ms: number
  readonly tickP99Ms: number
  /** Ticks that were skipped because the world could not keep up, even with time slowed. */
  readonly overruns: number
  /**
   * How far the world degrades because it has too much to do: 0 not at all, 1 far tiles are told of
   * less often, 2 views are capped too, 3 time is slowed too.
   */
  readonly pressure: Pressure
  /**
   * Share of the time between ticks that is used up, over the last half second; what else delays
   * the ticks of this thread counts. Above 0.9 the pressure rises, below 0.6 it falls.
   */
  readonly load: number
  /** By how much time is slowed, 1…4. */
  readonly dilation: number
  /** Time spent at each pressure since the world started here, in ms. */
  readonly pressureMs: readonly number[]
  /** Ticks in which `step` threw. */
  readonly stepFailures: number
  /** Commands that threw something other than a refusal. */
  readonly commandFailures: number
  /** Reports of clients that had something else than the world has. */
  readonly desyncs: number
  readonly deltasEncoded: number
  readonly keyframesEncoded: number
  /** Bytes of tile parts encoded, before they are multiplied by viewers. */
  readonly bytesEncoded: number
  readonly checkpoints: number
  readonly checkpointFailures: number
}

const durationsKept = 512

/** The last durations of something, in ms. */
export class Durations {
  readonly #ring = new Float64Array(durationsKept)
  #count = 0

  add(ms: number): void {
    this.#ring[this.#count % durationsKept] = ms
    this.#count += 1
  }

  /** @param share 0.5 for the middle, 0.99 for the slowest hundredth */
  quantile(share: number): number {
    const kept = Math.min(this.#count, durationsKept)
    if (kept === 0) return 0
    const sorted = this.#ring.slice(0, kept).sort()
    return sorted[Math.min(kept - 1, Math.floor(share * kept))] as number
  }
}
