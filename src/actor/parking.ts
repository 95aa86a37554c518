import type { Address } from '../cluster/index.ts'
import { RealmError } from '../errors/index.ts'
import type { Clock } from '../ports/index.ts'
import type { HostLimits } from './limits.ts'

export interface ParkingOptions {
  readonly clock: Clock
  readonly limits: Required<HostLimits>
}

interface Record {
  /** Times of the last crashes, oldest first; no more than make a loop. */
  readonly crashesMs: number[]
  /** Times it was parked without a success in between. */
  parkings: number
  untilMs: number
}

/** Addresses that crash at a time. Beyond it the oldest is forgotten, and may begin anew. */
const recordsMax = 10_000

/**
 * Who crashes again and again is left alone for a while: `crashesMax` crashes within
 * `crashWindowMs` without a success among them. Then it is tried again; the next crash parks it
 * for twice as long, a success forgets everything.
 */
export class Parking {
  readonly #options: ParkingOptions
  readonly #records = new Map<Address, Record>()
  /** Crashes since the start. */
  crashes = 0

  constructor(options: ParkingOptions) {
    this.#options = options
  }

  /** How many are parked now. */
  get parked(): number {
    const now = this.#options.clock.now()
    let parked = 0
    for (const { untilMs } of this.#records.values()) if (untilMs > now) parked += 1
    return parked
  }

  /** @throws RealmError `ACTIVATION_PARKED` */
  assertFree(address: Address): void {
    if (this.#records.size === 0) return
    const leftMs = (this.#records.get(address)?.untilMs ?? 0) - this.#options.clock.now()
    if (leftMs > 0) throw parkedError(leftMs)
  }

  /** @returns with what its callers are told off, where this crash was one too many. */
  crashed(address: Address): RealmError | undefined {
    const { clock, limits } = this.#options
    const now = clock.now()
    this.crashes += 1
    const record = this.#recordOf(address)
    record.crashesMs.push(now)
    if (record.crashesMs.length > limits.crashesMax) record.crashesMs.shift()
    const full = record.crashesMs.length >= limits.crashesMax
    const loop = full && now - (record.crashesMs[0] as number) <= limits.crashWindowMs
    // Whoever was parked before is on trial.
    if (!loop && record.parkings === 0) return undefined
    const waitMs = Math.min(limits.parkMsMax, limits.parkMs * 2 ** Math.min(record.parkings, 30))
    record.parkings += 1
    record.crashesMs.length = 0
    record.untilMs = now + waitMs
    return parkedError(waitMs)
  }

  succeeded(address: Address): void {
    if (this.#records.size > 0) this.#records.delete(address)
  }

  /** Other code is another chance. */
  clear(): void {
    this.#records.clear()
  }

  #recordOf(address: Address): Record {
    const known = this.#records.get(address)
    if (known !== undefined) return known
    if (this.#records.size >= recordsMax) {
      const [oldest] = this.#records.keys()
      this.#records.delete(oldest as Address)
    }
    const record: Record = { crashesMs: [], parkings: 0, untilMs: Number.NEGATIVE_INFINITY }
    this.#records.set(address, record)
    return record
  }
}

function parkedError(waitMs: number): RealmError {
  const seconds = Math.max(0.1, Math.ceil(waitMs / 100) / 10)
  return new RealmError('ACTIVATION_PARKED', `It is tried again in ${seconds} s.`)
}
