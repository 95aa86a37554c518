export const waitMs = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms))

/** Waits until something is so; the assertion that follows says what is wrong if it never is. */
export async function until(reached: () => boolean, timeoutMs = 10_000): Promise<void> {
  const endMs = performance.now() + timeoutMs
  while (!reached() && performance.now() < endMs) await waitMs(5)
}
