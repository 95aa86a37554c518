/** Something that will happen at a virtual time. */
export interface SimEvent {
  readonly timeMs: number
  /** Orders events of the same time by when they were added. */
  readonly sequence: number
  readonly run: () => void
  cancelled: boolean
}

/** A binary heap of events, ordered by time and then by when they were added. */
export class EventQueue {
  readonly #heap: SimEvent[] = []
  #sequence = 0

  add(timeMs: number, run: () => void): SimEvent {
    const event: SimEvent = { timeMs, sequence: this.#sequence, run, cancelled: false }
    this.#sequence += 1
    let index = this.#heap.push(event) - 1
    while (index > 0) {
      const parent = (index - 1) >>> 1
      if (!comesFirst(event, this.#at(parent))) break
      this.#heap[index] = this.#at(parent)
      index = parent
    }
    this.#heap[index] = event
    return event
  }

  /** The next event that was not cancelled; it stays in the queue. */
  peek(): SimEvent | undefined {
    while (this.#heap[0]?.cancelled) this.#removeFirst()
    return this.#heap[0]
  }

  /** Takes the next event that was not cancelled. */
  pop(): SimEvent | undefined {
    const first = this.peek()
    if (first) this.#removeFirst()
    return first
  }

  #at(index: number): SimEvent {
    return this.#heap[index] as SimEvent
  }

  #removeFirst(): void {
    const last = this.#heap.pop() as SimEvent
    const { length } = this.#heap
    if (length === 0) return
    let index = 0
    for (;;) {
      let child = index * 2 + 1
      if (child >= length) break
      if (child + 1 < length && comesFirst(this.#at(child + 1), this.#at(child))) child += 1
      if (!comesFirst(this.#at(child), last)) break
      this.#heap[index] = this.#at(child)
      index = child
    }
    this.#heap[index] = last
  }
}

function comesFirst(left: SimEvent, right: SimEvent): boolean {
  return (
    left.timeMs - right.timeMs < 0 ||
    (left.timeMs === right.timeMs && left.sequence < right.sequence)
  )
}
