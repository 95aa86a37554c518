import type { TypeDescriptor } from '../schema/index.ts'

export type BlockKind = 'service' | 'actor' | 'room' | 'world'

/**
 * What a client learns of a game: everything it may call, send, see. Plain JSON, bounded by
 * `manifestBytesMax`.
 */
export interface Manifest {
  readonly game: string
  /** Position in this list is the `block` number of the protocol. */
  readonly blocks: readonly BlockDescriptor[]
}

export interface BlockDescriptor {
  readonly kind: BlockKind
  readonly name: string
  /** Calls with an answer (services, actors); position is the `method` number. */
  readonly calls: readonly CallDescriptor[]
  /** Commands without an answer (rooms, worlds); position is the `command` number. */
  readonly commands: readonly CommandDescriptor[]
  /** Position is the `event` number. */
  readonly events: readonly EventDescriptor[]
  /** A record: the join options of a room or world. */
  readonly options?: TypeDescriptor
  /** A record: the synchronised state of a room, or of an actor that may be watched. */
  readonly state?: TypeDescriptor
  readonly world?: WorldDescriptor
}

export interface CallDescriptor {
  readonly name: string
  readonly input: TypeDescriptor
  readonly output: TypeDescriptor
}

export interface CommandDescriptor {
  readonly name: string
  readonly input: TypeDescriptor
  readonly reliable: boolean
}

export interface EventDescriptor {
  readonly name: string
  readonly payload: TypeDescriptor
}

/** Geometry and content of a world; lengths in the game's own unit (say metres). */
export interface WorldDescriptor {
  /** Copies of this world that may be entered, beside `main`. */
  readonly lines?: readonly string[]
  readonly width: number
  readonly height: number
  /** Edge of a square tile. */
  readonly tileEdge: number
  readonly viewRadius: number
  /** Step of positions in tile streams; default: `defaultPrecision(viewRadius)`. */
  readonly precision?: number
  readonly tickHz: number
  /** What a client gets of it each second at most, in bytes. Default: what its gate allows. */
  readonly clientBytesPerSecond?: number
  /**
   * Commands tell what the client showed, and hit tests look at most this far back; default:
   * neither.
   */
  readonly rewindMs?: number
  /** Position is the entity kind's number in tile streams; `fields` is a record. */
  readonly entities: readonly { readonly name: string; readonly fields: TypeDescriptor }[]
}
