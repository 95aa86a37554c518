import type { Timer } from '../ports/index.ts'
import type { Owner } from './core.ts'

/** Something that will happen at a virtual time. */
export class SimEvent implements Timer {
  readonly owner: Owner
  readonly run: () => void
  timeMs = 0
  /** Orders events of the same time by when they were added. */
  sequence = 0
  cancelled = false

  constructor(owner: Owner, run: () => void) {
    this.owner = owner
    this.run = run
  }

  cancel(): void {
    this.cancelled = true
  }
}

/** A binary heap of events, ordered by time and then by when they were added. */
export class EventQueue {
  readonly #heap: SimEvent[] = []
  #sequence = 0

  add(timeMs: number, owner: Owner, run: () => void): SimEvent {
    const event = new SimEvent(owner, run)
    this.put(event, timeMs)
    return event
  }

  /** Adds one that is not in the queue. */
  put(event: SimEvent, timeMs: number): void {
    const heap = this.#heap
    event.timeMs = timeMs
    event.sequence = this.#sequence
    this.#sequence += 1
    let index = heap.push(event) - 1
    while (index > 0) {
      const parentIndex = (index - 1) >>> 1
      const parent = heap[parentIndex] as SimEvent
      if (!comesFirst(event, parent)) break
      heap[index] = parent
      index = parentIndex
    }
    heap[index] = event
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

  #removeFirst(): void {
    const heap = this.#heap
    const last = heap.pop() as SimEvent
    const { length } = heap
    if (length === 0) return
    let index = 0
    for (;;) {
      let child = index * 2 + 1
      if (child >= length) break
      let first = heap[child] as SimEvent
      if (child + 1 < length && comesFirst(heap[child + 1] as SimEvent, first)) {
        child += 1
        first = heap[child] as SimEvent
      }
      if (!comesFirst(first, last)) break
      heap[index] = first
      index = child
    }
    heap[index] = last
  }
}

function comesFirst(left: SimEvent, right: SimEvent): boolean {
  return (
    left.timeMs < right.timeMs || (left.timeMs === right.timeMs && left.sequence < right.sequence)
  )
}
