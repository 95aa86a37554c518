import type { ProcessStatus } from '../ops/index.ts'
import type { Log } from '../ports/index.ts'
import { type ControlServer, serveControl } from './control.ts'

export interface StatusPlace {
  /** Of the run; without one nobody can ask. */
  readonly folder: string | undefined
  readonly name: string
  readonly log: Log
}

/** Lets `realmkit top` look at a run. It is no reason for the run to fail if that cannot be. */
export async function serveStatus(
  { folder, name, log }: StatusPlace,
  processes: () => Promise<ProcessStatus[]>,
): Promise<ControlServer> {
  const silent = { close: () => {} }
  if (folder === undefined) return silent
  try {
    return await serveControl(folder, async (_request, say) => {
      say({ name, processes: await processes() })
    })
  } catch (error) {
    log.warn({ error }, '`realmkit top` cannot look at this run.')
    return silent
  }
}
