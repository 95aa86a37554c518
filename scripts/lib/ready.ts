import type { ChildProcess } from 'node:child_process'

/** The line of JSON by which `realmkit run` and `realmkit dev` say that they listen. */
export interface ReadyLine {
  readonly ready: true
  /** Address of the game, with a slash at its end. */
  readonly url: string
  readonly playground: string
  readonly port: number
  /** Where its metrics are, if it was told to serve them. */
  readonly metrics?: string
}

/**
 * Waits until a game process started with `--json` listens. Its standard output must be piped; what
 * it prints there is read on, so that it never waits for us.
 *
 * @throws Error with everything it printed, if it ends or stays silent for that long instead
 */
export function waitForReady(child: ChildProcess, timeoutMs: number): Promise<ReadyLine> {
  return new Promise((resolve, reject) => {
    let printed = ''
    let settled = false
    const fail = (why: string) => {
      settled = true
      clearTimeout(timer)
      reject(new Error(printed === '' ? why : `${why}:\n${printed}`))
    }
    const timer = setTimeout(() => fail(`the game was not ready after ${timeoutMs} ms`), timeoutMs)
    const collect = (chunk: Buffer) => {
      if (settled) return
      printed += chunk.toString()
      const line = readyLine(printed)
      if (!line) return
      settled = true
      clearTimeout(timer)
      resolve(line)
    }
    child.stdout?.on('data', collect)
    child.stderr?.on('data', collect)
    child.on('error', (error) => fail(error.message))
    // Not `exit`: the last thing it printed may say why, and arrives after that.
    child.on('close', (code, signal) => fail(`the game ended with ${code ?? signal}`))
  })
}

function readyLine(printed: string): ReadyLine | undefined {
  const line = printed.split('\n').find((text) => /^\{.*"ready":\s*true.*\}$/.test(text.trim()))
  return line === undefined ? undefined : JSON.parse(line)
}
