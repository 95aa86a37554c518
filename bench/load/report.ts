import type { VisibleSet } from '../lib/contender.ts'
import type { SizeCounts } from '../lib/stats.ts'

/** What the orchestrator tells the load process, as JSON in its only argument. */
export interface LoadOptions {
  readonly contender: string
  readonly host: string
  readonly port: number
  readonly clients: number
  /** How many of the clients decode what they get. */
  readonly samples: number
  readonly commandHz: number
}

/** What the counting clients got since the last report. */
export interface LoadReport {
  /** How many clients only count; the figures below are about these. */
  readonly counting: number
  readonly frames: number
  /** WebSocket payload bytes. */
  readonly bytes: number
  /** Frames of the client that got the fewest. */
  readonly framesMin: number
  /** Connections lost since the start. */
  readonly lost: number
  /** Commands sent since the start, by all clients. */
  readonly commands: number
  readonly sizes: SizeCounts
  /** CPU this process used since the last report, as a part of one core. */
  readonly cpuShare: number
}

/** What one decoding client saw. */
export interface Sighting {
  readonly avatar: number
  readonly view: VisibleSet
}
