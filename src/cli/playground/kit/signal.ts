export type Off = () => void

/** A value others can watch. */
export interface Signal<T> {
  readonly value: T
  set(value: T): void
  /** Calls `listener` now and after each change. */
  watch(listener: (value: T) => void): Off
}

export function signal<T>(value: T): Signal<T> {
  const listeners = new Set<{ run(value: T): void }>()
  let current = value
  return {
    get value() {
      return current
    },
    set(next) {
      if (Object.is(next, current)) return
      current = next
      for (const listener of [...listeners]) listener.run(next)
    },
    watch(run) {
      const listener = { run }
      listeners.add(listener)
      run(current)
      return () => {
        listeners.delete(listener)
      }
    },
  }
}

/** Things to undo together. */
export interface Bin {
  add(off: Off): void
  empty(): void
}

export function bin(): Bin {
  let offs: Off[] = []
  return {
    add: (off) => void offs.push(off),
    empty() {
      const all = offs
      offs = []
      for (const off of all) off()
    },
  }
}

/** Calls `run` every `periodMs` while the page is shown; a hidden page costs nothing. */
export function every(periodMs: number, run: () => void): Off {
  const handle = setInterval(() => {
    if (!document.hidden) run()
  }, periodMs)
  return () => clearInterval(handle)
}
