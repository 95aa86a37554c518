import { RealmError } from '../errors/index.ts'
import type { Timer } from '../ports/index.ts'

/** Timers that a world holds at a time. */
export const timersMax = 65_536
/** How far ahead a timer may lie, in seconds of the world: some thirty years. */
const secondsMax = 1e9
/** A due time may miss a tick by the rounding of sums, in ticks. */
const early = 1e-6

interface Entry {
  /** In ticks; not whole, so that what repeats keeps its rate. */
  due: number
  /** Of what is due in the same tick, the first set runs first. */
  order: number
  /** Ticks from one run to the next; 0 where it runs once. */
  readonly period: number
  readonly run: () => unknown
  /** Where it is in the heap, −1 where it is not. */
  at: number
}

/**
 * The timers of a world. They count ticks, so whatever slows the ticks slows all of them alike. A
 * binary heap, so that a tick in which nothing is due costs one comparison.
 */
export class Timers {
  readonly #hz: number
  readonly #tick: () => number
  readonly #heap: Entry[] = []
  #orders = 0

  /** @param tick tells the tick of the world */
  constructor(hz: number, tick: () => number) {
    this.#hz = hz
    this.#tick = tick
  }

  get size(): number {
    return this.#heap.length
  }

  /** @throws RealmError `SCHEMA_INVALID` for a time that makes no sense, `TIMERS_FULL` */
  after(seconds: number, run: () => unknown): Timer {
    return this.#set(this.#ticks(seconds, 0), 0, run)
  }

  /** @throws RealmError `SCHEMA_INVALID` unless `seconds` is greater than 0, `TIMERS_FULL` */
  every(seconds: number, run: () => unknown): Timer {
    const period = this.#ticks(seconds, Number.MIN_VALUE)
    return this.#set(period, period, run)
  }

  /**
   * Runs what is due, through `guard`, which lets nothing be thrown. Each timer runs at most once a
   * tick; what is set meanwhile runs in the next at the earliest, so this comes to an end.
   */
  run(guard: (run: () => unknown) => unknown): void {
    const now = this.#tick() + early
    for (;;) {
      const entry = this.#heap[0]
      if (entry === undefined || entry.due > now) return
      if (entry.period > 0) {
        // Nothing is made up for: what repeats faster than the ticks runs once in each.
        entry.due = Math.max(entry.due + entry.period, this.#tick() + 1)
        entry.order = this.#orders++
        this.#sink(entry, 0)
      } else {
        this.#remove(entry)
      }
      guard(entry.run)
    }
  }

  #ticks(seconds: number, min: number): number {
    if (!(seconds >= min && seconds <= secondsMax)) {
      throw new RealmError('SCHEMA_INVALID', `A timer is set for 0…${secondsMax} seconds.`)
    }
    return seconds * this.#hz
  }

  #set(ticks: number, period: number, run: () => unknown): Timer {
    if (this.#heap.length >= timersMax) throw new RealmError('TIMERS_FULL')
    const tick = this.#tick()
    // A handler of the present tick may set it, and the present tick is no waiting time.
    const due = Math.max(tick + ticks, tick + 1)
    const entry: Entry = { due, order: this.#orders++, period, run, at: this.#heap.length }
    this.#heap.push(entry)
    this.#rise(entry, entry.at)
    return { cancel: () => this.#remove(entry) }
  }

  #remove(entry: Entry): void {
    const { at } = entry
    if (at < 0) return
    entry.at = -1
    const last = this.#heap.pop() as Entry
    if (last === entry) return
    this.#rise(last, at)
    if (last.at === at) this.#sink(last, at)
  }

  #rise(entry: Entry, from: number): void {
    let at = from
    while (at > 0) {
      const parent = this.#heap[(at - 1) >> 1] as Entry
      if (!isBefore(entry, parent)) break
      this.#put(parent, at)
      at = (at - 1) >> 1
    }
    this.#put(entry, at)
  }

  #sink(entry: Entry, from: number): void {
    let at = from
    for (;;) {
      const left = this.#heap[2 * at + 1]
      const right = this.#heap[2 * at + 2]
      const child = right !== undefined && isBefore(right, left as Entry) ? right : left
      if (child === undefined || !isBefore(child, entry)) break
      const next = child.at
      this.#put(child, at)
      at = next
    }
    this.#put(entry, at)
  }

  #put(entry: Entry, at: number): void {
    this.#heap[at] = entry
    entry.at = at
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.due < b.due || (a.due === b.due && a.order < b.order)
}
