import { emulate, type NetworkConditions } from 'realmkit/client'

/**
 * The network that `?lag=150,50,2` asks for: 150 ms each way, 50 more or less, and 2 % of messages
 * stall. Undefined where it asks for none.
 */
export function networkOf(lag: string | null): NetworkConditions | undefined {
  const [latency = 0, jitter = 0, stalls = 0] = (lag ?? '').split(',').map(Number)
  if (!(latency > 0)) return undefined
  return {
    latencyMs: Math.min(2000, latency),
    jitterMs: Math.max(0, Math.min(1000, jitter || 0)),
    stallRate: Math.max(0, Math.min(0.5, (stalls || 0) / 100)),
  }
}

/** What `connect` is given for it. */
export function emulationOf(network: NetworkConditions | undefined) {
  return network === undefined ? {} : { network: emulate(network) }
}

/** The same in words; all of it holds for each way. */
export function describeNetwork(network: NetworkConditions | undefined): string {
  if (network === undefined) return 'Your own network'
  const { latencyMs, jitterMs = 0, stallRate = 0 } = network
  const jitter = jitterMs > 0 ? ` ± ${jitterMs}` : ''
  const stalls = stallRate > 0 ? ` · ${Math.round(stallRate * 1000) / 10} % stalls` : ''
  return `${latencyMs}${jitter} ms${stalls}`
}
