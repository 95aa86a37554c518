import type { TileBatch } from '../../../actor/index.ts'
import type { Fixture } from '../../../gate/test-kit/fixture.ts'
import type { Settings } from './arena.ts'
import type { Model } from './model.ts'

/** How a history is set up. */
export interface Setup {
  readonly settings: Settings
  readonly gates: number
  /** Ticks that batches take to a gate; −1: they are handed over before the tick has ended. */
  readonly lag: number
  readonly bytesPerSecondMax: number
}

/** What a checkpoint has kept, and the world as it was then. */
export interface Saved {
  blob: Uint8Array | undefined
  readonly model: Model
  /** Whether the world was frozen. */
  readonly whole: boolean
}

export interface GateEnd {
  readonly made: Fixture
  readonly queue: { batch: TileBatch; epoch: number }[]
  /** The next batch is lost. */
  losing: boolean
}
