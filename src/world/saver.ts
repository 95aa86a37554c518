import type { ActivationContext, Part } from '../actor/index.ts'
import { RealmError } from '../errors/index.ts'
import type { Failures } from './failures.ts'
import type { Population } from './population.ts'
import { type Unwritten, writeSnapshot } from './snapshot.ts'
import { Still } from './still.ts'

/**
 * From the moment one checkpoint shows until the next is written; with the commit itself, at most a
 * second of a world can be lost. That is real time, also while the world's own time is slowed.
 */
const checkpointPeriodMs = 900
/** How much of that is spent on writing, piece by piece. */
const spreadMs = 250
/** A world in which nothing happens still notes its tick now and then. */
const idlePeriodMs = 30_000
/** So few entities are written in the very tick. */
const atOnceMax = 256

/**
 * Brings what changed into the store: only the regions that are out of date, and one checkpoint at
 * a time.
 *
 * What a checkpoint shows is the state of one tick, all of it: the entities, who is here, the ids
 * given out. At its beginning all that is copied (`Still`), which is soon done; in the following
 * ticks the copy is written as bytes, a piece in each; then all of it becomes durable in a single
 * commit. The world may go on meanwhile as it likes: an entity that crosses from a region that is
 * not yet written into one that is, or back, is where it was when the checkpoint began, once. What
 * changes after the beginning makes its region out of date again, for the next checkpoint. A crash
 * finds the former checkpoint or this one, nothing in between.
 */
export class Saver {
  checkpoints = 0
  /** Something besides entities changed: who is here, above all. */
  dirty = true
  /** Regions that have a part in the store, for all we know. */
  readonly stored = new Set<number>()
  readonly #context: ActivationContext
  readonly #population: Population
  readonly #failures: Failures
  readonly #snapshot: () => Unwritten
  readonly #still: Still
  #state: 'resting' | 'writing' | 'committing' = 'resting'
  /** What is written, and goes into the store with the next tick. */
  #parts: readonly Part[] | undefined
  #begunMs: number
  #begun: Unwritten | undefined
  #regions: number[] = []

  constructor(
    context: ActivationContext,
    population: Population,
    failures: Failures,
    snapshot: () => Unwritten,
  ) {
    this.#context = context
    this.#population = population
    this.#failures = failures
    this.#snapshot = snapshot
    this.#still = new Still(population)
    this.#begunMs = context.clock.now()
  }

  /**
   * To be called between ticks, after each of them.
   * @param periodMs from tick to tick, in real time
   */
  saveIfDue(periodMs: number): void {
    const sinceMs = this.#context.clock.now() - this.#begunMs
    if (this.#state === 'resting') this.#beginIfDue(sinceMs, periodMs)
    else if (this.#state === 'writing') this.#goOn(sinceMs, periodMs)
  }

  #beginIfDue(sinceMs: number, periodMs: number): void {
    const dirty = this.dirty || this.#population.unsaved.size > 0
    if (!dirty && sinceMs < idlePeriodMs) return
    // Where ticks are far apart there is time enough in one of them.
    const atOnce = periodMs >= spreadMs
    const writingMs = atOnce || this.#population.count <= atOnceMax ? 0 : spreadMs
    if (sinceMs + periodMs <= checkpointPeriodMs - writingMs) return
    this.#begin()
    if (!atOnce && this.#still.left > atOnceMax) return
    this.#parts = this.#still.write(Number.POSITIVE_INFINITY, this.stored)
    void this.#commit()
  }

  #goOn(sinceMs: number, periodMs: number): void {
    if (this.#parts !== undefined) return void this.#commit()
    const ticksLeft = Math.max(1, Math.floor((spreadMs - sinceMs) / periodMs))
    this.#parts = this.#still.write(Math.ceil(this.#still.left / ticksLeft), this.stored)
    // The commit costs something too, so it has a tick of its own, unless that would be late.
    const late = sinceMs + periodMs > spreadMs * 1.2
    if (this.#parts !== undefined && late) void this.#commit()
  }

  #begin(): void {
    const { unsaved } = this.#population
    this.#begunMs = this.#context.clock.now()
    this.#regions = [...unsaved]
    unsaved.clear()
    this.dirty = false
    this.#begun = this.#snapshot()
    this.#still.take(this.#regions)
    this.#state = 'writing'
  }

  async #commit(): Promise<void> {
    const regions = this.#regions
    const parts = this.#parts ?? []
    this.#parts = undefined
    this.#state = 'committing'
    for (const { name, bytes } of parts) {
      if (bytes === undefined) this.stored.delete(regionOfPart(name))
      else this.stored.add(regionOfPart(name))
    }
    try {
      await this.#context.commit(writeSnapshot(this.#begun as Unwritten), parts)
      this.checkpoints += 1
    } catch (error) {
      // Whether it took effect is not known: everything of it is written again, and deleted again.
      for (const region of regions) this.#population.unsaved.add(region)
      for (const { name } of parts) this.stored.add(regionOfPart(name))
      this.dirty = true
      // Who lost its ownership is being stopped; the new owner goes on from the last checkpoint.
      const fenced = error instanceof RealmError && error.code === 'FENCED'
      if (!fenced) this.#failures.note('checkpoint', error)
    } finally {
      this.#state = 'resting'
    }
  }
}

/** The region a part belongs to; −1 for a name that is not one of ours. */
export function regionOfPart(part: string): number {
  return /^t\d{1,7}$/.test(part) ? Number(part.slice(1)) : -1
}
