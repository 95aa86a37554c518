import type { Clock } from '../../ports/index.ts'
import { type Backend, endBackend, type Session } from './session.ts'

const pauseMs = 20

/**
 * Processes of the server whose connection was lost: they may still commit what was handed to them.
 * Until they are gone nothing is read and nothing decided, so that who resolves an unknown outcome
 * by reading never reads too early.
 */
export class Doubts {
  readonly #clock: Clock
  readonly #backends = new Set<Backend>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  add(backend: Backend): void {
    this.#backends.add(backend)
  }

  /** Ends them all. What the client throws, it throws on. */
  async clear({ client }: Session): Promise<void> {
    for (const backend of [...this.#backends]) {
      while (!(await endBackend(client, backend))) {
        await new Promise<void>((resolve) => this.#clock.after(pauseMs, resolve))
      }
      this.#backends.delete(backend)
    }
  }
}
