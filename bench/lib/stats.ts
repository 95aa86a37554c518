/** The middle value; the mean of the two middle values of an even number. NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** How often each size (in bytes) occurred: `[bytes, times]`. */
export type SizeCounts = readonly (readonly [number, number])[]

/**
 * The sizes in the middle of `parts` equal parts of the distribution, so that sending each of them
 * equally often sends the same distribution again.
 */
export function quantiles(counts: SizeCounts, parts: number): number[] {
  const sorted = [...counts].sort((a, b) => a[0] - b[0])
  const total = sorted.reduce((sum, [, times]) => sum + times, 0)
  const sizes: number[] = []
  let seen = 0
  for (const [bytes, times] of sorted) {
    seen += times
    while (sizes.length < parts && ((sizes.length + 0.5) * total) / parts <= seen) sizes.push(bytes)
  }
  return sizes
}

export function round(value: number, digits: number): number {
  return Number(value.toFixed(digits))
}
