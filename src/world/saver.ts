import type { ActivationContext, Part } from '../actor/index.ts'
import { RealmError } from '../errors/index.ts'
import type { Failures } from './failures.ts'
import type { Population } from './population.ts'
import { writeRegion } from './snapshot.ts'

/**
 * From one checkpoint to the next; with the commit itself, at most a second of a world can be lost.
 */
const checkpointPeriodMs = 900
/** A world in which nothing happens still notes its tick now and then. */
const idlePeriodMs = 30_000

/**
 * Brings what changed into the store: one commit at a time, only the regions that are out of date.
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
  readonly #blob: () => Uint8Array
  #committing = false
  #lastMs: number

  constructor(
    context: ActivationContext,
    population: Population,
    failures: Failures,
    blob: () => Uint8Array,
  ) {
    this.#context = context
    this.#population = population
    this.#failures = failures
    this.#blob = blob
    this.#lastMs = context.clock.now()
  }

  /** To be called between ticks. */
  saveIfDue(): void {
    const sinceMs = this.#context.clock.now() - this.#lastMs
    const dirty = this.dirty || this.#population.unsaved.size > 0
    if (this.#committing || sinceMs < (dirty ? checkpointPeriodMs : idlePeriodMs)) return
    void this.#save()
  }

  async #save(): Promise<void> {
    const { unsaved } = this.#population
    const regions = [...unsaved]
    const parts: Part[] = []
    unsaved.clear()
    for (const region of regions) {
      const bytes = writeRegion(this.#population, region)
      if (bytes === undefined && !this.stored.has(region)) continue
      if (bytes === undefined) this.stored.delete(region)
      else this.stored.add(region)
      parts.push({ name: `t${region}`, bytes })
    }
    this.dirty = false
    this.#committing = true
    this.#lastMs = this.#context.clock.now()
    try {
      await this.#context.commit(this.#blob(), parts)
      this.checkpoints += 1
    } catch (error) {
      // Whether it took effect is not known: everything of it is written again, and deleted again.
      for (const region of regions) unsaved.add(region)
      for (const { name } of parts) this.stored.add(regionOfPart(name))
      this.dirty = true
      // Who lost its ownership is being stopped; the new owner goes on from the last checkpoint.
      const fenced = error instanceof RealmError && error.code === 'FENCED'
      if (!fenced) this.#failures.note('checkpoint', error)
    } finally {
      this.#committing = false
    }
  }
}

/** The region a part belongs to; −1 for a name that is not one of ours. */
export function regionOfPart(part: string): number {
  return /^t\d{1,7}$/.test(part) ? Number(part.slice(1)) : -1
}
