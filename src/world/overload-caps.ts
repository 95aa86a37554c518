import { clampedTile, distanceToTiles, type TileGrid } from '../protocol/index.ts'

/** A view that was shrunk grows again only to what holds this part of the cap. */
const comfort = 0.85
/** Distances are compared in such parts of a tile's edge; those of one part go together. */
const parts = 65_536
/** Tiles of one view that are told apart. */
const tilesMax = 2 ** 20
/** However great the pressure, a view may hold so many. */
const capMin = 16
/** Every so many ticks each view is looked at again, though it has not moved. */
const stagger = 10
/** Views that are asked what they hold. */
const sampleMax = 64

let keys = new Float64Array(64)

/** What of a world a cap needs to know. */
export interface Crowd {
  readonly grid: TileGrid
  /** Entities in each tile. */
  readonly population: Int32Array
}

/**
 * Lists the tiles that a disc touches, as `distance in parts · tilesMax + tile`, so that sorting
 * brings the nearest to the front. @returns how many
 */
function tilesWithin({ grid }: Crowd, x: number, y: number, reach: number): number {
  const { edge, columns, rows } = grid
  // A tile whose far edge lies exactly at the reach counts too, as it does at the gate.
  const sight = reach + edge * 1e-6
  const first = clampedTile(x - sight, edge, columns)
  const last = clampedTile(x + sight, edge, columns)
  const rowLast = clampedTile(y + sight, edge, rows)
  let count = 0
  for (let row = clampedTile(y - sight, edge, rows); row <= rowLast; row += 1) {
    const dy = distanceToTiles(y, row, edge, rows)
    for (let column = first; column <= last; column += 1) {
      const dx = distanceToTiles(x, column, edge, columns)
      const square = dx * dx + dy * dy
      if (square > reach * reach) continue
      if (count === keys.length) {
        const larger = new Float64Array(count * 2)
        larger.set(keys)
        keys = larger
      }
      const distance = Math.floor((Math.sqrt(square) / edge) * parts)
      keys[count++] = distance * tilesMax + row * columns + column
    }
  }
  return count
}

/** Entities in the tiles that a disc touches. */
export function entitiesWithin(crowd: Crowd, x: number, y: number, reach: number): number {
  const count = tilesWithin(crowd, x, y, reach)
  let held = 0
  for (let index = 0; index < count; index += 1) {
    held += crowd.population[(keys[index] as number) % tilesMax] as number
  }
  return held
}

/**
 * How far a view reaches so that its tiles hold at most `cap` entities: tiles are taken nearest
 * first, those that are `near` always. It stays as it is while it holds no more than the cap and
 * could not comfortably hold more, so that a crowd that comes and goes by a few makes no tile come
 * and go.
 * @param near so far it reaches in any case; by default that is the tile it stands in
 * @param reach how far it may reach
 * @param present how far it reaches now
 */
export function cappedRadius(
  crowd: Crowd,
  view: {
    readonly x: number
    readonly y: number
    readonly near?: number
    readonly reach: number
    readonly present: number
  },
  cap: number,
): number {
  const { x, y, near = 0, reach, present } = view
  const count = tilesWithin(crowd, x, y, reach)
  keys.subarray(0, count).sort()
  const { edge } = crowd.grid
  // Of what fits comfortably, and of what fits at all: where it ends, and where the next begins.
  const nearest = Math.floor((near / edge) * parts)
  const roomy = { end: nearest + 1, next: Number.POSITIVE_INFINITY }
  const full = { end: nearest + 1, next: Number.POSITIVE_INFINITY }
  let held = 0
  for (let index = 0; index < count; ) {
    const distance = Math.floor((keys[index] as number) / tilesMax)
    for (; index < count && (keys[index] as number) < (distance + 1) * tilesMax; index += 1) {
      held += crowd.population[(keys[index] as number) % tilesMax] as number
    }
    const own = distance <= nearest
    if (own || held <= cap * comfort) roomy.end = distance + 1
    else if (roomy.next > distance) roomy.next = distance
    if (own || held <= cap) full.end = distance + 1
    else full.next = distance
    if (full.next === distance) break
  }
  if (roomy.next === Number.POSITIVE_INFINITY) return reach
  const now = (present / edge) * parts
  if (now >= full.next) return (between(full) * edge) / parts
  if (now < roomy.end) return (between(roomy) * edge) / parts
  return Math.min(present, reach)
}

/**
 * As near to the last tile that is in as can be: a gate keeps former tiles a little beyond the
 * radius.
 */
function between({ end, next }: { readonly end: number; readonly next: number }): number {
  return end < next ? end : next - 0.25
}

/** A view, as far as caps are concerned. */
export interface CappedView {
  viewX: number
  viewY: number
  viewRadius: number
}

/** How many entities views may hold at present: what the game declares, and less under pressure. */
export class ViewCaps {
  readonly #crowd: Crowd
  readonly #reach: number
  readonly #declared: number
  readonly #near: number
  /** What views held when the pressure began to cap them. */
  #base = Number.POSITIVE_INFINITY
  #share = 1
  /** Ticks, for taking turns. */
  #turn = 0
  #inForce = false

  /**
   * @param declared entities, 0 for no cap
   * @param near as of `cappedRadius`
   */
  constructor(crowd: Crowd, reach: number, declared: number, near = 0) {
    this.#near = near
    this.#crowd = crowd
    this.#reach = reach
    this.#declared = declared > 0 ? declared : Number.POSITIVE_INFINITY
  }

  /** Entities a view may hold; Infinity for no cap. */
  get cap(): number {
    if (this.#share === 1) return this.#declared
    return Math.min(this.#declared, Math.max(capMin, Math.ceil(this.#base * this.#share)))
  }

  /**
   * A tick begins. @param share what pressure leaves of the number of entities in a view, 1 for all
   */
  begin(share: number, views: Iterable<CappedView>, count: number): void {
    this.#turn += 1
    if (this.#share === 1 && share < 1) this.#base = this.#heldByMost(views, count)
    this.#share = share
    this.#inForce = this.cap < Number.POSITIVE_INFINITY
  }

  /**
   * Whether it is this view's turn to be looked at, though it has not moved: that of one which is
   * shrunk comes also when no cap is in force any more.
   */
  isDue(index: number, radius: number): boolean {
    if (!this.#inForce && radius >= this.#reach) return false
    return (index + this.#turn) % stagger === 0
  }

  /** How far the view reaches from now on. */
  radius(x: number, y: number, present: number): number {
    const { cap } = this
    if (cap === Number.POSITIVE_INFINITY) return this.#reach
    const view = { x, y, near: this.#near, reach: this.#reach, present }
    return cappedRadius(this.#crowd, view, cap)
  }

  /**
   * What nine of ten views hold no more than: the cap is to fall upon crowds, not upon those who
   * see few anyway.
   */
  #heldByMost(views: Iterable<CappedView>, count: number): number {
    const held: number[] = []
    const every = Math.max(1, Math.floor(count / sampleMax))
    let index = 0
    for (const { viewX, viewY, viewRadius } of views) {
      index += 1
      if (index % every !== 0 || Number.isNaN(viewX)) continue
      held.push(entitiesWithin(this.#crowd, viewX, viewY, viewRadius))
    }
    held.sort((a, b) => a - b)
    return held[Math.floor(held.length * 0.9)] ?? Number.POSITIVE_INFINITY
  }
}
