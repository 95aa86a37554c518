import type { SeedResult } from './run-seed.ts'

/** What is told of the time before and after the first violation, ms. */
const beforeMs = 15_000
const afterMs = 2_000
const linesMax = 120

/** A failed seed for reading: what was violated, what had happened, how to see it again. */
export function timelineOf({ seed, verdicts, notes }: SeedResult): string {
  const [first] = verdicts
  if (first === undefined) return ''
  const near = notes.filter(({ timeMs }) => {
    return timeMs >= first.timeMs - beforeMs && timeMs <= first.timeMs + afterMs
  })
  // What is found when everything is over says nothing about the time shortly before.
  const told = near.length > 20 ? near : notes
  return [
    `✘ seed ${seed}: ${verdicts.length} violations, the first after ${seconds(first.timeMs)} s`,
    ...verdicts.slice(0, 10).map(({ kind, text }) => `    ${kind}: ${text}`),
    '  what happened:',
    ...told.slice(-linesMax).map(({ timeMs, text }) => `  ${seconds(timeMs).padStart(9)}  ${text}`),
    `  again: npm run sim -- --seed ${seed}`,
  ].join('\n')
}

/** The whole story of one seed. */
export function storyOf({ notes }: SeedResult): string {
  return notes.map(({ timeMs, text }) => `${seconds(timeMs).padStart(9)}  ${text}`).join('\n')
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3)
}
