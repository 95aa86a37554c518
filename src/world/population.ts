import { RealmError } from '../errors/index.ts'
import { clampedTile, type TileLayout } from '../protocol/index.ts'
import { Audiences } from './audiences.ts'
import { type AngleColumn, grown } from './columns.ts'
import type { EntityKinds } from './entity.ts'
import { deadFlag, enteredFlag, strayFlag, touchedFlag, usedFlag } from './flags.ts'
import { type Handle, type HandleOwner, place, row } from './handles.ts'
import { IdIndex } from './id-index.ts'
import { fill, inside } from './init.ts'
import { type KindTable, makeKinds, takeRow } from './kinds.ts'
import { Layers, publicLayer } from './layers.ts'
import { RegionSet, type Regions, regionsOf } from './regions.ts'
import { Since } from './since.ts'
import { Standing } from './standing.ts'
import { Streams } from './streams.ts'
import { none, Tiles } from './tiles.ts'

const entityIdMax = 0xffffffff

export interface PopulationOptions {
  readonly kinds: EntityKinds
  readonly layout: TileLayout
  readonly width: number
  readonly height: number
  readonly entitiesMax: number
}

/**
 * All entities of a world as columns of numbers, one place per entity. Places are used again; ids
 * count up and are not. What changes in a tick is listed as it happens, so that the end of a tick
 * costs nothing for who stands still.
 */
export class Population implements HandleOwner {
  readonly tiles: Tiles
  readonly layout: TileLayout
  readonly kinds: readonly KindTable[]
  readonly width: number
  readonly height: number
  x = new Float64Array(0)
  y = new Float64Array(0)
  id = new Uint32Array(0)
  kind = new Uint8Array(0)
  row = new Int32Array(0)
  /** Where it stands. */
  tile = new Int32Array(0)
  /** The layer it is in, the stream of that layer, and its slot there. */
  layer = new Uint16Array(0)
  stream = new Int32Array(0)
  slot = new Int32Array(0)
  flags = new Uint8Array(0)
  /** Position in whole steps as clients shall have it, and how far it went in this tick. */
  stepX = new Int32Array(0)
  stepY = new Int32Array(0)
  movedX = new Int32Array(0)
  movedY = new Int32Array(0)
  /** Mask of the visible fields that changed, as in tile streams. */
  changed = new Uint32Array(0)
  nextChanged = new Int32Array(0)
  /** Living entities. */
  count = 0
  /** The id the next entity gets, unless it is taken. */
  nextId = 1
  /** Regions whose stored content is out of date. */
  readonly unsaved: RegionSet
  readonly regions: Regions
  readonly audiences = new Audiences()
  readonly layers = new Layers(this.audiences)
  readonly streams: Streams
  /** Kept once a gate asks for slower rates. */
  since: Since | undefined
  /** Where those stand that are in any but the public layer; undefined while there are none. */
  layered: Standing | undefined
  readonly #byKind: ReadonlyMap<unknown, KindTable>
  readonly #placeById = new IdIndex()
  readonly #entitiesMax: number
  #used = 0
  readonly #free: number[] = []
  readonly #dead: Handle[] = []
  #touched = new Int32Array(256)
  #touchedCount = 0
  #strays = new Int32Array(64)
  #strayCount = 0

  constructor(options: PopulationOptions) {
    const { grid } = options.layout
    this.layout = options.layout
    this.width = options.width
    this.height = options.height
    this.#entitiesMax = options.entitiesMax
    this.tiles = new Tiles(grid.columns * grid.rows)
    this.streams = new Streams(this.tiles.count, this.layers)
    this.regions = regionsOf(grid)
    this.unsaved = new RegionSet(this.regions.count)
    const { list, byKind } = makeKinds(options.kinds, this)
    this.kinds = list
    this.#byKind = byKind
  }

  /** @throws RealmError `ENTITY_KIND_UNKNOWN` for a kind that is not one of this world's */
  tableOf(kind: unknown): KindTable {
    const table = this.#byKind.get(kind)
    if (table === undefined) throw new RealmError('ENTITY_KIND_UNKNOWN')
    return table
  }

  byId(id: number): Handle | undefined {
    const at = this.#placeById.get(id)
    return at < 0 ? undefined : this.handleAt(at)
  }

  alive(handle: Handle): boolean {
    return this.byId(handle.id) === handle
  }

  /** The handle of a living place. */
  handleAt(at: number): Handle {
    const kind = this.kinds[this.kind[at] as number] as KindTable
    return kind.handles[this.row[at] as number] as Handle
  }

  /** @throws RealmError `SCHEMA_INVALID`, `WORLD_FULL` — nothing was spawned then */
  spawn(kind: KindTable, init: Readonly<Record<string, unknown>>, id = this.#takeId()): Handle {
    if (this.count >= this.#entitiesMax) throw new RealmError('WORLD_FULL')
    const x = inside(init['x'], this.width, '.x')
    const y = inside(init['y'], this.height, '.y')
    const rowNumber = takeRow(kind)
    try {
      fill(kind, rowNumber, init)
    } catch (error) {
      kind.freeRows.push(rowNumber)
      if (rowNumber === kind.handles.length) kind.handles.push(undefined)
      throw error
    }
    const at = this.#takePlace()
    const handle = new kind.create(id, at, rowNumber)
    kind.handles[rowNumber] = handle
    kind.count += 1
    this.count += 1
    this.#placeById.set(id, at)
    this.x[at] = x
    this.y[at] = y
    this.id[at] = id
    this.kind[at] = kind.number
    this.row[at] = rowNumber
    this.changed[at] = 0
    this.flags[at] = usedFlag | enteredFlag
    this.layer[at] = publicLayer
    this.#enter(at, this.#tileOf(at))
    this.#touch(at)
    return handle
  }

  /**
   * Brings the entity into a layer that the caller holds, and hands over that hold. Who sees only
   * the former or only the new one is told of a removal or an addition.
   */
  show(handle: Handle, layer: number): void {
    const at = handle[place]
    const former = this.layer[at] as number
    if (former === layer || !this.alive(handle)) {
      this.layers.release(layer)
      return
    }
    const flags = this.flags[at] as number
    this.#leave(at, (flags & enteredFlag) === 0, true)
    this.layers.release(former)
    this.layer[at] = layer
    this.flags[at] = flags | enteredFlag
    this.#enter(at, this.tile[at] as number)
    this.#touch(at)
  }

  despawn(handle: Handle): void {
    if (!this.alive(handle)) return
    const at = handle[place]
    this.#placeById.delete(handle.id)
    const kind = this.kinds[this.kind[at] as number] as KindTable
    kind.handles[handle[row]] = undefined
    kind.count -= 1
    this.count -= 1
    const tile = this.tile[at] as number
    const flags = this.flags[at] as number
    this.#leave(at, (flags & enteredFlag) === 0, false)
    this.layers.release(this.layer[at] as number)
    if (kind.persist) this.#unsave(tile)
    this.flags[at] = flags | deadFlag
    this.#dead.push(handle)
  }

  setX(at: number, value: unknown): void {
    const x = inside(value, this.width, '.x')
    if (x === this.x[at]) return
    this.x[at] = x
    this.#moved(at)
  }

  setY(at: number, value: unknown): void {
    const y = inside(value, this.height, '.y')
    if (y === this.y[at]) return
    this.y[at] = y
    this.#moved(at)
  }

  fieldChanged(at: number, bit: number): void {
    this.changed[at] = (this.changed[at] as number) | bit
    this.#touch(at)
  }

  /**
   * Brings every entity into the tile it stands in. Queries need it; costs nothing where nobody
   * crossed.
   */
  settle(): void {
    for (let index = 0; index < this.#strayCount; index += 1) {
      const at = this.#strays[index] as number
      const flags = (this.flags[at] as number) & ~strayFlag
      this.flags[at] = flags
      const from = this.tile[at] as number
      const to = this.#tileOf(at)
      if (from === to || (flags & deadFlag) !== 0) continue
      if (this.stream[at] === from || !this.layers.of(this.layer[at] as number).wide) {
        this.#leave(at, (flags & enteredFlag) === 0, true)
        this.#enter(at, to)
        this.flags[at] = flags | enteredFlag
      } else {
        this.#stand(at, from, to)
        this.tile[at] = to
      }
      if ((this.kinds[this.kind[at] as number] as KindTable).persist) this.#unsave(from)
    }
    this.#strayCount = 0
  }

  /**
   * Ends the changes of a tick: computes the steps clients shall have, and chains what they must be
   * told by tile.
   */
  collect(): void {
    this.settle()
    const { flags, stepX, stepY, movedX, movedY, changed, x, y, stream, tile, tiles } = this
    const { since } = this
    const perUnit = 1 / this.layout.precision
    for (let index = 0; index < this.#touchedCount; index += 1) {
      const at = this.#touched[index] as number
      const flag = flags[at] as number
      if ((flag & deadFlag) !== 0) continue
      const oldX = stepX[at] as number
      const oldY = stepY[at] as number
      const newX = Math.floor((x[at] as number) * perUnit + 0.5)
      const newY = Math.floor((y[at] as number) * perUnit + 0.5)
      movedX[at] = newX - oldX
      movedY[at] = newY - oldY
      stepX[at] = newX
      stepY[at] = newY
      const table = this.kinds[this.kind[at] as number] as KindTable
      if (table.persist) this.#unsave(tile[at] as number)
      if (((changed[at] as number) & table.angleMask) !== 0) {
        const { angles } = table
        for (let each = 0; each < angles.length; each += 1) {
          ;(angles[each] as AngleColumn).settle(this.row[at] as number)
        }
      }
      const isNew = (flag & enteredFlag) !== 0
      const moved = newX !== oldX || newY !== oldY
      if (!isNew && !moved && changed[at] === 0) continue
      if (isNew) since?.clear(at)
      else since?.note(at, changed[at] as number, moved)
      const its = stream[at] as number
      if (isNew) (tiles.additions[its] as number) += 1
      this.nextChanged[at] = tiles.changedHead[its] as number
      tiles.changedHead[its] = at
      tiles.markDirty(its)
    }
  }

  /** From now on it is known what changed since streams were told at slower rates. */
  keepSince(): void {
    if (this.since !== undefined) return
    this.since = new Since(this.x.length, this.kinds)
  }

  /** Clients were told: forgets the tick's changes and lets places of the dead be used again. */
  endTick(): void {
    const { flags, changed } = this
    for (let index = 0; index < this.#touchedCount; index += 1) {
      const at = this.#touched[index] as number
      flags[at] = (flags[at] as number) & ~(touchedFlag | enteredFlag)
      changed[at] = 0
    }
    this.#touchedCount = 0
    for (const handle of this.#dead) this.#bury(handle)
    this.#dead.length = 0
    this.tiles.endTick()
    this.streams.endTick()
  }

  /** Puts the entity into the stream of its layer on the tile. */
  #enter(at: number, tile: number): void {
    const layer = this.layer[at] as number
    let stream = tile
    if (layer !== publicLayer) {
      const { streams } = this
      stream = streams.at(this.layers.of(layer).wide ? streams.everywhere : tile, layer)
      this.#stand(at, none, tile)
    }
    this.tile[at] = tile
    this.stream[at] = stream
    this.slot[at] = this.tiles.enter(stream, at)
  }

  #leave(at: number, known: boolean, moved: boolean): void {
    this.tiles.leave(this.stream[at] as number, this.slot[at] as number, known, moved)
    if (this.layer[at] !== publicLayer) this.#stand(at, this.tile[at] as number, none)
  }

  #stand(at: number, from: number, to: number): void {
    this.layered ??= new Standing(this.tiles.count)
    this.layered.move(at, from, to)
  }

  #unsave(tile: number): void {
    this.unsaved.add(this.regions.ofTile[tile] as number)
  }

  #bury(handle: Handle): void {
    const at = handle[place]
    const kind = this.kinds[this.kind[at] as number] as KindTable
    kind.freeRows.push(handle[row])
    this.#free.push(at)
    this.flags[at] = 0
    handle[place] = none
  }

  #moved(at: number): void {
    this.#touch(at)
    if (this.#tileOf(at) === this.tile[at]) return
    const flags = this.flags[at] as number
    if ((flags & strayFlag) !== 0) return
    this.flags[at] = flags | strayFlag
    if (this.#strayCount === this.#strays.length) {
      this.#strays = grown(this.#strays, this.#strayCount * 2)
    }
    this.#strays[this.#strayCount++] = at
  }

  #touch(at: number): void {
    const flags = this.flags[at] as number
    if ((flags & touchedFlag) !== 0) return
    this.flags[at] = flags | touchedFlag
    if (this.#touchedCount === this.#touched.length) {
      this.#touched = grown(this.#touched, this.#touchedCount * 2)
    }
    this.#touched[this.#touchedCount++] = at
  }

  #tileOf(at: number): number {
    const { edge, columns, rows } = this.layout.grid
    const tileRow = clampedTile(this.y[at] as number, edge, rows)
    return tileRow * columns + clampedTile(this.x[at] as number, edge, columns)
  }

  #takeId(): number {
    let id = this.nextId
    while (id === 0 || this.#placeById.has(id)) id = id >= entityIdMax ? 1 : id + 1
    this.nextId = id >= entityIdMax ? 1 : id + 1
    return id
  }

  #takePlace(): number {
    const free = this.#free.pop()
    if (free !== undefined) return free
    if (this.#used === this.x.length) this.#grow(Math.max(256, this.#used * 2))
    return this.#used++
  }

  #grow(length: number): void {
    this.x = grown(this.x, length)
    this.y = grown(this.y, length)
    this.id = grown(this.id, length)
    this.kind = grown(this.kind, length)
    this.row = grown(this.row, length)
    this.tile = grown(this.tile, length)
    this.layer = grown(this.layer, length)
    this.since?.grow(length)
    this.stream = grown(this.stream, length)
    this.slot = grown(this.slot, length)
    this.flags = grown(this.flags, length)
    this.stepX = grown(this.stepX, length)
    this.stepY = grown(this.stepY, length)
    this.movedX = grown(this.movedX, length)
    this.movedY = grown(this.movedY, length)
    this.changed = grown(this.changed, length)
    this.nextChanged = grown(this.nextChanged, length)
  }
}
