const lengthMin = 4
/** A ring that was needed for so many at most is kept for the next. */
const keptMax = 1024

/** First in, first out, in a ring, so that what waits is not moved. */
export class Mailbox<T> {
  /** Its length is 0 or a power of two. */
  #ring: (T | undefined)[] = []
  #head = 0
  #size = 0

  get size(): number {
    return this.#size
  }

  push(item: T): void {
    if (this.#size === this.#ring.length) this.#grow()
    this.#ring[this.#at(this.#size)] = item
    this.#size += 1
  }

  shift(): T | undefined {
    if (this.#size === 0) return undefined
    const item = this.#ring[this.#head]
    this.#ring[this.#head] = undefined
    this.#head = this.#at(1)
    this.#size -= 1
    if (this.#size === 0 && this.#ring.length > keptMax) this.clear()
    return item
  }

  /** Takes the first out that `matches`; takes as long as the queue. */
  remove(matches: (item: T) => boolean): T | undefined {
    const all = [...this]
    const at = all.findIndex(matches)
    if (at < 0) return undefined
    const [removed] = all.splice(at, 1)
    this.clear()
    for (const item of all) this.push(item)
    return removed
  }

  /** Takes everything out. */
  clear(): T[] {
    const rest = [...this]
    this.#ring = []
    this.#head = 0
    this.#size = 0
    return rest
  }

  *[Symbol.iterator](): Generator<T> {
    for (let place = 0; place < this.#size; place += 1) yield this.#ring[this.#at(place)] as T
  }

  /** Where in the ring that is which `place` others are before. */
  #at(place: number): number {
    return (this.#head + place) & (this.#ring.length - 1)
  }

  #grow(): void {
    const all: (T | undefined)[] = [...this]
    const length = Math.max(lengthMin, all.length * 2)
    while (all.length < length) all.push(undefined)
    this.#ring = all
    this.#head = 0
  }
}
