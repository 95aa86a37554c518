import { RealmError } from '../errors/index.ts'
import type { Clock } from '../ports/index.ts'

/**
 * `promise`, or `DEADLINE` where it has not settled in time; what was asked for may still happen.
 */
export function withDeadline<T>(clock: Clock, timeoutMs: number, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = clock.after(timeoutMs, () => reject(new RealmError('DEADLINE')))
    promise.then(
      (value) => {
        timer.cancel()
        resolve(value)
      },
      (error: unknown) => {
        timer.cancel()
        reject(error)
      },
    )
  })
}
