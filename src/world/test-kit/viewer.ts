import type { OpenedStream, StreamParts, TileBatch } from '../../actor/index.ts'
import {
  checksumPartBytes,
  type DesyncReport,
  droppedPartBytes,
  proofPartBytes,
  type SeenEntity,
  TileStream,
  type TileStreamDescriptor,
  tilePart,
  tilePartBytes,
} from '../../protocol/index.ts'
import { Reader, Writer } from '../../schema/index.ts'
import type { Harness } from './harness.ts'

/**
 * A gate with one client behind it: it forwards what it gets of the streams that are for the client
 * and decodes it.
 */
export class Viewer {
  readonly gate: string
  readonly events: string[] = []
  bytes = 0
  readonly stream: TileStream
  readonly #harness: Harness
  /** Whose audiences count; undefined is in none. */
  readonly #session: string | undefined
  readonly #everywhere: number
  readonly #columns: number
  readonly #tiles = new Set<number>()
  /** Further streams that the gate was told of, and those of them that are for this client. */
  readonly #known = new Map<number, OpenedStream>()
  readonly #held = new Set<number>()
  /** How many ticks apart the client is to be told of changes: 1, 4 or 16. */
  rate = 1
  /** What that is by stream, where it is not 1: changes after a flush at the slower of the two. */
  readonly #rates = new Map<number, number>()
  /** Streams that wait for a keyframe. */
  readonly #fresh = new Set<number>()
  #audiences: ReadonlySet<number> = new Set()
  #dropped: number[] = []
  /** Streams of which the client asks for a proof. */
  readonly #proving = new Set<number>()
  readonly reports: DesyncReport[] = []
  /** Checks that came, and those that failed. */
  checks = 0
  suspected = 0
  #read = 0

  constructor(harness: Harness, gate: string, descriptor: TileStreamDescriptor, session?: string) {
    this.#harness = harness
    this.gate = gate
    this.#session = session
    const { width, height, tileEdge } = descriptor
    this.#columns = Math.ceil(width / tileEdge)
    this.#everywhere = this.#columns * Math.ceil(height / tileEdge)
    this.stream = new TileStream(descriptor, {
      added: ({ id }) => void this.events.push(`added ${id}`),
      changed: ({ id }) => void this.events.push(`changed ${id}`),
      removed: ({ id }, reason) => void this.events.push(`removed ${id} ${reason}`),
      suspect: (stream) => {
        this.suspected += 1
        this.#proving.add(stream)
      },
      desync: (report) => void this.reports.push(report),
    })
  }

  get entities(): ReadonlyMap<number, SeenEntity> {
    return this.stream.entities
  }

  has(tile: number): boolean {
    return this.#tiles.has(tile)
  }

  /** What the client is sent of: tiles, and further streams by what they are. */
  get streams(): readonly OpenedStream[] {
    return [...this.#held].map((stream) => this.#known.get(stream) as OpenedStream)
  }

  watch(add: Iterable<number>, drop: Iterable<number> = []): void {
    const subscribe = [...add].filter((tile) => !this.#tiles.has(tile))
    const unsubscribe = [...drop].filter((tile) => this.#tiles.has(tile))
    for (const tile of subscribe) {
      this.#tiles.add(tile)
      this.#fresh.add(tile)
    }
    for (const tile of unsubscribe) {
      this.#tiles.delete(tile)
      if (!this.#fresh.delete(tile)) this.#dropped.push(tile)
    }
    for (const { stream, tile } of [...this.#known.values()]) {
      const gone = tile === this.#everywhere ? this.#tiles.size === 0 : !this.#tiles.has(tile)
      if (gone) this.#forget(stream)
    }
    this.#ask(subscribe, unsubscribe, subscribe)
  }

  #ask(subscribe: number[], unsubscribe: number[], keyframes: number[]): void {
    const { gate } = this
    const { world } = this.#harness
    const slow = this.rate > 1 || this.#rates.size > 0
    void world.receive({ op: 'tiles', gate, subscribe, unsubscribe, keyframes, slow })
  }

  #forget(stream: number): void {
    this.#known.delete(stream)
    this.#drop(stream)
  }

  #drop(stream: number): void {
    if (this.#held.delete(stream) && !this.#fresh.delete(stream)) this.#dropped.push(stream)
  }

  /** As a gate does: what is not for the client is dropped before anything of the tick is sent. */
  #learn({ opened, closed, views }: TileBatch): void {
    for (const stream of closed) this.#forget(stream)
    for (const one of opened) {
      const isThere = one.tile === this.#everywhere || this.#tiles.has(one.tile)
      if (!isThere) continue
      this.#drop(one.stream)
      this.#known.set(one.stream, one)
      if (!this.#mayHold(one)) continue
      this.#held.add(one.stream)
      this.#fresh.add(one.stream)
    }
    const mine = views.filter(({ session }) => session === this.#session).at(-1)?.audiences
    if (mine === undefined) return
    this.#audiences = new Set(mine)
    for (const one of this.#known.values()) {
      if (!this.#mayHold(one)) this.#drop(one.stream)
      else if (!this.#held.has(one.stream)) {
        this.#held.add(one.stream)
        this.#fresh.add(one.stream)
        this.#ask([], [], [one.stream])
      }
    }
  }

  #changeRates(tick: number): void {
    for (const stream of [...this.#tiles, ...this.#held]) {
      const former = this.#rates.get(stream) ?? 1
      const at = this.#known.get(stream)?.tile ?? stream
      const row = at === this.#everywhere ? 0 : Math.floor(at / this.#columns)
      const slower = Math.max(former, this.rate)
      if (former !== this.rate && tick % slower === row % slower) this.#rates.set(stream, this.rate)
    }
  }

  #mayHold({ audience }: OpenedStream): boolean {
    return audience === 0 || this.#audiences.has(audience)
  }

  /** Decodes what was published since the last call, one frame per tick. */
  receive(): void {
    const batches = this.#harness.batches.get(this.gate) ?? []
    for (; this.#read < batches.length; this.#read += 1)
      this.#frame(batches[this.#read] as TileBatch)
  }

  #frame(batch: TileBatch): void {
    this.#learn(batch)
    const writer = new Writer()
    for (const stream of this.#dropped) writer.raw(droppedPartBytes(stream))
    this.#dropped = []
    const holds = (stream: number): boolean => this.#tiles.has(stream) || this.#held.has(stream)
    const byRate = [batch.deltas, batch.slow, batch.crawl]
    for (const [index, parts] of byRate.entries()) {
      for (const [stream, bytes] of bodiesOf(parts)) {
        const its = (this.#rates.get(stream) ?? 1) === 4 ** index
        if (!holds(stream) || this.#fresh.has(stream) || !its) continue
        writer.raw(tilePartBytes(stream, tilePart.delta, bytes))
      }
    }
    for (const [stream, bytes] of bodiesOf(batch.keyframes)) {
      if (holds(stream) && this.#proving.delete(stream)) writer.raw(proofPartBytes(stream, bytes))
      else if (holds(stream) && this.#fresh.delete(stream)) {
        writer.raw(tilePartBytes(stream, tilePart.keyframe, bytes))
      }
    }
    for (const [index, stream] of batch.checksums.streams.entries()) {
      if (!holds(stream) || this.#fresh.has(stream)) continue
      this.checks += 1
      writer.raw(checksumPartBytes(stream, batch.checksums.sums[index] as number))
    }
    if (batch.rates) this.#changeRates(batch.tick)
    this.bytes += writer.length
    this.stream.apply(new Reader(writer.finish()), batch.tick)
    if (this.#proving.size > 0) this.#ask([], [], [...this.#proving])
  }
}

/** Stream and body of each of the parts. */
export function bodiesOf({ streams, starts, ends, bytes }: StreamParts): [number, Uint8Array][] {
  return Array.from(streams, (stream, index) => [
    stream,
    bytes.subarray(starts[index], ends[index]),
  ])
}
