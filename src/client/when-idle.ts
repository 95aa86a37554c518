import type { ClientClock } from './host.ts'

const stepMs = 50

/** Resolves once nothing is awaited any more, or after `limitMs`. */
export async function whenIdle(
  clock: ClientClock,
  waiting: () => boolean,
  limitMs: number,
): Promise<void> {
  const endMs = clock.now() + limitMs
  while (waiting() && clock.now() < endMs) {
    await new Promise<void>((resolve) => void clock.after(stepMs, resolve))
  }
}
