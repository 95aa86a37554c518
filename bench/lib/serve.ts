import { createScene, type Scene } from '../scene.ts'
import type { ServerOptions, ServerTotals } from './contender.ts'
import { readLines, writeLine } from './lines.ts'

/** What a contender's `start` hands back once it listens. */
export interface RunningServer {
  readonly port: number
  totals(): Pick<ServerTotals, 'clientTicks' | 'ticks'>
}

/** Thrown by a contender that cannot run here at all, with the reason. */
export class ContenderUnavailable extends Error {}

/**
 * The main function of a contender's server process. It prints one JSON line `{"port":…}` when
 * clients may connect, then answers requests on stdin: `measure` gives totals, `record` gives what
 * the scene looked like during the next ticks. It ends with stdin.
 */
export async function serve(
  start: (scene: Scene, options: ServerOptions) => Promise<RunningServer>,
): Promise<void> {
  const options = JSON.parse(process.argv[2] ?? '{}') as ServerOptions
  const { visible, clients: avatars, seed } = options
  const scene = createScene({ visible, avatars, seed })
  try {
    const server = await start(scene, options)
    writeLine({ port: server.port })
    readLines((request) => {
      if (request['measure'] === true) writeLine({ totals: totalsOf(scene, server) })
      const ticks = Number(request['record'] ?? 0)
      if (ticks > 0) scene.record(ticks, (recorded) => writeLine({ recorded }))
    })
  } catch (error) {
    if (!(error instanceof ContenderUnavailable)) throw error
    writeLine({ unavailable: error.message })
    process.exitCode = 1
  }
}

function totalsOf(scene: Scene, server: RunningServer): ServerTotals {
  const { user, system } = process.cpuUsage()
  return {
    ...server.totals(),
    cpuUserUs: user,
    cpuSystemUs: system,
    commands: scene.commands,
    atMs: performance.now(),
    residentBytes: process.memoryUsage.rss(),
  }
}

/** Calls `tick` at `hz` without drift. Ticks that are already over are left out, not caught up. */
export function everyTick(hz: number, tick: () => void): void {
  const periodMs = 1000 / hz
  let next = performance.now() + periodMs
  const run = () => {
    tick()
    const now = performance.now()
    next = Math.max(next + periodMs, now)
    setTimeout(run, next - now)
  }
  setTimeout(run, periodMs)
}
