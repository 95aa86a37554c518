const delayMsMin = 250
const delayMsMax = 5000

/**
 * The wait before reconnection attempt `attempt` (0, 1, …): doubling from 250 ms to 5 s, of which
 * a random half is taken off, so that the clients of a restarted server do not all return at once.
 */
export function backoffMs(attempt: number, random: () => number): number {
  const full = Math.min(delayMsMax, delayMsMin * 2 ** Math.min(attempt, 16))
  return Math.max(delayMsMin, full * (0.5 + random() / 2))
}
