import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

/** Runs a module in a process of its own; `sqliteStore` is imported already. */
export function child(code: string, ...args: string[]) {
  const imports = `import { sqliteStore } from '${new URL('../sqlite.ts', import.meta.url)}'\n`
  const flags = ['--conditions=source', '--input-type=module', '-e', imports + code, '--', ...args]
  return spawn(process.execPath, flags, { stdio: ['ignore', 'pipe', 'inherit'] })
}

/**
 * Kills a child `lifeMs` after its first output; returns the complete lines that it had printed.
 */
export async function killedAfter(writer: ChildProcess, lifeMs: number): Promise<string[]> {
  const { stdout } = writer
  if (!stdout) throw new Error('The child has no output.')
  let output = ''
  stdout.on('data', (chunk) => {
    output += chunk
  })
  await Promise.race([once(stdout, 'data'), once(writer, 'close')])
  setTimeout(() => writer.kill('SIGKILL'), lifeMs)
  await once(writer, 'close')
  return output.slice(0, output.lastIndexOf('\n')).split('\n')
}
