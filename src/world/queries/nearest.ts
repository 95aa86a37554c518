import { clampedTile } from '../../protocol/index.ts'
import type { Handle } from '../handles.ts'
import type { KindTable } from '../kinds.ts'
import type { Population } from '../population.ts'
import type { Tiles } from '../tiles.ts'
import { isPlace, roundingOf, tileSlack } from './slack.ts'

/**
 * The `count` living entities that are nearest to (x, y) and at most `radiusMax` away, the nearest
 * first, of equals the one with the lower id. Looks at rings of tiles around the point, and stops
 * where nothing farther out can be nearer than what was found.
 */
export function nearest(
  population: Population,
  x: number,
  y: number,
  count: number,
  kind: number,
  radiusMax: number,
): Handle[] {
  const wanted = Math.floor(count)
  const sound = wanted >= 1 && radiusMax >= 0 && isPlace(x, y)
  if (!sound) return []
  population.settle()
  const { edge, columns, rows } = population.layout.grid
  const slack = edge * tileSlack + roundingOf(Math.abs(x) + Math.abs(y))
  const best = new Best(population, x, y, wanted, kind, radiusMax)
  const centreColumn = clampedTile(x, edge, columns)
  const centreRow = clampedTile(y, edge, rows)
  let left = kind < 0 ? population.count : (population.kinds[kind] as KindTable).count
  for (let ring = 0; left > 0; ring += 1) {
    const top = centreRow - ring
    const bottom = centreRow + ring
    const first = centreColumn - ring
    const last = centreColumn + ring
    for (let row = Math.max(0, top); row <= Math.min(bottom, rows - 1); row += 1) {
      const start = row * columns
      if (row === top || row === bottom) {
        const end = start + Math.min(last, columns - 1)
        for (let tile = start + Math.max(0, first); tile <= end; tile += 1) left -= best.look(tile)
      } else {
        if (first >= 0) left -= best.look(start + first)
        if (last < columns) left -= best.look(start + last)
      }
    }
    // Whoever is farther out is beyond one of the sides that the rings have not passed yet.
    let beyond = Number.POSITIVE_INFINITY
    if (first > 0) beyond = Math.min(beyond, x - first * edge)
    if (last < columns - 1) beyond = Math.min(beyond, (last + 1) * edge - x)
    if (top > 0) beyond = Math.min(beyond, y - top * edge)
    if (bottom < rows - 1) beyond = Math.min(beyond, (bottom + 1) * edge - y)
    if (best.reach < beyond - slack || beyond === Number.POSITIVE_INFINITY) break
  }
  return best.sorted()
}

/** The nearest so far: a heap with the worst of them on top. */
class Best {
  readonly #population: Population
  readonly #x: number
  readonly #y: number
  readonly #wanted: number
  readonly #kind: number
  /** Square of the distance beyond which nobody is taken. */
  readonly #limit: number
  readonly #places: number[] = []
  readonly #squares: number[] = []

  constructor(
    population: Population,
    x: number,
    y: number,
    wanted: number,
    kind: number,
    radiusMax: number,
  ) {
    this.#population = population
    this.#x = x
    this.#y = y
    this.#wanted = wanted
    this.#kind = kind
    this.#limit = radiusMax * radiusMax
  }

  /** Whoever is farther away cannot be among them. */
  get reach(): number {
    const full = this.#places.length === this.#wanted
    return Math.sqrt(full ? (this.#squares[0] as number) : this.#limit)
  }

  /** Takes in who is in the tile. @returns how many entities of the kind those are */
  look(tile: number): number {
    const { tiles, layered } = this.#population
    const seen = this.#lookAt(tiles, tile)
    return layered === undefined ? seen : seen + this.#lookAt(layered, tile)
  }

  #lookAt(tiles: Tiles, tile: number): number {
    const { x: xs, y: ys, kind: kinds } = this.#population
    const slots = tiles.slots(tile)
    const used = tiles.used(tile)
    let seen = 0
    for (let slot = 0; slot < used; slot += 1) {
      const at = slots[slot] as number
      if (at < 0 || (this.#kind >= 0 && kinds[at] !== this.#kind)) continue
      seen += 1
      const dx = (xs[at] as number) - this.#x
      const dy = (ys[at] as number) - this.#y
      const square = dx * dx + dy * dy
      if (square <= this.#limit) this.#offer(at, square)
    }
    return seen
  }

  sorted(): Handle[] {
    const order = this.#places.map((_, index) => index)
    order.sort((a, b) => (this.#worse(a, b) ? 1 : -1))
    return order.map((index) => this.#population.handleAt(this.#places[index] as number))
  }

  #offer(at: number, square: number): void {
    const places = this.#places
    if (places.length < this.#wanted) {
      places.push(at)
      this.#squares.push(square)
      this.#rise(places.length - 1)
      return
    }
    const worst = this.#squares[0] as number
    if (square > worst || (square === worst && this.#idOf(at) > this.#idOf(places[0]))) return
    places[0] = at
    this.#squares[0] = square
    this.#sink()
  }

  #idOf(at: number | undefined): number {
    return this.#population.id[at as number] as number
  }

  #worse(a: number, b: number): boolean {
    const squareA = this.#squares[a] as number
    const squareB = this.#squares[b] as number
    if (squareA !== squareB) return squareA > squareB
    return this.#idOf(this.#places[a]) > this.#idOf(this.#places[b])
  }

  #rise(from: number): void {
    for (let index = from; index > 0; ) {
      const parent = (index - 1) >> 1
      if (!this.#worse(index, parent)) return
      this.#swap(index, parent)
      index = parent
    }
  }

  #sink(): void {
    for (let index = 0; ; ) {
      let child = index * 2 + 1
      if (child >= this.#places.length) return
      if (child + 1 < this.#places.length && this.#worse(child + 1, child)) child += 1
      if (!this.#worse(child, index)) return
      this.#swap(index, child)
      index = child
    }
  }

  #swap(a: number, b: number): void {
    const place = this.#places[a] as number
    const square = this.#squares[a] as number
    this.#places[a] = this.#places[b] as number
    this.#squares[a] = this.#squares[b] as number
    this.#places[b] = place
    this.#squares[b] = square
  }
}
