import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** A process of a test that can be stopped in the middle. */
export interface TestChild {
  /** What it has printed. */
  readonly said: () => string
  pause(): void
  resume(): void
  end(): Promise<void>
}

/** Runs a file of `test-kit/` on the runtime that runs the test. */
export function startChild(file: string, args: readonly string[]): TestChild {
  const path = fileURLToPath(new URL(file, import.meta.url))
  const child: ChildProcess = spawn(process.execPath, ['--conditions=source', path, ...args])
  let said = ''
  const keep = (data: Buffer): void => {
    said += data
  }
  child.stdout?.on('data', keep)
  child.stderr?.on('data', keep)
  const killNow = (): void => {
    child.kill('SIGKILL')
  }
  process.on('exit', killNow)
  return {
    said: () => said,
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    end: async () => {
      process.off('exit', killNow)
      if (child.exitCode !== null || child.signalCode !== null) return
      const exited = once(child, 'exit')
      child.kill('SIGKILL')
      await exited
    },
  }
}
