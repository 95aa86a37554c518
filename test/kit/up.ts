import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { root } from '../../scripts/lib/project.ts'
import { until } from './until.ts'

/** The processes of an inventory, under a supervisor of their own. */
export interface Up {
  readonly processes: readonly { name: string; pid: number; url?: string }[]
  /** Where the inventory and, unless it says otherwise, the game are. */
  readonly folder: string
  logs(): string
  /** Runs `realmkit NAME cluster.json` beside it. @returns what it printed */
  ask(name: string, ...options: string[]): Promise<string>
  /** @returns the exit code */
  stop(): Promise<number>
}

const readyTimeoutMs = 40_000
const program = ['--conditions=source', join(root, 'src/cli/main.ts')]

/**
 * Runs an inventory in a folder of its own, until the test ends at the latest.
 * @param files to be there beside it, by name
 */
export async function startUp(
  t: TestContext,
  inventory: object,
  files: Readonly<Record<string, string>> = {},
): Promise<Up> {
  const folder = mkdtempSync(join(tmpdir(), 'realmkit-up-'))
  // PostgreSQL refuses to be root, and its user must reach its data.
  chmodSync(folder, 0o755)
  writeFileSync(join(folder, 'cluster.json'), JSON.stringify(inventory))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  const child = spawn(process.execPath, [...program, 'up', 'cluster.json', '--json'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const cutOff = () => void child.kill('SIGKILL')
  process.once('exit', cutOff)
  const ended = once(child, 'close')
  t.after(async () => {
    cutOff()
    await ended
    process.off('exit', cutOff)
    rmSync(folder, { recursive: true, force: true })
  })
  let [out, logs] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    out += chunk
  })
  child.stderr.setEncoding('utf8').on('data', (chunk) => {
    logs += chunk
  })
  const ready = await until(
    'the processes are ready',
    () => (child.exitCode === null ? /^\{.*\}$/m.exec(out)?.[0] : 'ended'),
    readyTimeoutMs,
  ).catch(() => 'late')
  if (!ready.startsWith('{')) throw new Error(`It did not start (${ready}):\n${out}${logs}`)
  return {
    processes: JSON.parse(ready).processes,
    folder,
    logs: () => logs,
    ask: (name, ...options) => ask(folder, [name, 'cluster.json', ...options]),
    stop: async () => {
      child.kill('SIGTERM')
      const [code] = await ended
      return code
    },
  }
}

function ask(cwd: string, args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [...program, ...args], { cwd }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${error.message}\n${stdout}${stderr}`))
      else resolve(stdout)
    })
  })
}
