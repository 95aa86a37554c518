import type {
  ActorHandle,
  ActorSender,
  Command,
  DirectLedger,
  EventShapes,
  Player,
} from '../actor/index.ts'
import type { Log, Timer } from '../ports/index.ts'
import type { Fields, InferFields } from '../schema/index.ts'
import type {
  AnyEntity,
  Body,
  EntityIn,
  EntityKind,
  EntityKinds,
  NameOf,
  Spawn,
  VisibleFields,
} from './entity.ts'
import type { WorldQueries } from './queries/index.ts'
import type { Past } from './rewind-past.ts'
import type { WorldSight } from './sight.ts'
import type { WorldStats } from './stats.ts'

/**
 * What everyone sees of a world, and its limits. Lengths are in the game's own unit, say metres.
 */
export interface WorldShape<
  E extends EntityKinds,
  A extends EntityKind,
  Ev extends EventShapes,
  O extends Fields,
> {
  readonly size: { readonly width: number; readonly height: number }
  /** How far a player sees around the avatar. */
  readonly viewRadius: number
  /** Ticks per second, 1–128. Default 20. */
  readonly tickHz?: number
  /** Edge of a square tile. Default: half of the view radius. */
  readonly tileEdge?: number
  /**
   * Step to which clients see positions. Default: the power of two from 1/4096 of the view radius
   * on, with which whatever moves less than 1/32 of the radius in a tick takes two bytes. The
   * server keeps positions exactly.
   */
  readonly precision?: number
  readonly entities: E
  /** The kind that players are; one of `entities`. */
  readonly avatar: A
  readonly events?: Ev
  /** What a client says when it joins. */
  readonly options?: O
  /**
   * Names of further worlds of this definition that clients may join as `line`, besides `main`.
   * Each begins with its first visitor. Default none.
   */
  readonly lines?: readonly string[]
  /**
   * How far back hit tests may look, in ms, 0–1000: see `World.seenBy`. It should cover the round
   * trip of most players and the delay of what they are shown, say 300–500. Costs 8 bytes per
   * entity and tick, and 4 more in ticks that are asked about. Default 0: nothing is kept.
   */
  readonly rewindMs?: number
  /**
   * How long the avatar of a player whose connection was lost is kept, in ms of real time. Default
   * 30,000.
   */
  readonly reconnectMs?: number
  /** Whether the world survives a crash, at most one second old. Default true. */
  readonly persist?: boolean
  /**
   * About how many entities a player sees at most: a view that would hold more is shrunk by whole
   * tiles, the nearest first, but never below the tile it stands in. Only what everybody sees is
   * counted, so that no view tells of those in hiding. Default 0: no cap, except where the world
   * has too much to do.
   */
  readonly viewEntitiesMax?: number
  /**
   * About how many bytes a client gets of this world each second, 1,000–10⁹: above it what is far
   * or of low priority is told of less often, at the worst 16 times as seldom, and at last the view
   * shrinks. Who comes and goes is told at once all the same. Default: what the gate allows, which
   * is 256 KiB.
   */
  readonly clientBytesPerSecond?: number
  /**
   * Whether clients are sent, about every two seconds, what they can check by that they show what
   * the world has; what differs is reported and repaired. It takes about one byte of a hundred.
   * Default true.
   */
  readonly desyncCheck?: boolean | { readonly everyMs: number }
  /** Entities at a time, 1–131,072. Default 65,536. */
  readonly entitiesMax?: number
}

/** A world as its handlers see it. Helper functions take `World<{ Player: typeof Player, … }>`. */
export interface World<
  E extends EntityKinds,
  Me extends Body = AnyEntity<E>,
  Ev extends EventShapes = Readonly<Record<never, never>>,
> extends WorldQueries<E>,
    WorldSight {
  /** Which of the worlds of this definition it is: its line or zone. */
  readonly key: string
  readonly width: number
  readonly height: number
  /** Ticks since the world was created, the present one included. */
  readonly tick: number
  /** Length of a tick in seconds. */
  readonly dt: number
  /** Seconds since the world was created, `tick · dt`: fewer than have passed if it was slowed. */
  readonly time: number
  readonly log: Log
  /** Milliseconds since 1970. */
  now(): number
  /** Uniform, 0 ≤ x < 1. */
  random(): number

  /**
   * Runs something once, `seconds` of the world's own time from now, at the beginning of a tick and
   * before `step`; 0 is the next tick. What it throws, also late, is logged and harms nobody.
   * Timers are volatile: they do not outlive a crash, a move or a new version of the game, so
   * `restore` sets them anew.
   * @throws RealmError `SCHEMA_INVALID`, `TIMERS_FULL` where there are 65,536
   */
  after(seconds: number, run: () => void): Timer
  /** As `after`, again and again, at most once per tick, until it is cancelled. */
  every(seconds: number, run: () => void): Timer

  /**
   * Puts an entity into the world. Positions outside are moved to the border.
   * @throws RealmError `SCHEMA_INVALID` for a value that does not fit, `WORLD_FULL`
   */
  spawn<K extends E[keyof E & string]>(kind: K, at: Spawn<K>): EntityIn<E, K>
  /** Takes an entity out of the world; does nothing for one that is out already. */
  despawn(entity: Body): void
  /** Whether the entity is in the world. */
  alive(entity: Body): boolean
  get(id: number): AnyEntity<E> | undefined
  /**
   * Every entity of a kind. Entities may be spawned and despawned meanwhile; new ones may not be
   * visited.
   */
  all<K extends E[keyof E & string]>(kind: K): Iterable<EntityIn<E, K>>
  is<K extends E[keyof E & string]>(entity: Body, kind: K): entity is EntityIn<E, K>

  /** Avatars of all players, also of those whose connection is lost for the moment. */
  players(): Iterable<Me>
  /** The player behind an avatar; undefined for every other entity. */
  playerOf(entity: Body): Player | undefined
  avatarOf(player: Player): Me | undefined
  /**
   * Makes `entity` the player's avatar: after its death, for another shape. The former one stays as
   * it is.
   */
  embody(player: Player, entity: Me): void
  /**
   * The world as a player saw it who sent the command that is handled now; later on, as that player
   * sees it by then. For hit tests: what was hit on the screen is hit (lag compensation). At most
   * `rewindMs` ago; the present for whoever says nothing, for what is no player, and without
   * `rewindMs`.
   */
  seenBy(target: Player | Body): Past<E>
  /** Removes a player at once; `leave` is called. */
  kick(target: Player | Body): void

  /** Sends an event to one player: reliable, in order. Nothing happens where there is no player. */
  tell<N extends keyof Ev & string>(
    target: Player | Body,
    event: N,
    payload: InferFields<Ev[N]>,
  ): void
  /**
   * Sends an event to every player whose view covers the point; with `audience`, only to those who
   * belong to it. Who may not see an entity should not hear of it either.
   */
  emitNear<N extends keyof Ev & string>(
    x: number,
    y: number,
    event: N,
    payload: InferFields<Ev[N]>,
    audience?: string,
  ): void
  /** The typed handle of an actor: `world.actor(hero, 'ada').levelUp({ … })`. */
  actor<D extends object>(definition: D, key: string): ActorHandle<D>
  /**
   * Transfers, each at once and on its own: events told after one leave only when it is durable;
   * what entities look like does not wait for it, so await it before it may be seen. After a crash
   * the world may be up to a second older than what it has paid, so what must happen once gets an
   * `id`.
   */
  readonly ledger: DirectLedger
  /** The same to send it what needs no answer; it may be lost where its node dies. */
  send<D extends object>(definition: D, key: string): ActorSender<D>
  stats(): WorldStats
}

/**
 * What a world does. All of it runs one after another; what a handler changed before it threw stays
 * changed. The sender of a command learns what its handler throws, also after an `await`: a world
 * waits for no command, so others may have been run by then.
 */
export interface WorldHandlers<
  E extends EntityKinds,
  A extends EntityKind,
  Ev extends EventShapes,
  O extends Fields,
  C,
> {
  /** The first time ever; not when the world comes back from the store. */
  readonly create?: (world: World<E, EntityIn<E, A>, Ev>) => void | Promise<void>
  /**
   * When the world came back: from the store, from another node, or into a new version of the game.
   */
  readonly restore?: (world: World<E, EntityIn<E, A>, Ev>) => void | Promise<void>
  /**
   * Returns the avatar. Not called for a player whose avatar is still in the world: that player
   * takes it over. Throw `refuse('why')` to keep the player out. An async handler holds up
   * everybody's commands.
   */
  readonly join: (
    world: World<E, EntityIn<E, A>, Ev>,
    player: Player,
    options: InferFields<O>,
  ) => EntityIn<E, A> | Promise<EntityIn<E, A>>
  /** The player left, or did not come back in time. Default: the avatar is despawned. */
  readonly leave?: (world: World<E, EntityIn<E, A>, Ev>, me: EntityIn<E, A>) => void
  /** A player's connection was lost, or is back. */
  readonly connection?: (
    world: World<E, EntityIn<E, A>, Ev>,
    me: EntityIn<E, A>,
    connected: boolean,
  ) => void
  /** Once per tick, after the commands; `dt` is the same every time. */
  readonly step?: (world: World<E, EntityIn<E, A>, Ev>, dt: number) => void
  readonly commands?: C
}

export type CommandTable<Self, Me> = Readonly<Record<string, Command<Self, Me, Fields>>>

/** What a client sees of a world, as types. */
export interface WorldFaceOf<
  E extends EntityKinds,
  A extends EntityKind,
  Ev extends EventShapes,
  O extends Fields,
  C,
> {
  avatar: NameOf<E, A>
  entities: { [N in keyof E & string]: VisibleFields<E[N]['fields']> }
  events: { [N in keyof Ev & string]: InferFields<Ev[N]> }
  commands: {
    [N in keyof C & string]: C[N] extends Command<never, never, infer F> ? InferFields<F> : never
  }
  options: InferFields<O>
}
