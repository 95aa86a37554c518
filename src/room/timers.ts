import { type PayloadPlan, readPayload, type Schemas, sealPayload } from '../actor/index.ts'
import { RealmError } from '../errors/index.ts'
import type { Clock, Timer } from '../ports/index.ts'
import { bytes, decode, encode, type Infer, list, record, text, varint } from '../schema/index.ts'

/** Named timers that one room may have at a time. */
const timersMax = 1024
const payloadBytesMax = 4096
const keyUnitsMax = 64
/** A hundred days. */
const inMsMax = 100 * 24 * 3_600_000

/** A named timer as it is kept with the room and travels along. */
const Kept = record({
  name: text({ max: 32 }),
  key: text({ max: keyUnitsMax }),
  /** By the wall clock, which nodes have in common. */
  dueMs: varint,
  /** How long it was to take: it never takes longer, however wrong the next node's clock is. */
  inMs: varint,
  /** Sealed with the hash of its schema. */
  payload: bytes({ max: 2 * payloadBytesMax }),
})

/** All of a room, in the order in which they were set. */
export const KeptTimers = list(Kept, { max: timersMax })

export type KeptTimer = Infer<typeof Kept>

/** A timer of a definition. */
export interface TimerPlan extends PayloadPlan {
  run(room: never, payload: never): void
}

interface Named {
  readonly kept: KeptTimer
  /** Undefined where the running game does not know it: it waits for one that does. */
  readonly timer: Timer | undefined
}

export interface RoomTimersOptions {
  readonly clock: Clock
  readonly plans: readonly TimerPlan[]
  /** Runs game code: what it throws harms nobody else. */
  readonly guard: (what: string, run: () => void) => void
  readonly fire: (plan: TimerPlan, payload: object) => void
  /** Named timers are others than they were. */
  readonly changed: () => void
}

/** What a room does later: by a function, which ends with the activation, or by a name. */
export class RoomTimers {
  readonly #options: RoomTimersOptions
  readonly #running = new Set<Timer>()
  readonly #named = new Map<string, Named>()

  constructor(options: RoomTimersOptions) {
    this.#options = options
  }

  /** @param run with the seconds since the last time */
  steps(periodMs: number, run: (dt: number) => void): void {
    const { clock, guard } = this.#options
    let lastMs = clock.now()
    const step = (): void => {
      const dt = (clock.now() - lastMs) / 1000
      lastMs = clock.now()
      guard('step', () => run(dt))
    }
    this.#running.add(clock.every(periodMs, step))
  }

  after(ms: number, run: () => void): Timer {
    const timer = this.#options.clock.after(ms, () => {
      this.#running.delete(timer)
      this.#options.guard('timer', run)
    })
    this.#running.add(timer)
    return timer
  }

  /** @throws RealmError `TIMER_INVALID`, `ROOM_TIMERS_FULL`, `SCHEMA_…` */
  schedule(name: string, inMs: number, value: object, key: string): void {
    const plan = this.#planOf(name)
    if (plan === undefined) throw new RealmError('TIMER_INVALID', `timers.${name}: no such timer.`)
    if (!(inMs >= 0 && inMs <= inMsMax)) {
      throw new RealmError('TIMER_INVALID', `timers.${name}: ${inMs} is not 0 to ${inMsMax} ms.`)
    }
    if (key.length > keyUnitsMax) {
      throw new RealmError('TIMER_INVALID', `timers.${name}: its key has over ${keyUnitsMax}.`)
    }
    const payload = sealPayload(plan, value)
    if (payload.length > payloadBytesMax) {
      throw new RealmError('TIMER_INVALID', `timers.${name}: over ${payloadBytesMax} B of payload.`)
    }
    this.unschedule(name, key)
    if (this.#named.size >= timersMax) throw new RealmError('ROOM_TIMERS_FULL')
    const wholeMs = Math.ceil(inMs)
    const dueMs = this.#options.clock.wallMs() + wholeMs
    // The handler gets what a later node would read, and nothing that the caller still holds.
    const copy = decode(plan.payload, encode(plan.payload, plan.payload.check(value, name)))
    this.#arm(plan, { name, key, dueMs, inMs: wholeMs, payload }, copy, inMs)
    this.#options.changed()
  }

  /** @returns whether there was one */
  unschedule(name: string, key: string): boolean {
    const id = idOf(name, key)
    const named = this.#named.get(id)
    if (named === undefined) return false
    if (named.timer !== undefined) {
      named.timer.cancel()
      this.#running.delete(named.timer)
    }
    this.#named.delete(id)
    this.#options.changed()
    return true
  }

  /** When it is due, in ms since 1970. */
  scheduledAt(name: string, key: string): number | undefined {
    return this.#named.get(idOf(name, key))?.kept.dueMs
  }

  kept(): KeptTimer[] {
    return [...this.#named.values()].map(({ kept }) => kept)
  }

  /** @throws RealmError `SCHEMA_…` where a payload cannot be brought to the present schema */
  async restore(all: readonly KeptTimer[], schemas: Schemas): Promise<void> {
    const nowMs = this.#options.clock.wallMs()
    for (const kept of all) {
      const plan = this.#planOf(kept.name)
      if (plan === undefined) this.#named.set(idOf(kept.name, kept.key), { kept, timer: undefined })
      else {
        const payload = await readPayload(plan, schemas, kept.payload)
        const leftMs = Math.max(0, kept.dueMs - nowMs)
        this.#arm(plan, kept, payload, Math.min(leftMs, kept.inMs))
      }
    }
  }

  stop(): void {
    for (const timer of this.#running) timer.cancel()
  }

  #arm(plan: TimerPlan, kept: KeptTimer, payload: object, inMs: number): void {
    const id = idOf(kept.name, kept.key)
    const timer = this.after(inMs, () => {
      this.#named.delete(id)
      this.#options.changed()
      this.#options.fire(plan, payload)
    })
    this.#named.set(id, { kept, timer })
  }

  #planOf(name: string): TimerPlan | undefined {
    return this.#options.plans.find((plan) => plan.name === name)
  }
}

function idOf(name: string, key: string): string {
  return `${name} ${key}`
}
