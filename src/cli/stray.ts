import type { Log } from '../ports/index.ts'

/** A game that rejects in every step must not fill the disk with its log. */
const logPeriodMs = 1000

/**
 * Keeps one forgotten `await` in a game from ending the server for everybody, as Node.js would by
 * itself: a rejection that nobody handles is logged, at most one a second. What is thrown outside
 * of any promise still ends the process, since then nobody knows what was left half done.
 * @returns takes it back
 */
export function surviveStrayRejections(log: Log): () => void {
  let quietUntilMs = Number.NEGATIVE_INFINITY
  let unlogged = 0
  const stray = (error: unknown): void => {
    const now = performance.now()
    if (now < quietUntilMs) {
      unlogged += 1
      return
    }
    quietUntilMs = now + logPeriodMs
    log.error(
      { error, code: 'HANDLER_FAILED', unlogged },
      'A promise was rejected and nobody handled it: is an await missing in the game?',
    )
    unlogged = 0
  }
  process.on('unhandledRejection', stray)
  return () => process.off('unhandledRejection', stray)
}
