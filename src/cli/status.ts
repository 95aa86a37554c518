import type { ProcessStatus } from '../ops/index.ts'
import type { Log } from '../ports/index.ts'
import { serveControl } from './control.ts'
import { type MetricsPlace, serveMetrics } from './metrics.ts'

export interface StatusPlace {
  /** Of the run; without one `realmkit top` cannot ask. */
  readonly folder: string | undefined
  readonly name: string
  readonly metrics: MetricsPlace | undefined
  readonly log: Log
}

export interface StatusServer {
  /** Where metrics are, if they are wanted. */
  readonly metricsUrl: string | undefined
  close(): void
}

/**
 * Lets `realmkit top` look at a run, and Prometheus.
 * @throws RealmError where metrics cannot be served as wanted
 */
export async function serveStatus(
  { folder, name, metrics, log }: StatusPlace,
  processes: () => Promise<ProcessStatus[]>,
): Promise<StatusServer> {
  const { url: metricsUrl, close: closeMetrics } = await serveMetrics(metrics, processes)
  let closeControl = (): void => {}
  const close = (): void => {
    closeMetrics()
    closeControl()
  }
  if (folder === undefined) return { metricsUrl, close }
  try {
    const control = await serveControl(folder, async (_request, say) => {
      say({ name, processes: await processes() })
    })
    closeControl = () => control.close()
  } catch (error) {
    // That is no reason for the run to fail.
    log.warn({ error }, '`realmkit top` cannot look at this run.')
  }
  return { metricsUrl, close }
}
