import { createInterface } from 'node:readline'

/** One JSON object to whoever started this process. */
export function writeLine(message: object): void {
  process.stdout.write(`${JSON.stringify(message)}\n`)
}

/** Every JSON object from whoever started this process; the process ends when there are no more. */
export function readLines(received: (message: Record<string, unknown>) => void): void {
  const lines = createInterface({ input: process.stdin })
  lines.on('line', (line) => received(JSON.parse(line) as Record<string, unknown>))
  lines.on('close', () => process.exit(0))
}
