import type { Ending, KeeperEvent } from './keeper.ts'

/** How serious it is. */
export function levelOf(event: KeeperEvent): 'info' | 'warn' | 'error' {
  if (event.kind === 'ready') return 'info'
  return event.kind === 'parked' || event.kind === 'hung' ? 'error' : 'warn'
}

/** What has become of a process, after its name: `is ready`. */
export function sentenceOf(event: KeeperEvent): string {
  switch (event.kind) {
    case 'ready':
      return 'is ready'
    case 'ended':
      return `${howOf(event.ending)}; it starts again in ${event.againInMs / 1000} s`
    case 'parked':
      return (
        `${howOf(event.ending)}, as it did again and again: it is left alone for ` +
        `${event.againInMs / 1000} s`
      )
    case 'killed':
      return `did not stop within ${event.afterMs / 1000} s and was killed`
    case 'hung':
      return `did not answer for ${event.afterMs / 1000} s and was killed`
  }
}

function howOf({ code, signal }: Ending): string {
  return signal === null ? `ended with code ${code}` : `was ended by ${signal}`
}
