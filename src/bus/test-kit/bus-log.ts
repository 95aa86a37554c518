import type { Log } from '../../ports/index.ts'

/** A log that keeps its lines as text, as they would be written. */
export function keptLog(): { readonly log: Log; readonly lines: string[] } {
  const lines: string[] = []
  const keep = (fields: object, message: string): void => {
    lines.push(`${message} ${JSON.stringify(fields, plain)}`)
  }
  const log: Log = { debug: keep, info: keep, warn: keep, error: keep, child: () => log }
  return { log, lines }
}

function plain(_: string, value: unknown): unknown {
  if (!(value instanceof Error)) return value
  return { name: value.name, message: value.message, stack: value.stack, cause: value.cause }
}
