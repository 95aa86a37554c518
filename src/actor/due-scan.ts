import type { Address, ClusterNode } from '../cluster/index.ts'
import type { Timer } from '../ports/index.ts'
import { dueSlices, readDueKey, slicePrefix } from './due-index.ts'

/** How often each slice is looked at. */
const scanMs = 1000
/** An actor is woken this long before its reminder is due, so that it is there in time. */
const aheadMs = 2000
/** Records read at a time; the next look at the slice goes on behind them. */
const pageRecords = 256
/** Actors being woken at a time. */
const wakesMax = 64
/** One that was woken and still has its reminder is not asked again before this. */
const askAgainMs = 10_000
const askedMax = 10_000

export interface DueScanOptions {
  readonly node: ClusterNode
  /** Whether it is active at this node, and so watches its reminders itself. */
  readonly active: (address: Address) => boolean
  /** Makes it active, wherever it belongs. */
  readonly wake: (address: Address) => Promise<void>
}

/**
 * Wakes sleeping actors for their reminders. The slices of the index are shared out over the living
 * nodes without any lease: where two nodes look at the same slice for a moment, an actor is asked
 * twice to be awake, which does no harm. What counts is the commit of the one activation.
 */
export class DueScan {
  readonly #options: DueScanOptions
  readonly #timer: Timer
  /** Where a slice with more than a page of due records goes on. */
  readonly #cursors = new Map<number, string>()
  readonly #asked = new Map<string, number>()
  #waking = 0
  #scanning = false

  constructor(options: DueScanOptions) {
    this.#options = options
    this.#timer = options.node.clock.every(scanMs, () => void this.#scan())
  }

  stop(): void {
    this.#timer.cancel()
  }

  async #scan(): Promise<void> {
    const { node } = this.#options
    if (this.#scanning || !node.leaseAlive()) return
    this.#scanning = true
    try {
      const lookers = this.#lookers()
      const own = lookers.indexOf(node.id)
      for (let slice = 0; slice < dueSlices; slice += 1) {
        if (slice % lookers.length === own) await this.#scanSlice(slice)
      }
    } catch (error) {
      node.log.warn({ error }, 'Due reminders could not be looked for; trying again.')
    } finally {
      this.#scanning = false
    }
  }

  /** Nodes where actors live; those that are about to stop only where there is no other. */
  #lookers(): string[] {
    const fit = this.#options.node.view().filter(({ roles }) => roles.includes('logic'))
    const open = fit.filter(({ draining }) => !draining)
    return (open.length > 0 ? open : fit).map(({ id }) => id).sort()
  }

  async #scanSlice(slice: number): Promise<void> {
    const { node, active } = this.#options
    const cursor = this.#cursors.get(slice)
    const after = cursor === undefined ? {} : { after: cursor }
    const page = await node.store.scan(slicePrefix(slice), { ...after, limit: pageRecords })
    this.#cursors.delete(slice)
    const horizonMs = node.clock.wallMs() + aheadMs
    let reached: string | undefined
    for (const { key } of page) {
      const due = readDueKey(key)
      if (due !== undefined && due.wallMs > horizonMs) return
      if (this.#waking >= wakesMax) break
      reached = key
      if (due !== undefined && !active(due.address)) this.#wake(key, due.address)
    }
    const more = page.length === pageRecords || reached !== page.at(-1)?.key
    if (more && reached !== undefined) this.#cursors.set(slice, reached)
  }

  #wake(key: string, address: Address): void {
    const { node, wake } = this.#options
    const now = node.clock.now()
    if (now < (this.#asked.get(key) ?? Number.NEGATIVE_INFINITY) + askAgainMs) return
    if (this.#asked.size >= askedMax) this.#asked.clear()
    this.#asked.set(key, now)
    this.#waking += 1
    wake(address)
      .catch((error) => node.log.debug({ error, address }, 'It could not be woken; trying again.'))
      .finally(() => {
        this.#waking -= 1
      })
  }
}
