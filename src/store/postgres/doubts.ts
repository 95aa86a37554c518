import type { Clock } from '../../ports/index.ts'
import type { Ask, Backend, Statement } from './session.ts'

const pauseMs = 20

const terminate: Statement = {
  name: 'terminate',
  text: `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE pid = $1::int AND backend_start = $2::timestamptz`,
}

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

  /** Ends them all: each is gone, with whatever it had begun, once it is not found any more. */
  async clear(ask: Ask): Promise<void> {
    for (const backend of [...this.#backends]) {
      const values = [backend.processId, backend.startedAt]
      while ((await ask(terminate, values)).rows.length > 0) {
        await new Promise<void>((resolve) => this.#clock.after(pauseMs, resolve))
      }
      this.#backends.delete(backend)
    }
  }
}
