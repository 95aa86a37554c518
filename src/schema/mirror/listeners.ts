/** Something that listeners are told of once an update is complete. */
export interface Happening {
  tell(): void
}

/**
 * The listeners of one kind of event. Whoever subscribes while an update is being told of is not
 * told of that update: it sees the state as it already is.
 */
export class Listeners<A extends readonly unknown[]> {
  readonly #listeners = new Set<{ readonly call: (...given: A) => void }>()

  add(call: (...given: A) => void): () => void {
    // An object of its own: the same function may subscribe twice and end each by itself.
    const listener = { call }
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  /** What there is to tell those who listen now, or `undefined` where nobody does. */
  happened(errors: unknown[], given: A): Happening | undefined {
    if (this.#listeners.size === 0) return undefined
    const present = [...this.#listeners]
    return {
      tell: () => {
        for (const listener of present) {
          if (!this.#listeners.has(listener)) continue
          try {
            listener.call(...given)
          } catch (error) {
            errors.push(error)
          }
        }
      },
    }
  }
}
