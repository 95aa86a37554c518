import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'

const pollMs = 10

/** Waits until `ready` gives something other than false or nothing, and returns it. */
export async function until<T>(
  what: string,
  ready: () => T | Promise<T>,
  timeoutMs = 8_000,
): Promise<Exclude<T, false | undefined | null>> {
  const end = performance.now() + timeoutMs
  for (;;) {
    const value = await ready()
    if (value !== false && value !== undefined && value !== null) {
      return value as Exclude<T, false | undefined | null>
    }
    assert.ok(performance.now() < end, `not within ${timeoutMs} ms: ${what}`)
    await sleep(pollMs)
  }
}
