import { fileURLToPath } from 'node:url'
import { startProgram, type TestProgram } from './program.ts'

/**
 * A process of its own, on the runtime that runs the test, that joins as `name` and sends `text` to
 * another node every few milliseconds.
 */
export function startNatsChild(
  server: string,
  name: string,
  to: string,
  text: string,
): Promise<TestProgram> {
  const file = fileURLToPath(new URL('./nats-node.ts', import.meta.url))
  return startProgram(process.execPath, ['--conditions=source', file, server, name, to, text])
}
