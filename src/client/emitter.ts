/** Ends a subscription; calling it again does nothing. */
export type Off = () => void

/**
 * Listeners of one kind of event. A listener that throws disturbs neither the others nor the
 * caller.
 */
export interface Emitter<A extends unknown[]> {
  on(listener: (...args: A) => void): Off
  emit(...args: A): void
}

/** Where errors of the game's own listeners go. */
export type Fault = (error: unknown) => void

export function emitter<A extends unknown[]>(fault: Fault): Emitter<A> {
  let listeners: readonly ((...args: A) => void)[] = []
  return {
    on(listener) {
      // A wrapper of its own, so that the same function may listen twice and leave once.
      const entry = (...args: A): void => listener(...args)
      listeners = [...listeners, entry]
      return () => {
        listeners = listeners.filter((other) => other !== entry)
      }
    },
    emit(...args) {
      for (const listener of listeners) guarded(fault, () => listener(...args))
    },
  }
}

/** Runs game code inside the client: what it throws is reported, not passed on. */
function guarded(fault: Fault, run: () => void): void {
  try {
    run()
  } catch (error) {
    fault(error)
  }
}
