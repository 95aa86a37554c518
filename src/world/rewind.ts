import { clampedTile, type TileGrid, tileGrid } from '../protocol/index.ts'
import { grown } from './columns.ts'
import type { Handle } from './handles.ts'
import type { Population } from './population.ts'

/** Cells of the index of a past tick; larger worlds have larger cells. */
const cellsMax = 16_384

/** Who stood where in one tick, by cells: what is in cell `c` lies from `starts[c]` on. */
interface CellIndex {
  readonly starts: Int32Array
  readonly places: Int32Array
}

/** The positions of one tick, in steps as clients were told. */
interface Row {
  tick: number
  stepX: Int32Array
  stepY: Int32Array
  /** Filled when the tick is first asked about; kept for the next tick that the row is used for. */
  cells: CellIndex | undefined
  indexed: boolean
  /** The longest way between this tick and the next that is no jump; NaN until it is asked for. */
  reach: number
}

/** A place where an entity was. */
export interface Spot {
  x: number
  y: number
}

export interface RewindOptions {
  readonly population: Population
  /** How many ticks back positions are kept. */
  readonly ticks: number
  /** A step longer than this is a jump, which clients do not walk through either. */
  readonly snap: number
}

/**
 * Past positions of all entities: a ring of one row per tick. A row costs 8 bytes per entity, and 4
 * more with an index by cells once somebody asks about its tick. Positions are those that clients
 * were told, and between two ticks they are on the straight line between both, as clients draw it:
 * what is found is what was seen (Bernier, "Latency Compensating Methods in Client/Server In-game
 * Protocol Design and Optimization", 2001).
 */
export class Rewind {
  readonly ticks: number
  /** The newest tick that is kept; −1 before the first. */
  newest = -1
  readonly #population: Population
  readonly #grid: TileGrid
  readonly #snapSquare: number
  readonly #rows: Row[] = []
  #oldest = -1
  /** Which entity was last seen at a place, and the tick from which on. */
  #ids = new Uint32Array(0)
  #since = new Float64Array(0)
  /** How far behind the newest tick a player sees, in ticks. */
  readonly #behind = new WeakMap<object, number>()

  constructor({ population, ticks, snap }: RewindOptions) {
    this.ticks = ticks
    this.#population = population
    this.#snapSquare = snap * snap
    const { width, height, layout } = population
    const edge = Math.max(layout.grid.edge, Math.sqrt((width * height) / cellsMax) * 1.01)
    this.#grid = tileGrid(width, height, edge)
  }

  get grid(): TileGrid {
    return this.#grid
  }

  /** Keeps where everybody is at the end of a tick. */
  record(tick: number): void {
    const { stepX, stepY, id } = this.#population
    const places = id.length
    if (this.#ids.length !== places) {
      this.#ids = grown(this.#ids, places)
      this.#since = grown(this.#since, places)
    }
    // A place is given to another entity no earlier than a tick after the former one ceased.
    for (let at = 0; at < places; at += 1) {
      if (this.#ids[at] === id[at]) continue
      this.#ids[at] = id[at] as number
      this.#since[at] = tick
    }
    const row = this.#take(tick, places)
    row.stepX.set(stepX)
    row.stepY.set(stepY)
    if (this.#oldest < 0) this.#oldest = tick
    this.newest = tick
  }

  /** A command came with what its player saw: a moment in ticks, 0 where it did not say. */
  saw(player: object, seenTick: number): void {
    const told = seenTick > 0
    this.#behind.set(player, told ? Math.max(0, Math.min(this.ticks, this.newest - seenTick)) : 0)
  }

  /** The moment that a player sees now, in ticks. Nobody sees what is not kept, or the future. */
  seenBy(player: object | undefined): number {
    const behind = (player && this.#behind.get(player)) ?? 0
    return Math.max(this.#oldest, this.newest - this.ticks, this.newest - behind)
  }

  /**
   * Where the entity of a place was at `moment`.
   * @returns false where no living entity was there, that is in the tick before or at the moment
   */
  spot(at: number, moment: number, into: Spot): boolean {
    const tick = Math.floor(moment)
    const row = this.#row(tick)
    const lived = row !== undefined && at < row.stepX.length && (this.#since[at] as number) <= tick
    if (!lived || this.#ids[at] !== this.#population.id[at]) return false
    const { precision } = this.#population.layout
    const x = (row.stepX[at] as number) * precision
    const y = (row.stepY[at] as number) * precision
    into.x = x
    into.y = y
    const part = moment - tick
    const next = part > 0 ? this.#row(tick + 1) : undefined
    if (next === undefined) return true
    const dx = (next.stepX[at] as number) * precision - x
    const dy = (next.stepY[at] as number) * precision - y
    if (dx * dx + dy * dy > this.#snapSquare) return true
    into.x = x + dx * part
    into.y = y + dy * part
    return true
  }

  /** The living entity of a place that was already there when the rows were written. */
  handleAt(at: number): Handle | undefined {
    const id = this.#ids[at] as number
    const handle = this.#population.byId(id)
    return handle !== undefined && this.#population.id[at] === id ? handle : undefined
  }

  /** How far anybody went from the tick before `moment` until the next, other than by a jump. */
  reach(moment: number): number {
    const tick = Math.floor(moment)
    const row = this.#row(tick)
    if (row === undefined || moment === tick) return 0
    if (Number.isNaN(row.reach)) row.reach = this.#longestStep(row, this.#row(tick + 1))
    return row.reach
  }

  /** Who stood where at the tick before `moment`. */
  cells(moment: number): CellIndex {
    const row = this.#row(Math.floor(moment)) as Row
    if (!row.indexed || row.cells === undefined) {
      row.cells ??= this.#emptyCells(row.stepX.length)
      this.#fill(row.cells, row)
      row.indexed = true
    }
    return row.cells
  }

  #row(tick: number): Row | undefined {
    const row = this.#rows[tick % (this.ticks + 1)]
    return row?.tick === tick ? row : undefined
  }

  /** The row of the oldest tick, to be written anew. */
  #take(tick: number, places: number): Row {
    const number = tick % (this.ticks + 1)
    let row = this.#rows[number]
    if (row === undefined || row.stepX.length !== places) {
      const stepX = new Int32Array(places)
      const stepY = new Int32Array(places)
      row = { tick, stepX, stepY, cells: undefined, indexed: false, reach: Number.NaN }
      this.#rows[number] = row
    }
    row.tick = tick
    row.indexed = false
    row.reach = Number.NaN
    return row
  }

  #longestStep(row: Row, next: Row | undefined): number {
    if (next === undefined) return 0
    const { precision } = this.#population.layout
    let longest = 0
    for (let at = 0; at < row.stepX.length; at += 1) {
      const dx = ((next.stepX[at] as number) - (row.stepX[at] as number)) * precision
      const dy = ((next.stepY[at] as number) - (row.stepY[at] as number)) * precision
      const square = dx * dx + dy * dy
      if (square > longest && square <= this.#snapSquare) longest = square
    }
    return Math.sqrt(longest)
  }

  #emptyCells(places: number): CellIndex {
    const { columns, rows } = this.#grid
    return { starts: new Int32Array(columns * rows + 1), places: new Int32Array(places) }
  }

  #cellOf(row: Row, at: number): number {
    const { edge, columns, rows } = this.#grid
    const { precision } = this.#population.layout
    const y = clampedTile((row.stepY[at] as number) * precision, edge, rows)
    return y * columns + clampedTile((row.stepX[at] as number) * precision, edge, columns)
  }

  /** Sorts everybody by cells, by counting. */
  #fill({ starts, places }: CellIndex, row: Row): void {
    starts.fill(0)
    for (let at = 0; at < row.stepX.length; at += 1) {
      if (this.#ids[at] === 0 || (this.#since[at] as number) > row.tick) continue
      const cell = this.#cellOf(row, at)
      starts[cell] = (starts[cell] as number) + 1
    }
    let end = 0
    for (let cell = 0; cell < starts.length; cell += 1) {
      end += starts[cell] as number
      starts[cell] = end
    }
    for (let at = row.stepX.length - 1; at >= 0; at -= 1) {
      if (this.#ids[at] === 0 || (this.#since[at] as number) > row.tick) continue
      const cell = this.#cellOf(row, at)
      const start = (starts[cell] as number) - 1
      starts[cell] = start
      places[start] = at
    }
  }
}

/** Clients take longer steps than this for jumps unless their game says otherwise. */
const snapOfView = 1 / 4

/** What keeps the past of a world that wants it. */
export function rewindOf(
  { rewindTicks, viewRadius }: { readonly rewindTicks: number; readonly viewRadius: number },
  population: Population,
): Rewind | undefined {
  if (rewindTicks === 0) return undefined
  return new Rewind({ population, ticks: rewindTicks, snap: viewRadius * snapOfView })
}
