import type { TileGrid } from '../protocol/index.ts'
import type { ExtraStreams } from './extra-streams.ts'
import type { TickDeltas } from './tile-batch.ts'
import type { TickChecksums } from './tile-checksums.ts'
import type { TileWants } from './tile-wants.ts'

/** What all views of a world share. */
export interface ViewParts {
  readonly grid: TileGrid
  readonly slack: number
  readonly wants: TileWants
  readonly extras: ExtraStreams
  /** This tick's changes, by rate. */
  readonly deltas: readonly [TickDeltas, TickDeltas, TickDeltas]
  /** Whole streams that came with this tick, as they stand in frames. */
  readonly keyframes: ReadonlyMap<number, Uint8Array>
  readonly checksums: TickChecksums
  /** Proofs for who found another checksum: by stream, as they stand in frames. */
  readonly proofs: ReadonlyMap<number, Uint8Array>
}
