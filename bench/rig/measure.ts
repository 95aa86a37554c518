import { getHeapStatistics } from 'node:v8'
import { received } from './client.ts'
import type { Figure } from './report.ts'
import type { Rig } from './rig.ts'

/** What a number of ticks took, in ms of the wall clock: others on the machine count. */
export interface TickFigures {
  readonly p50Ms: number
  readonly p95Ms: number
  readonly p99Ms: number
  /** Of that, the game's own step. */
  readonly stepP50Ms: number
  readonly framesPerTick: number
  readonly bytesPerFrame: number
  /** Bytes that JavaScript allocated on its heap in a tick, mean. */
  readonly allocatedBytes: number
  /** Bytes of buffers outside of it that a tick made, mean. */
  readonly buffersBytes: number
}

export interface MeasureOptions {
  readonly warmUp: number
  readonly ticks: number
  /** Makes ready what clients send before a tick; sending it is timed with the tick. */
  readonly commands?: () => () => void
}

/**
 * Runs ticks one after the other and times each, from the alarm of the world's clock to the last
 * byte of the last client's frame. Garbage counts where it happens to be collected within them.
 */
export async function measureTicks(
  rig: Rig,
  { warmUp, ticks, commands = () => () => {} }: MeasureOptions,
): Promise<TickFigures> {
  const tick = (send: () => void): number => {
    const begunMs = performance.now()
    send()
    rig.tick()
    return performance.now() - begunMs
  }
  for (let count = 0; count < warmUp; count += 1) {
    tick(commands())
    await rig.rest()
  }
  const ms: number[] = []
  const steps: number[] = []
  const { frames, bytes } = received
  let allocated = 0
  let buffers = 0
  for (let count = 0; count < ticks; count += 1) {
    const send = commands()
    const heapBefore = getHeapStatistics().total_allocated_bytes
    const buffersBefore = process.memoryUsage().arrayBuffers
    ms.push(tick(send))
    allocated += getHeapStatistics().total_allocated_bytes - heapBefore
    buffers += Math.max(0, process.memoryUsage().arrayBuffers - buffersBefore)
    steps.push(rig.game.stepMs)
    await rig.rest()
  }
  const framed = received.frames - frames
  return {
    p50Ms: quantile(ms, 0.5),
    p95Ms: quantile(ms, 0.95),
    p99Ms: quantile(ms, 0.99),
    stepP50Ms: quantile(steps, 0.5),
    framesPerTick: framed / ticks,
    bytesPerFrame: framed === 0 ? 0 : (received.bytes - bytes) / framed,
    allocatedBytes: allocated / ticks,
    buffersBytes: buffers / ticks,
  }
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN
}

/** What every scene of ticks tells. */
export function tickFigures(
  found: TickFigures,
  reach: { p95Ms?: number; p99Ms?: number },
): Figure[] {
  const ms = (what: string, key: 'p50Ms' | 'p95Ms' | 'p99Ms' | 'stepP50Ms') => ({
    ...{ what, key, unit: 'ms', value: found[key] },
    ...(key in reach && { reach: reach[key as keyof typeof reach] as number }),
  })
  return [
    ms('tick, median', 'p50Ms'),
    ms('tick, 95 of 100 within', 'p95Ms'),
    ms('tick, 99 of 100 within', 'p99Ms'),
    ms('the game’s own step, median', 'stepP50Ms'),
    { what: 'frames a tick', key: 'framesPerTick', unit: '', value: found.framesPerTick },
    { what: 'frame, mean', key: 'bytesPerFrame', unit: 'B', value: found.bytesPerFrame },
    { what: 'heap made a tick', key: 'heapKb', unit: 'KB', value: found.allocatedBytes / 1024 },
    { what: 'buffers made a tick', key: 'buffersKb', unit: 'KB', value: found.buffersBytes / 1024 },
  ]
}
