import type { Address } from '../cluster/index.ts'
import type {
  ActorFace,
  Faced,
  Manifest,
  RoomFace,
  ServiceFace,
  WorldFace,
} from '../protocol/index.ts'
import type { ActivationContext, Behaviour, Player } from './behaviour.ts'
import type { Block } from './block.ts'
import type { GameScope } from './scope.ts'

type ServiceBlock = Block & { readonly kind: 'service' } & Faced<ServiceFace>
type ActorBlock = Block & { readonly kind: 'actor' } & Faced<ActorFace>
type RoomBlock = Block & { readonly kind: 'room' } & Faced<RoomFace>
type WorldBlock = Block & { readonly kind: 'world' } & Faced<WorldFace>

/** The browser side of a game. */
export interface WebSpec {
  readonly folder: URL | string
  /** Names of npm packages served at `/@npm/NAME/…`. Default none. */
  readonly packages?: readonly string[]
}

/** What a game is made of. Names match /^[a-z][a-zA-Z0-9]{0,31}$/. */
export interface GameSpec {
  /** Default 'game'. */
  readonly name?: string
  readonly services?: Readonly<Record<string, ServiceBlock>>
  readonly actors?: Readonly<Record<string, ActorBlock>>
  readonly rooms?: Readonly<Record<string, RoomBlock>>
  readonly worlds?: Readonly<Record<string, WorldBlock>>
  /**
   * Folder with the browser game, served beside the socket; with npm packages its pages may load.
   */
  readonly web?: URL | string | WebSpec
  /** Turns the credentials a client sent into a player; without it, everyone is a guest. */
  readonly login?: (scope: GameScope, credentials: unknown) => Player | Promise<Player>
}

type FaceIn<T> = T extends Faced<infer F> ? (F extends object ? F : never) : never
type FacesOf<T> =
  T extends Readonly<Record<string, unknown>>
    ? { [K in keyof T]: FaceIn<T[K]> }
    : Record<never, never>

/** What a client sees of the game; `connect<typeof game>()` reads it. */
export interface GameFaceOf<S extends GameSpec> {
  services: FacesOf<S['services']>
  actors: FacesOf<S['actors']>
  rooms: FacesOf<S['rooms']>
  worlds: FacesOf<S['worlds']>
}

export interface GameDefinition<S extends GameSpec = GameSpec> extends Faced<GameFaceOf<S>> {
  readonly spec: S
}

/** Declares a game. It is checked when it is loaded (`realmkit dev`, `startRealm`). */
export function defineGame<const S extends GameSpec>(spec: S): GameDefinition<S> {
  return { spec }
}

/** One block at its place in the game. */
export interface GameBlock {
  /** The `block` number of the protocol. */
  readonly number: number
  readonly name: string
  readonly block: Block
}

export type Behave = (context: ActivationContext, scope: GameScope) => Behaviour

/** What runs at an address, and the edition of the game that it is from. */
export interface Code {
  readonly game: Game
  readonly behave: Behave
}

/** A game that was checked and numbered. Made by `loadGame`. */
export interface Game {
  readonly name: string
  /** By block number. */
  readonly blocks: readonly GameBlock[]
  readonly manifest: Manifest
  /** The manifest as JSON in UTF-8. */
  readonly manifestBytes: Uint8Array
  /** 16 hex digits; the same for equal manifests. */
  readonly manifestHash: string
  readonly web: Required<WebSpec> | undefined
  readonly login: GameSpec['login']
  find(kind: Block['kind'], name: string): GameBlock | undefined
  /** The place of a definition, found by identity. */
  placeOf(definition: object): GameBlock | undefined
  /** What is behind an address; undefined where the game has no such thing. */
  behaviourAt(address: Address): Behave | undefined
}
