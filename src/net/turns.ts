/** What waits, at most: beyond it nobody is heard before it is too late. */
const waitingMax = 16_384
/** What was done is taken out of the list once it is so much: taking each out would cost more. */
const doneKeptMax = 1_024

/**
 * Spreads work over the turns of the event loop, a few pieces in each, in the order in which it
 * came: between two turns the loop serves sockets, so that a storm of requests delays those who
 * play by a few pieces of work and not by all of it.
 */
export class Turns {
  readonly #perTurnMax: number
  #waiting: ((() => void) | undefined)[] = []
  #next = 0
  /** Pieces done since the loop last served sockets. */
  #done = 0
  #scheduled = false

  constructor(perTurnMax: number) {
    this.#perTurnMax = perTurnMax
  }

  /**
   * Does a piece of work in this turn or a later one. It must not throw.
   * @returns whether it will be done: false where too much waits
   */
  take(work: () => void): boolean {
    const waiting = this.#waiting.length - this.#next
    if (waiting >= waitingMax) return false
    this.#schedule()
    if (waiting === 0 && this.#done < this.#perTurnMax) {
      this.#done += 1
      work()
    } else this.#waiting.push(work)
    return true
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => this.#turn())
  }

  #turn(): void {
    this.#scheduled = false
    this.#done = 0
    while (this.#done < this.#perTurnMax && this.#next < this.#waiting.length) {
      const work = this.#waiting[this.#next]
      // What is done must not be held: requests would grow old in the list, and cost collections.
      this.#waiting[this.#next] = undefined
      this.#next += 1
      this.#done += 1
      work?.()
    }
    if (this.#next < this.#waiting.length) this.#schedule()
    if (this.#next < doneKeptMax && this.#next < this.#waiting.length) return
    this.#waiting = this.#waiting.slice(this.#next)
    this.#next = 0
  }
}
