import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** A program of a test. It ends with the process that started it, however that one ends. */
export interface TestProgram {
  /** What it has printed, the newest 16,000 characters. */
  said(): string
  running(): boolean
  /** Stops it without ending it (SIGSTOP). */
  pause(): void
  resume(): void
  /** Kills it at once, as a crash does. */
  end(): Promise<void>
}

const saidCharactersMax = 16_000
/** Prints the number of the program, then waits until nobody holds its input, and kills it. */
const guard = '"$@" & echo "$!" >&3; cat > /dev/null; kill -9 "$!"; wait'

/** Starts a program. */
export async function startProgram(file: string, args: readonly string[]): Promise<TestProgram> {
  const child = spawn('sh', ['-c', guard, 'sh', file, ...args], {
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
  })
  const exited = once(child, 'exit')
  const [, output, errors, pidPipe] = child.stdio
  let said = ''
  for (const pipe of [output, errors]) {
    pipe?.on('data', (data: Buffer) => {
      said = `${said}${data}`.slice(-saidCharactersMax)
    })
  }
  if (pidPipe === null || pidPipe === undefined) throw new Error('The shell has no third pipe.')
  const [printed] = await once(pidPipe, 'data')
  const pid = Number(String(printed))
  const signal = (name: NodeJS.Signals | 0): boolean => {
    try {
      return process.kill(pid, name)
    } catch {
      // It has ended by itself.
      return false
    }
  }
  let ended = false
  return {
    said: () => said,
    running: () => !ended && signal(0),
    pause: () => void signal('SIGSTOP'),
    resume: () => void signal('SIGCONT'),
    end: async () => {
      if (ended) return
      ended = true
      child.stdin?.end()
      await exited
    },
  }
}
