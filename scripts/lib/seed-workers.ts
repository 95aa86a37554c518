import { Worker } from 'node:worker_threads'
import type { SeedResult } from '../../src/sim/soak/index.ts'

/** Threads that play seeds of the simulation, each one at a time. */
export class SeedWorkers {
  readonly #workers: readonly Worker[]
  readonly #idle: Worker[]

  constructor(count: number) {
    this.#workers = Array.from({ length: count }, () => {
      return new Worker(new URL('./seed-worker.ts', import.meta.url))
    })
    this.#idle = [...this.#workers]
  }

  /**
   * Plays a seed on a thread of its own: at most as many at once as there are threads.
   * @throws Error where the simulation itself breaks
   */
  play(seed: number): Promise<SeedResult> {
    const worker = this.#idle.pop()
    if (worker === undefined) throw new Error(`No thread is free for seed ${seed}.`)
    return new Promise((resolve, reject) => {
      const failed = (cause: unknown): void => reject(new Error(`Seed ${seed} broke.`, { cause }))
      worker.once('error', failed)
      worker.once('message', (result: SeedResult) => {
        worker.off('error', failed)
        this.#idle.push(worker)
        resolve(result)
      })
      worker.postMessage(seed)
    })
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()))
  }
}
