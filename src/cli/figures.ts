import { monitorEventLoopDelay } from 'node:perf_hooks'
import { isMainThread } from 'node:worker_threads'
import type { NodeFigures } from '../ops/index.ts'
import type { Realm, RealmNode } from '../realm.ts'

const lagResolutionMs = 20
/** Shares and rates over less than this would say nothing. */
const spanMsMin = 100

/** Measures a node and its process. What goes by time is counted since the last call. */
export function figuresOf(realm: RealmNode, version: string): () => NodeFigures {
  const { node } = realm
  const lag = loopDelay()
  let lastMs = performance.now()
  let [cpuMs, messages] = [cpuUsedMs(), messagesOf(realm)]
  let [cpu, messagesPerSecond, lagP99Ms] = [0, 0, 0]
  return () => {
    const spanMs = performance.now() - lastMs
    if (spanMs >= spanMsMin) {
      lastMs += spanMs
      const now = [cpuUsedMs(), messagesOf(realm)] as const
      cpu = (now[0] - cpuMs) / spanMs
      messagesPerSecond = ((now[1] - messages) * 1000) / spanMs
      ;[cpuMs, messages] = now
      lagP99Ms = lag()
    }
    const { host } = realm.stats()
    const { rooms, worlds, actors, tickP99Ms, crashes, parked, worldFigures } = host
    const gate = 'gate' in realm ? { ...(realm as Realm).stats().gate } : undefined
    const players = gate?.sessions ?? 0
    return {
      ...{ node: node.id, roles: node.roles, version, memoryBytes: memoryBytes() },
      ...{ players, rooms, worlds, actors, crashes, parked, worldFigures, gate },
      cpu: rounded(cpu, 3),
      messagesPerSecond: rounded(messagesPerSecond, 1),
      tickP99Ms: rounded(tickP99Ms, 2),
      lagP99Ms: rounded(lagP99Ms, 2),
    }
  }
}

function messagesOf(realm: RealmNode): number {
  if ('gate' in realm) return (realm as Realm).stats().gate.messagesIn
  return realm.stats().host.messages
}

function cpuUsedMs(): number {
  // Bun does not have it, and Node.js 24 does.
  const own = isMainThread ? undefined : process.threadCpuUsage?.()
  const { user, system } = own ?? process.cpuUsage()
  return (user + system) / 1000
}

function memoryBytes(): number {
  if (isMainThread) return process.memoryUsage.rss()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** @returns how late the loop was since the last call; 0 where the host cannot tell */
function loopDelay(): () => number {
  try {
    const histogram = monitorEventLoopDelay({ resolution: lagResolutionMs })
    histogram.enable()
    return () => {
      const p99Ms = histogram.percentile(99) / 1e6 - lagResolutionMs
      histogram.reset()
      return Math.max(0, p99Ms)
    }
  } catch {
    return () => 0
  }
}

function rounded(value: number, digits: number): number {
  return Number.isFinite(value) ? Number(value.toFixed(digits)) : 0
}
