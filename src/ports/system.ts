import { getRandomValues } from 'node:crypto'
import type { Clock, Timer } from './clock.ts'
import type { Log } from './log.ts'
import type { Random } from './random.ts'

/** The host fires a longer timeout at once, so longer waits are made of several. Milliseconds. */
const hostDelayMsMax = 2 ** 31 - 1

/** The host's own clock. Timers keep the process alive until they fire or are cancelled. */
export function systemClock(): Clock {
  const now = (): number => performance.now()
  return {
    now,
    wallMs: () => Date.now(),
    after: (delayMs, run) => at(now() + Math.max(0, delayMs), run),
    every: (periodMs, run) => repeat(periodMs, run),
  }
}

/** Fires at `dueMs` of the monotonic clock and never before, whatever the host rounds. */
function at(dueMs: number, run: () => void): Timer {
  let handle: ReturnType<typeof setTimeout>
  const arm = (): void => {
    const leftMs = Math.ceil(dueMs - performance.now())
    handle = setTimeout(fire, Math.min(Math.max(leftMs, 0), hostDelayMsMax))
  }
  const fire = (): void => {
    if (performance.now() < dueMs) arm()
    else run()
  }
  arm()
  return { cancel: () => clearTimeout(handle) }
}

/**
 * Aims at multiples of the period, so lateness does not add up; periods missed in a stall are
 * skipped.
 */
function repeat(periodMs: number, run: () => void): Timer {
  if (!(periodMs > 0)) throw new RangeError('A period must be greater than 0 ms.')
  let dueMs = performance.now() + periodMs
  let cancelled = false
  let timer: Timer
  const fire = (): void => {
    const behindMs = performance.now() - dueMs
    dueMs += periodMs * (1 + Math.max(0, Math.floor(behindMs / periodMs)))
    timer = at(dueMs, fire)
    if (!cancelled) run()
  }
  timer = at(dueMs, fire)
  return {
    cancel: () => {
      cancelled = true
      timer.cancel()
    },
  }
}

const alphabet = '0123456789abcdefghijklmnopqrstuvwxyz'
const idCharacters = 16
/** The largest multiple of the alphabet's size that fits a byte; bytes above would be biased. */
const unbiasedBytes = Math.floor(256 / alphabet.length) * alphabet.length
const poolBytes = 4096
/** More is drawn from the host at once. */
const drawnFromPoolBytesMax = 64
/** What the host gives at once. */
const hostRandomBytesMax = 65_536

/**
 * Randomness of cryptographic quality. Small draws come from a pool that is filled 4 KiB at a time.
 */
export function systemRandom(): Random {
  const pool = new Uint8Array(poolBytes)
  const view = new DataView(pool.buffer)
  let used = poolBytes

  const take = (count: number): number => {
    if (used + count > poolBytes) {
      getRandomValues(pool)
      used = 0
    }
    const offset = used
    used += count
    return offset
  }
  const u32 = (): number => view.getUint32(take(4))

  return {
    u32,
    float: () => ((u32() >>> 5) * 2 ** 26 + (u32() >>> 6)) / 2 ** 53,
    bytes: (count) => {
      if (count <= drawnFromPoolBytesMax) {
        const start = take(count)
        const drawn = pool.slice(start, start + count)
        // What was given out, a key perhaps, is not to be found here again.
        pool.fill(0, start, start + count)
        return drawn
      }
      const bytes = new Uint8Array(count)
      for (let start = 0; start < count; start += hostRandomBytesMax) {
        getRandomValues(bytes.subarray(start, start + hostRandomBytesMax))
      }
      return bytes
    },
    id: () => {
      let id = ''
      while (id.length < idCharacters) {
        const byte = view.getUint8(take(1))
        if (byte < unbiasedBytes) id += alphabet[byte % alphabet.length]
      }
      return id
    },
  }
}

/** A log that keeps nothing: for tests and for parts used on their own. */
export const silentLog: Log = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => silentLog,
}
