/**
 * Static faces: what a client sees of a game, as types only. Definitions carry theirs in the
 * optional property `'~face'`, which never exists at run time; `connect<typeof game>()` reads it.
 * Values are inferred JS types.
 */
export interface GameFace {
  services: Record<string, ServiceFace>
  actors: Record<string, ActorFace>
  rooms: Record<string, RoomFace>
  worlds: Record<string, WorldFace>
}

export interface CallFace {
  input: object
  output: object
}

export interface ServiceFace {
  calls: Record<string, CallFace>
}

/**
 * Only what clients may use: calls of access `owner` or `anyone`, state if it may be watched (else
 * never).
 */
export interface ActorFace {
  calls: Record<string, CallFace>
  state: object
  events: Record<string, object>
}

export interface RoomFace {
  state: object
  events: Record<string, object>
  commands: Record<string, object>
  options: object
}

export interface WorldFace {
  /** Name of the kind that players are; types what clients predict. */
  avatar?: string
  /** Fields of each entity kind, without id and position. */
  entities: Record<string, object>
  events: Record<string, object>
  commands: Record<string, object>
  options: object
}

/** Something that carries a face. */
export interface Faced<F> {
  readonly '~face'?: F
}
