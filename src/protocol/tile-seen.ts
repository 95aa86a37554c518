import type { DesyncReport, Told } from './tile-desync.ts'
import type { KindCodec } from './tile-kinds.ts'

/** An entity as a client sees it. The stream changes it in place; everybody else only reads. */
export interface SeenEntity {
  readonly id: number
  readonly kind: string
  x: number
  y: number
  readonly fields: Record<string, unknown>
}

/** Why an entity is no longer seen: it ceased to be, or it is where this client does not look. */
export type UnseenReason = 'gone' | 'hidden'

/**
 * What a stream tells while it decodes. An entity that crosses tiles within view is `changed`,
 * never removed.
 */
export interface TileStreamSink {
  added(entity: SeenEntity): void
  /** `fields` has bit n set where the kind's field n may have changed. */
  changed(entity: SeenEntity, moved: boolean, fields: number): void
  removed(entity: SeenEntity, reason: UnseenReason): void
  /**
   * The world has something else in the stream: it is to be asked for a proof (the client message
   * `desync`). Called again with each check that fails meanwhile. Streams are checked only where
   * this is given.
   */
  suspect?(stream: number): void
  /** The proof came, and was taken over. */
  desync?(report: DesyncReport): void
}

/**
 * An entity with its place in the streams; `home` is undefined between leaving one and entering
 * the next.
 */
export interface Entry {
  readonly seen: SeenEntity
  readonly kind: KindCodec
  home: Stream | undefined
  slot: number
  stepX: number
  stepY: number
  /** The number of the delta that has added it to its stream last. */
  addedBy: number
  /** Whether the group of changes that is being read has moved it. */
  moved: boolean
  reason: UnseenReason
}

/** What the client has of one stream. */
export interface Stream {
  readonly tile: number
  /** Of the corner from which its places count. */
  readonly startX: number
  readonly startY: number
  /** Places are varints: the stream is about all of the world. */
  readonly wide: boolean
  readonly precision: number
  readonly slots: Map<number, Entry>
  /** Its entries by ascending slot; undefined where that is to be found out anew. */
  ascending: Entry[] | undefined
}

/** A stream's entries by ascending slot. */
export function ascending(stream: Stream): readonly Entry[] {
  stream.ascending ??= [...stream.slots.values()].sort((a, b) => a.slot - b.slot)
  return stream.ascending
}

export function* toldOf(stream: Stream): Generator<Told> {
  for (const { slot, kind, seen } of ascending(stream)) {
    yield { id: seen.id, slot, kind, x: seen.x, y: seen.y, fields: seen.fields }
  }
}
