import { RealmError } from '../errors/index.ts'
import type { Clock, Timer } from '../ports/index.ts'
import { EventQueue, type SimEvent } from './event-queue.ts'
import { type SeededRandom, seededRandom } from './random.ts'
import { Trace, type TraceEvent } from './trace.ts'

/** Rates and delays that a scenario may change at any time. Rates are probabilities 0–1. */
export interface SimFaults {
  busLossRate: number
  busDuplicateRate: number
  busLatencyMs: number
  /** Added to each latency, evenly between 0 and this. */
  busJitterMs: number
  /** A transaction that never reaches the store; its caller is told `STORE_UNAVAILABLE`. */
  storeLossRate: number
  /** A transaction that is committed although its caller is told `STORE_UNAVAILABLE`. */
  storeLostReplyRate: number
  storeLatencyMs: number
  storeJitterMs: number
  socketLatencyMs: number
  socketJitterMs: number
}

const noFaults: Readonly<SimFaults> = {
  busLossRate: 0,
  busDuplicateRate: 0,
  busLatencyMs: 0.3,
  busJitterMs: 0.5,
  storeLossRate: 0,
  storeLostReplyRate: 0,
  storeLatencyMs: 0.4,
  storeJitterMs: 0.8,
  socketLatencyMs: 20,
  socketJitterMs: 5,
}

/** Whose code an event runs: a virtual process, which can be paused or killed as a whole. */
export interface Owner {
  readonly name: string
  state: 'running' | 'paused' | 'dead'
  /** What should have happened while it was paused. */
  readonly deferred: SimEvent[]
  /** By how much its wall clock is wrong, ms. */
  wallOffsetMs: number
  /** How fast its own clock goes: 1.01 gains ten milliseconds in a second. */
  clockRate: number
}

export function newOwner(name: string): Owner {
  return { name, state: 'running', deferred: [], wallOffsetMs: 0, clockRate: 1 }
}

/** Where the virtual wall clock starts: noon of a Thursday, UTC. */
const wallStartMs = Date.UTC(2026, 0, 1, 12)

/** After so many events the host's own loop gets a turn, so that its timeouts can stop a run. */
const hostTurnEvents = 1_024

/**
 * The virtual time, what will happen in it, and what has happened. The ports are built upon this.
 */
export class SimCore {
  readonly random: SeededRandom
  readonly trace: Trace
  readonly faults: SimFaults
  /** What receivers and handlers threw; a scenario ends by asserting that this is empty. */
  readonly errors: unknown[] = []
  readonly #queue = new EventQueue()
  #nowMs = 0
  #steps = 0
  #stepping = false
  readonly #resting: (() => void)[] = []

  constructor(seed: string, faults: Partial<SimFaults>, watch?: (event: TraceEvent) => void) {
    this.random = seededRandom(seed)
    this.trace = new Trace(watch)
    this.faults = { ...noFaults, ...faults }
    this.note('seed', seed, '')
  }

  get nowMs(): number {
    return this.#nowMs
  }

  note(kind: string, from: string, to: string, bytes: Uint8Array = nothing): void {
    this.trace.note({ kind, timeMs: this.#nowMs, from, to, bytes })
  }

  /**
   * Runs owner's code at a virtual time from now on; held back while it is paused, dropped once it
   * is dead.
   */
  at(owner: Owner, timeMs: number, run: () => void): Timer {
    return this.#queue.add(Math.max(timeMs, this.#nowMs), owner, run)
  }

  /** Lets an event happen now that was held back. */
  resume(event: SimEvent): void {
    this.#queue.put(event, this.#nowMs)
  }

  clock(owner: Owner): Clock {
    const now = (): number => this.#nowMs * owner.clockRate
    const dueIn = (delayMs: number): number => this.#nowMs + Math.max(0, delayMs) / owner.clockRate
    return {
      now,
      wallMs: () => Math.floor(wallStartMs + this.#nowMs + owner.wallOffsetMs),
      after: (delayMs, run) =>
        this.at(owner, dueIn(delayMs), () => {
          this.note('timer', owner.name, '')
          run()
        }),
      every: (periodMs, run) => {
        if (!(periodMs > 0)) throw new RangeError('A period must be greater than 0 ms.')
        let dueMs = now() + periodMs
        const timer = this.#queue.add(dueIn(periodMs), owner, () => {
          this.note('timer', owner.name, '')
          const missed = Math.max(0, Math.floor((now() - dueMs) / periodMs))
          dueMs += periodMs * (1 + missed)
          this.#queue.put(timer, dueIn(dueMs - now()))
          run()
        })
        return timer
      },
    }
  }

  /** Lets `ms` of virtual time pass. Rejects with what a timer or an event threw. */
  async run(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms
    await this.#drive(() => {
      const next = this.#queue.peek()
      return next !== undefined && next.timeMs <= endMs
    })
    this.#nowMs = Math.max(this.#nowMs, endMs)
  }

  /**
   * Lets virtual time pass until `promise` is settled, and returns what it gives.
   * @throws RealmError `INTERNAL` where nothing is left that could settle it, or not within
   * `limitMs`.
   */
  async until<T>(promise: Promise<T>, limitMs = 600_000): Promise<T> {
    const endMs = this.#nowMs + limitMs
    let settled = false
    const note = (): void => {
      settled = true
    }
    promise.then(note, note)
    await this.#drive(() => {
      if (settled) return false
      const next = this.#queue.peek()
      if (!next) throw new RealmError('INTERNAL', 'The simulation has nothing left to do.')
      if (next.timeMs > endMs)
        throw new RealmError('INTERNAL', `Still waiting after ${limitMs} ms.`)
      return true
    })
    return await promise
  }

  /**
   * Event after event, as long as there is to be one more. Everything that follows from one is over
   * before the next. Without a promise for each, since there are hundreds in a simulated second.
   */
  #drive(goesOn: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const step = (): void => {
        // Another drives, too, and has begun an event that is not over.
        if (this.#stepping) {
          this.#resting.push(step)
          return
        }
        try {
          if (!goesOn()) {
            resolve()
            return
          }
          this.#begin()
        } catch (error) {
          reject(error)
          return
        }
        const hostTurn = this.#steps % hostTurnEvents === 0
        void resolved.then(hostTurn ? afterHostTurn : afterSettling)
      }
      const over = (): void => {
        this.#end()
        step()
      }
      const afterSettling = (): void => void laterThanMicrotasks(over)
      const afterHostTurn = (): void => void laterThanMicrotasks(() => setImmediate(over))
      laterThanMicrotasks(step)
    })
  }

  /** One event. All that follows from it at once is over a moment later; then comes `#end`. */
  #begin(): void {
    const event = this.#queue.pop()
    if (!event) return
    this.#nowMs = event.timeMs
    this.#steps += 1
    this.#stepping = true
    try {
      happen(event)
    } catch (error) {
      this.#end()
      throw error
    }
  }

  #end(): void {
    this.#stepping = false
    if (this.#resting.length === 0) return
    for (const resume of this.#resting.splice(0)) resume()
  }
}

/** What is held back while a process is paused comes here again when it goes on. */
function happen(event: SimEvent): void {
  const { owner } = event
  if (event.cancelled || owner.state === 'dead') return
  if (owner.state === 'paused') owner.deferred.push(event)
  else event.run()
}

const nothing = new Uint8Array(0)

const resolved = Promise.resolve()

/**
 * Only Node promises that a tick comes after all microtasks; elsewhere a turn of the loop does. A
 * second tick comes after what ticks of others have begun. To be asked for in a microtask: in a
 * tick, the next one would not wait for those of this one.
 */
const laterThanMicrotasks: (run: () => void) => unknown =
  'bun' in process.versions
    ? setImmediate
    : (run) => process.nextTick(() => resolved.then(() => process.nextTick(run)))

/** Lets every promise that can go on go on, until all wait for a later event. */
export function settle(): Promise<void> {
  return new Promise((resolve) => {
    laterThanMicrotasks(resolve)
  })
}
