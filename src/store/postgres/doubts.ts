import { RealmError } from '../../errors/index.ts'
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
  readonly #waitMs: number
  readonly #backends = new Set<Backend>()

  /** @param waitMs how long a caller waits for such an end */
  constructor(clock: Clock, waitMs: number) {
    this.#clock = clock
    this.#waitMs = waitMs
  }

  add(backend: Backend): void {
    this.#backends.add(backend)
  }

  /**
   * Ends them all: each is gone, with whatever it had begun, once it is not found any more.
   * @throws RealmError `STORE_UNAVAILABLE`, and what the client throws.
   */
  async clear(ask: Ask): Promise<void> {
    if (this.#backends.size === 0) return
    const end = this.#clock.now() + this.#waitMs
    for (const backend of [...this.#backends]) {
      const values = [backend.processId, backend.startedAt]
      while ((await ask(terminate, values)).rows.length > 0) {
        if (this.#clock.now() >= end) {
          throw new RealmError('STORE_UNAVAILABLE', 'A commit whose connection was lost goes on.')
        }
        await new Promise<void>((resolve) => this.#clock.after(pauseMs, resolve))
      }
      this.#backends.delete(backend)
    }
  }
}
