import type { Clock, Fill } from '../ports/index.ts'
import type { Delivery, EventMark } from './behaviour.ts'

/** How much of what was told a log keeps. */
export interface LogLimits {
  readonly eventsMax: number
  /** Of payloads, and eight for each receiver. */
  readonly bytesMax: number
  readonly ageMsMax: number
}

/** Longer than a client is waited for. */
const logLimits: LogLimits = { eventsMax: 512, bytesMax: 256 * 1024, ageMsMax: 60_000 }
/** What each commit that tells something keeps: longer than a lost node is taken for alive. */
const tailLimits: LogLimits = { eventsMax: 64, bytesMax: 8 * 1024, ageMsMax: 20_000 }

/** An event as it was told. */
export interface ToldEvent {
  readonly mark: EventMark
  readonly event: number
  readonly payload: Uint8Array
  /** Ids of those it was for; undefined where it was for everybody. */
  readonly players: readonly string[] | undefined
}

/** What an owner leaves to the next one. */
export interface EventTail {
  /** The last event that is not among `events`, where there is any. */
  readonly floor: EventMark
  readonly events: readonly ToldEvent[]
}

interface KeptEvent extends ToldEvent {
  readonly bytes: number
  readonly atMs: number
}

/** Whether one event comes after another. */
export function isAfter({ epoch, number }: EventMark, other: EventMark): boolean {
  return epoch === other.epoch ? number > other.number : epoch > other.epoch
}

/**
 * The latest events of an address: whoever was cut off, its gate dead or a link broken, gets from
 * here what it has not seen. Each owner numbers its own from 1, and begins with what the former one
 * has left.
 *
 * The invariant: who comes with a mark that it was given gets all that was told after it, or learns
 * that something of it is lost.
 */
export class EventLog {
  readonly #epoch: number
  readonly #clock: Clock
  #kept: KeptEvent[] = []
  /** Index in `#kept` of the oldest; those before it are gone. */
  #start = 0
  #bytes = 0
  #last = 0
  /** Some up to it are gone, or nobody knows what they were. */
  #floor: EventMark
  /** Whether somebody may have a mark that is not below the floor; those of former owners count. */
  #given = true

  /** @param left by the former owner; undefined where nobody knows what that one has told */
  constructor(epoch: number, clock: Clock, left: EventTail | undefined) {
    this.#epoch = epoch
    this.#clock = clock
    this.#floor = left?.floor ?? { epoch, number: 0 }
    const atMs = clock.now()
    for (const event of left?.events ?? []) this.#keep(event, atMs)
  }

  /** @param of its address */
  fills(of: string): Fill[] {
    const { eventsMax, bytesMax } = logLimits
    const events = this.#kept.length - this.#start
    return [
      { limit: 'eventsMax', of, size: events, max: eventsMax },
      { limit: 'logBytesMax', of, size: this.#bytes, max: bytesMax },
    ]
  }

  /** Of the last event there was, to be given to somebody who has all up to it. */
  give(): EventMark {
    this.#given = true
    return this.#mark()
  }

  #mark(): EventMark {
    return { epoch: this.#epoch, number: this.#last }
  }

  /** @returns the mark of the event */
  add({ event, payload, to, everyone }: Delivery): EventMark {
    this.#last += 1
    const mark = this.give()
    const players = everyone === true ? undefined : to.map(({ player }) => player.id)
    const atMs = this.#clock.now()
    this.#keep({ mark, event, payload, players }, atMs)
    while (this.#isTooMuch(atMs)) this.#dropOldest()
    return mark
  }

  #keep(event: ToldEvent, atMs: number): void {
    const bytes = bytesOf(event)
    this.#kept.push({ ...event, bytes, atMs })
    this.#bytes += bytes
  }

  /**
   * Something was told that is not kept, since nobody was there: who has a mark from before lacks
   * it for good. So it takes one number, once, until somebody is given a mark again.
   * @returns what takes it back; undefined where there is nothing new to be kept
   */
  skip(): (() => void) | undefined {
    if (!this.#given) return undefined
    const floor = this.#floor
    this.#last += 1
    this.#floor = this.#mark()
    this.#given = false
    return () => {
      this.#last -= 1
      this.#floor = floor
      this.#given = true
    }
  }

  /** The latest ones have come to nothing. To be called before anybody was told of them. */
  undo(count: number): void {
    this.#last -= count
    for (const { bytes } of this.#kept.splice(-count)) this.#bytes -= bytes
  }

  /**
   * What a player has been told since, in order, and whether that is surely all of it.
   * @param seen the last event that arrived
   */
  since(player: string, seen: EventMark): { events: ToldEvent[]; complete: boolean } {
    const events = this.#kept.slice(this.#start).filter(({ mark, players }) => {
      return isAfter(mark, seen) && (players === undefined || players.includes(player))
    })
    // Who has heard nothing from a former owner is not told that there may have been something.
    const complete = !isAfter(this.#floor, seen) || (seen.number === 0 && this.#floor.number === 0)
    return { events, complete }
  }

  /** What the next owner is left where this one ends on purpose; undefined where it is nothing. */
  whole(): EventTail | undefined {
    const tail = this.#tail(logLimits)
    return tail.events.length === 0 && tail.floor.number === 0 ? undefined : tail
  }

  /** What the next owner is left where this one dies. */
  latest(): EventTail {
    return this.#tail(tailLimits)
  }

  #tail({ eventsMax, bytesMax, ageMsMax }: LogLimits): EventTail {
    const sinceMs = this.#clock.now() - ageMsMax
    let first = this.#kept.length
    let bytes = 0
    while (first > this.#start && this.#kept.length - first < eventsMax) {
      const event = this.#kept[first - 1] as KeptEvent
      bytes += event.bytes
      if (bytes > bytesMax || event.atMs < sinceMs) break
      first -= 1
    }
    const before = first > this.#start ? this.#kept[first - 1] : undefined
    const floor = before === undefined ? this.#floor : later(this.#floor, before.mark)
    return { floor, events: this.#kept.slice(first) }
  }

  #isTooMuch(nowMs: number): boolean {
    const oldest = this.#kept[this.#start]
    if (oldest === undefined) return false
    const { eventsMax, bytesMax, ageMsMax } = logLimits
    const count = this.#kept.length - this.#start
    return count > eventsMax || this.#bytes > bytesMax || oldest.atMs < nowMs - ageMsMax
  }

  #dropOldest(): void {
    const oldest = this.#kept[this.#start] as KeptEvent
    this.#bytes -= oldest.bytes
    this.#floor = later(this.#floor, oldest.mark)
    this.#start += 1
    // Compacting when half is gone costs each event one move at most.
    if (this.#start > 32 && this.#start * 2 > this.#kept.length) {
      this.#kept = this.#kept.slice(this.#start)
      this.#start = 0
    }
  }
}

function later(one: EventMark, other: EventMark): EventMark {
  return isAfter(one, other) ? one : other
}

function bytesOf({ payload, players }: ToldEvent): number {
  return payload.length + 8 * (players?.length ?? 1)
}
