import { fileURLToPath } from 'node:url'
import { startProgram, type TestProgram } from './program.ts'

/** Runs a file beside this one as a process of its own, on the runtime that runs the test. */
export function startChild(file: string, args: readonly string[]): Promise<TestProgram> {
  const path = fileURLToPath(new URL(file, import.meta.url))
  return startProgram(process.execPath, ['--conditions=source', path, ...args])
}
