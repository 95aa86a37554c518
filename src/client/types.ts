import type { ErrorCode, RealmError } from '../errors/index.ts'
import type {
  ActorFace,
  CallFace,
  DesyncReport,
  Faced,
  GameFace,
  Manifest,
  RoomFace,
  ServiceFace,
  UnseenReason,
  WorldFace,
} from '../protocol/index.ts'
import type { Mirrored } from '../schema/index.ts'
import type { Off } from './emitter.ts'
import type { Status } from './session-parts.ts'
import type { Traffic } from './traffic.ts'

/** The face of a game: `FaceOf<typeof game>`. */
export type FaceOf<G> = G extends Faced<infer F> ? Extract<F, GameFace> : never

/** Whether `{}` would do. */
type AllOptional<T> = Record<never, never> extends T ? true : false
/** An argument that may be left out where it has no required fields. */
type Input<T> = AllOptional<T> extends true ? [input?: T] : [input: T]

export interface CallOptions {
  /** How long to wait for the answer, ms. Default: `requestTimeoutMs` of `connect`. */
  readonly timeoutMs?: number
}

/** The calls of a service or actor. */
export type Calls<C extends Record<string, CallFace>> = {
  readonly [N in keyof C]: AllOptional<C[N]['input']> extends true
    ? (input?: C[N]['input'], options?: CallOptions) => Promise<C[N]['output']>
    : (input: C[N]['input'], options?: CallOptions) => Promise<C[N]['output']>
}

/**
 * The commands of a room or world. A command has no answer; what is refused arrives at `onError`.
 */
export type Commands<C extends Record<string, object>> = {
  readonly [N in keyof C]: (...input: Input<C[N]>) => void
}

/** Listens to an event. */
export type On<E extends Record<string, object>> = <N extends keyof E & string>(
  event: N,
  listener: (payload: E[N]) => void,
) => Off

/** Why a channel ended: the code of an error, perhaps of a newer server. */
export type LeftCode = ErrorCode | (string & Record<never, never>)

/** What all joined things have in common. */
interface Joint<E extends Record<string, object>> {
  readonly on: On<E>
  /** Called when the server ended it, when it was gone after a reconnection, or with the realm. */
  onLeft(listener: (code: LeftCode) => void): Off
  /**
   * Called with what the server refused of what was sent; without a listener, `realm.onError` is.
   */
  onError(listener: (error: RealmError) => void): Off
  /** Leaves on purpose; `onLeft` is not called. */
  leave(): void
}

/**
 * A room this client is in. It stays the same object over reconnections and restarts of the
 * server.
 */
export interface JoinedRoom<F extends RoomFace> extends Joint<F['events']> {
  readonly id: string
  readonly state: Mirrored<F['state']>
  readonly send: Commands<F['commands']>
}

export interface RoomListing {
  readonly id: string
  readonly players: number
  readonly maxPlayers: number
}

export interface Rooms<F extends RoomFace> {
  /** Enters an open room, or a new one where there is none. */
  joinOrCreate(...options: Input<F['options']>): Promise<JoinedRoom<F>>
  create(...options: Input<F['options']>): Promise<JoinedRoom<F>>
  /** Enters the room with this id. */
  join(id: string, ...options: Input<F['options']>): Promise<JoinedRoom<F>>
  /** Open rooms, fullest first. */
  list(): Promise<RoomListing[]>
}

/** An actor this client watches. */
export interface WatchedActor<F extends ActorFace> extends Joint<F['events']> {
  readonly key: string
  readonly state: Mirrored<F['state']>
}

export interface Actors<F extends ActorFace> {
  /** Calls to the player's own actor: the one whose key is the player's id. */
  readonly call: Calls<F['calls']>
  /** Calls to the actor with this key. */
  at(key: string): { readonly call: Calls<F['calls']> }
  /** Follows the state and events of an actor; of the player's own where no key is given. */
  readonly watch: [F['state']] extends [never] ? never : (key?: string) => Promise<WatchedActor<F>>
}

/** Entities of a world by kind: `{ id, kind: 'Wolf', x, y, fields: { hp } }`. */
export type Seen<F extends WorldFace> = {
  [K in keyof F['entities'] & string]: {
    readonly id: number
    readonly kind: K
    readonly x: number
    readonly y: number
    readonly fields: Readonly<F['entities'][K]>
  }
}[keyof F['entities'] & string]

/** The fields of the kind players are; of any kind where the face does not say which. */
type AvatarFields<F extends WorldFace> = F extends { avatar: infer K extends string }
  ? K extends keyof F['entities']
    ? F['entities'][K]
    : object
  : F['entities'][keyof F['entities']]

/** What a prediction works on: the avatar's position and fields. */
export type AvatarState<F extends WorldFace> = { x: number; y: number } & AvatarFields<F>

export interface PredictOptions<F extends WorldFace, N extends keyof F['commands']> {
  /** The command that carries the input. */
  readonly command: N
  /**
   * Does to `state` what the server's handler and step do to the avatar in one tick.
   * @param dt length of a tick, seconds
   */
  apply(state: AvatarState<F>, input: F['commands'][N], dt: number): void
  /** Time in which corrections fade, ms. Default 100. */
  readonly smoothMs?: number
}

/** The prediction of the player's own entity; `view` and `sample` show it. */
export interface Prediction<F extends WorldFace, N extends keyof F['commands']> {
  /** The newest prediction, unsmoothed; undefined while there is no avatar. */
  readonly state: AvatarState<F> | undefined
  /** Inputs the server has not acknowledged yet. */
  readonly pending: number
  /**
   * How far the last frame's word and the prediction were apart; 0 where `apply` does what the
   * server does.
   */
  readonly error: number
  /** Applies the input at once and sends it. Does nothing while the connection is away. */
  send(input: F['commands'][N]): void
}

/**
 * A world this client is in. It stays the same object over reconnections and restarts of the
 * server.
 */
export interface JoinedWorld<F extends WorldFace> extends Joint<F['events']> {
  /** Which of the worlds of this definition it is. */
  readonly line: string
  /** Id of the player's own entity; 0 while there is none. */
  readonly me: number
  /** Everything in view as the newest frame told, by id. */
  readonly entities: ReadonlyMap<number, Seen<F>>
  readonly send: Commands<F['commands']>
  /** Steps longer than this are shown as jumps. Default: a quarter of the view radius. */
  snapDistance: number
  /** How far behind the newest frames `view` is, ms: 50…500, following the network's jitter. */
  readonly delayMs: number
  /** How fast the world's time passes: 1, down to ¼ where the server has too much to do. */
  readonly pace: number
  /** What hides the network's delay. All of it is on; switched off, one feels what it does. */
  readonly feel: {
    /** `view` goes evenly from frame to frame; otherwise it jumps to the newest. */
    interpolation: boolean
    /** The own entity is shown where `predict` has it; otherwise where the server had it. */
    prediction: boolean
    /** Commands tell the server which moment the player saw, for `world.seenBy`. */
    compensation: boolean
  }
  /** Called for everything that is in view now, at once, and for all that comes. */
  onAdd(listener: (entity: Seen<F>) => void): Off
  onChange(listener: (entity: Seen<F>) => void): Off
  /** `gone`: it ceased to be; `hidden`: it is out of view. */
  onRemove(listener: (entity: Seen<F>, reason: UnseenReason) => void): Off
  /**
   * Something in view was not as the world has it: by game code that wrote into an entity, or by a
   * bug. It is mended already, and the server knows. Without a listener, `realm.onError` is told.
   */
  onDesync(listener: (report: DesyncReport) => void): Off
  /**
   * Everything in view as it is to be drawn now: positions and angles between two frames, the
   * player's own entity predicted. The array and its objects are reused by the next call.
   * @param nowMs the time stamp of `requestAnimationFrame`; default: now
   */
  view(nowMs?: number): readonly Seen<F>[]
  /** One entity as it is to be drawn now. */
  sample(entity: Seen<F> | number, nowMs?: number): Seen<F> | undefined
  predict<N extends keyof F['commands'] & string>(options: PredictOptions<F, N>): Prediction<F, N>
}

export interface WorldPlace {
  /** Which of the worlds of this definition; default: the one the game chooses. */
  readonly line?: string
}

export interface Worlds<F extends WorldFace> {
  readonly join: AllOptional<F['options']> extends true
    ? (place?: WorldPlace, options?: F['options']) => Promise<JoinedWorld<F>>
    : (place: WorldPlace, options: F['options']) => Promise<JoinedWorld<F>>
}

/** A connection to a game, typed by the game itself: `Realm<typeof game>`. */
export interface Realm<G> {
  readonly player: { readonly id: string; readonly name: string }
  readonly status: Status
  onStatus(listener: (status: Status) => void): Off
  /**
   * Everything that goes wrong and that no promise carries. Without a listener it is logged to the
   * console.
   */
  onError(listener: (error: RealmError) => void): Off
  /** Median round trip of the last pings, ms. */
  readonly ping: number
  /** The server's wall clock, ms since 1970. */
  serverNow(): number
  readonly traffic: Traffic
  readonly manifest: Manifest
  /** Ends the session for good. */
  close(): void
  readonly services: { readonly [N in keyof FaceOf<G>['services']]: ServiceOf<FaceOf<G>, N> }
  readonly actors: { readonly [N in keyof FaceOf<G>['actors']]: Actors<FaceOf<G>['actors'][N]> }
  readonly rooms: { readonly [N in keyof FaceOf<G>['rooms']]: Rooms<FaceOf<G>['rooms'][N]> }
  readonly worlds: { readonly [N in keyof FaceOf<G>['worlds']]: Worlds<FaceOf<G>['worlds'][N]> }
}

type ServiceOf<F extends GameFace, N extends keyof F['services']> = F['services'][N] extends {
  calls: infer C extends ServiceFace['calls']
}
  ? Calls<C>
  : never

/** A joined room of a game: `RoomOf<typeof game, 'plaza'>`. */
export type RoomOf<G, N extends keyof FaceOf<G>['rooms']> = JoinedRoom<FaceOf<G>['rooms'][N]>
/** A joined world of a game: `WorldOf<typeof game, 'frontier'>`. */
export type WorldOf<G, N extends keyof FaceOf<G>['worlds']> = JoinedWorld<FaceOf<G>['worlds'][N]>
