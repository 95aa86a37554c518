import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { bind } from '../net/index.ts'
import { metricsOf, type ProcessStatus } from '../ops/index.ts'
import { type Arguments, type OptionSpec, UsageError } from './options.ts'

export const metricsOption: Readonly<Record<'metrics', OptionSpec>> = {
  metrics: {
    value: '[HOST:]PORT',
    text: 'serve figures for Prometheus at /metrics, to this machine unless HOST says more',
  },
}

export interface MetricsPlace {
  readonly host: string
  /** 0 for any free one. */
  readonly port: number
}

export interface MetricsServer {
  /** Undefined where nobody asked for them. */
  readonly url: string | undefined
  close(): void
}

const requestTimeoutMs = 5_000
const connectionsMax = 16

/** @throws UsageError */
export function metricsPlace(args: Arguments): MetricsPlace | undefined {
  const given = args.text('metrics')
  if (given === undefined) return undefined
  const [, host = '127.0.0.1', digits = ''] = /^(?:(.+):)?(\d{1,5})$/.exec(given) ?? []
  const port = digits === '' ? Number.NaN : Number(digits)
  if (port <= 65_535) return { host: host.replace(/^\[(.*)\]$/, '$1'), port }
  throw new UsageError(`--metrics takes a port, or HOST:PORT, not '${given}'`)
}

/**
 * Serves what the processes of a run tell of themselves. Whoever reaches the port may read it, so
 * it is one that players never see.
 * @throws RealmError `PORT_IN_USE`, `PORT_FORBIDDEN`, `ADDRESS_UNAVAILABLE`
 */
export async function serveMetrics(
  place: MetricsPlace | undefined,
  processes: () => Promise<readonly ProcessStatus[]>,
): Promise<MetricsServer> {
  if (place === undefined) return { url: undefined, close: () => {} }
  const server = createServer(async ({ method, url }, response) => {
    if (url !== '/metrics' || method !== 'GET') {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('See /metrics.\n')
      return
    }
    try {
      const text = metricsOf(await processes())
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' })
      response.end(text)
    } catch {
      response.writeHead(503).end()
    }
  })
  server.requestTimeout = requestTimeoutMs
  server.maxConnections = connectionsMax
  await bind(server, place)
  server.unref()
  const { port } = server.address() as AddressInfo
  const host = place.host.includes(':') ? `[${place.host}]` : place.host
  return { url: `http://${host}:${port}/metrics`, close: () => void server.close() }
}
