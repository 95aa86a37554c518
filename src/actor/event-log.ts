import type { Clock, Fill } from '../ports/index.ts'
import type { Delivery, EventMark, Member } from './behaviour.ts'

const eventsMax = 512
/** Of payloads, and eight for each receiver. */
const logBytesMax = 256 * 1024
/** Longer than a client is waited for. */
const ageMsMax = 60_000

export interface KeptEvent {
  readonly number: number
  readonly event: number
  readonly payload: Uint8Array
  readonly to: readonly Member[]
  readonly bytes: number
  readonly atMs: number
}

/**
 * The latest events of one owner of an address, numbered from 1: whoever was cut off, its gate dead
 * or a link broken, gets from here what it has not seen. It is not part of the state and ends with
 * its owner.
 */
export class EventLog {
  readonly #epoch: number
  readonly #clock: Clock
  #kept: KeptEvent[] = []
  /** Index in `#kept` of the oldest; those before it are gone. */
  #start = 0
  #bytes = 0
  #last = 0

  constructor(epoch: number, clock: Clock) {
    this.#epoch = epoch
    this.#clock = clock
  }

  /** @param of its address */
  fills(of: string): Fill[] {
    const events = this.#kept.length - this.#start
    return [
      { limit: 'eventsMax', of, size: events, max: eventsMax },
      { limit: 'logBytesMax', of, size: this.#bytes, max: logBytesMax },
    ]
  }

  /** Number of the last event there was. */
  get last(): number {
    return this.#last
  }

  /** @returns the number of the event */
  add({ event, payload, to }: Delivery): number {
    this.#last += 1
    const bytes = payload.length + 8 * to.length
    const atMs = this.#clock.now()
    this.#kept.push({ number: this.#last, event, payload, to, bytes, atMs })
    this.#bytes += bytes
    while (this.#isTooMuch(atMs - ageMsMax)) this.#dropOldest()
    return this.#last
  }

  /**
   * What a player has been told since, in order, and whether that is surely all of it.
   * @param seen the last event that arrived
   */
  since(player: string, seen: EventMark): { events: KeptEvent[]; complete: boolean } {
    const after = seen.epoch === this.#epoch ? seen.number : 0
    if (seen.epoch > this.#epoch) return { events: [], complete: true }
    const dropped = this.#last - (this.#kept.length - this.#start)
    const first = this.#start + Math.max(0, after - dropped)
    const events = this.#kept
      .slice(first)
      .filter(({ to }) => to.some((member) => member.player.id === player))
    return { events, complete: after >= dropped }
  }

  #isTooMuch(oldestMs: number): boolean {
    const oldest = this.#kept[this.#start]
    if (oldest === undefined) return false
    const count = this.#kept.length - this.#start
    return count > eventsMax || this.#bytes > logBytesMax || oldest.atMs < oldestMs
  }

  #dropOldest(): void {
    this.#bytes -= (this.#kept[this.#start] as KeptEvent).bytes
    this.#start += 1
    // Compacting when half is gone costs each event one move at most.
    if (this.#start > 32 && this.#start * 2 > this.#kept.length) {
      this.#kept = this.#kept.slice(this.#start)
      this.#start = 0
    }
  }
}
