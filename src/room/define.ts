import {
  type ActorHandle,
  type ActorSender,
  type Block,
  type Command,
  type DirectLedger,
  type EventShapes,
  type EventsOf,
  type GameScope,
  type OnlyKnown,
  type OptionsOf,
  type Player,
  payloadPlan,
  type TimersOf,
} from '../actor/index.ts'
import type { Log } from '../ports/index.ts'
import type { BlockDescriptor, Faced } from '../protocol/index.ts'
import {
  type Fields,
  type InferFields,
  publicDescriptor,
  type RecordType,
  record,
  type VisibleFields,
} from '../schema/index.ts'
import { matchmakerBehaviour } from './matchmaker.ts'
import { roomBehaviour } from './room.ts'
import type { TimerPlan } from './timers.ts'

/** What everyone sees of a room, and its limits. */
export interface RoomShape<
  S extends Fields,
  E extends EventShapes,
  O extends Fields,
  T extends EventShapes = EventShapes,
> {
  /** Synchronised state; hide a field with `ownOnly` or `serverOnly`. */
  state: S
  events?: E
  /** What `room.schedule` may be asked for, with the fields of its payload. */
  timers?: T
  /** What a client says when it creates or joins. */
  options?: O
  /** Players at a time, 1–65,535. Default 64. */
  maxPlayers?: number
  /** Calls of `step` per second, 0–128. Default 20 where `step` is given. */
  tickHz?: number
  /** State deltas per second at the most, 1–128. Default 20. */
  syncHz?: number
  /** How long the seat of a player whose connection was lost is kept, in ms. Default 30,000. */
  reconnectMs?: number
  /** How long an empty room lives on, in ms. Default 0. */
  emptyMs?: number
  /** Whether the room survives a crash, at most one second old. Default true. */
  persist?: boolean
  /**
   * Whether it goes on at another node when its own is to stop. `false` suits what is soon over: it
   * is given time to end where it is, and moved only if that is not enough. Default true.
   */
  moves?: boolean
  /** Version of `state`; raise it together with a step in `migrate`. Default 1. */
  version?: number
  /** `migrate[n]` turns a state of version n into one of version n + 1. */
  migrate?: Record<number, (old: never) => unknown>
}

/** What a room does; all handlers run one after another and may be async. */
export interface RoomHandlers<
  S extends Fields,
  E extends EventShapes,
  O extends Fields,
  C,
  T extends EventShapes = Record<never, never>,
> {
  /** Once, before the first join; `options` are those of the player who opened the room. */
  create?: (room: Room<S, E, T>, options: InferFields<O>) => void | Promise<void>
  /** Throw `refuse('why')` to keep the player out. Not called when a player returns in time. */
  join?: (room: Room<S, E, T>, player: Player, options: InferFields<O>) => void | Promise<void>
  leave?: (room: Room<S, E, T>, player: Player) => void | Promise<void>
  /** A player's connection was lost, or is back; the seat is kept for `reconnectMs`. */
  connection?: (room: Room<S, E, T>, player: Player, connected: boolean) => void
  /** `tickHz` times a second; `dt` in seconds. */
  step?: (room: Room<S, E, T>, dt: number) => void
  close?: (room: Room<S, E, T>) => void
  /** What happens when a timer of the shape is due. It is gone by then; it may be set again. */
  timers?: { readonly [K in keyof T]: (room: Room<S, E, T>, payload: InferFields<T[K]>) => void }
  commands?: C
}

/** A room as its handlers see it. */
export interface Room<
  S extends Fields,
  E extends EventShapes,
  T extends EventShapes = Record<never, never>,
> {
  readonly id: string
  readonly state: InferFields<S>
  /** Everyone seated, also those whose connection is lost for the moment; by player id. */
  readonly players: ReadonlyMap<string, Player>
  /** Sends an event: reliable, in order. To all, or to some. */
  emit<K extends keyof E & string>(
    event: K,
    payload: InferFields<E[K]>,
    to?: Player | readonly Player[],
  ): void
  /** Removes a player at once; `leave` is called. */
  kick(player: Player): void
  /** A locked room is not found by `joinOrCreate` and takes nobody in. */
  lock(locked: boolean): void
  /** Closes the room for everyone and forgets it. */
  end(): void
  /** The typed handle of an actor: `room.actor(hero, 'ada').levelUp({ … })`. */
  actor<D extends object>(definition: D, key: string): ActorHandle<D>
  /** The same to send it what needs no answer; it may be lost where its node dies. */
  send<D extends object>(definition: D, key: string): ActorSender<D>
  /**
   * Transfers, each at once and on its own: what the room tells its players after one leaves only
   * when it is durable. After a crash the room itself may be up to a second older than what it has
   * paid, so what must happen once gets an `id`.
   */
  readonly ledger: DirectLedger
  /** Milliseconds since 1970. */
  now(): number
  /** Uniform, 0 ≤ x < 1. */
  random(): number
  /**
   * Runs `run` once after `ms`, unless the room has ended, moved, crashed or been replaced by then:
   * right for what is soon over. Else `schedule`.
   */
  after(ms: number, run: () => void): void
  /**
   * Calls the handler of that name in `timers` once after `inMs`, 0 to 100 days. Kept with the
   * state and as old as it after a crash; where the room moves, it goes along. One per name and
   * `key` (at most 64 characters, by itself ''): it replaces the one before.
   * @throws RealmError `TIMER_INVALID`, `ROOM_TIMERS_FULL` beyond 1,024
   */
  schedule<K extends keyof T & string>(
    name: K,
    inMs: number,
    payload: InferFields<T[K]>,
    key?: string,
  ): void
  /** @returns whether there was one */
  unschedule(name: keyof T & string, key?: string): boolean
  /** When it is due, in ms since 1970; undefined where none is set. */
  scheduledAt(name: keyof T & string, key?: string): number | undefined
  readonly log: Log
}

type CommandTable<Self> = Readonly<Record<string, Command<Self, Player, Fields>>>

/** What a client sees of a room, as types. */
export interface RoomFaceOf<S extends Fields, E extends EventShapes, O extends Fields, C> {
  state: VisibleFields<S>
  events: { [K in keyof E]: InferFields<E[K]> }
  commands: { [K in keyof C]: C[K] extends Command<never, never, infer F> ? InferFields<F> : never }
  options: InferFields<O>
}

export interface RoomDefinition<S extends Fields, E extends EventShapes, O extends Fields, C>
  extends Block,
    Faced<RoomFaceOf<S, E, O, C>> {
  readonly kind: 'room'
}

/** A definition with everything defaulted, as `room.ts` uses it. */
export interface RoomPlan {
  readonly state: RecordType<Fields>
  readonly options: RecordType<Fields>
  readonly events: readonly { readonly name: string; readonly payload: RecordType<Fields> }[]
  readonly commands: readonly { readonly name: string; readonly command: AnyCommand }[]
  readonly timers: readonly TimerPlan[]
  readonly handlers: RoomHandlers<Fields, EventShapes, Fields, unknown, EventShapes>
  readonly maxPlayers: number
  readonly tickHz: number
  readonly syncHz: number
  readonly reconnectMs: number
  readonly emptyMs: number
  readonly persist: boolean
  readonly moves: boolean
  readonly version: number
  readonly migrate: Record<number, (old: never) => unknown>
}

/** A room of any definition. */
export type AnyRoom = Room<Fields, EventShapes, EventShapes>

type AnyCommand = Command<AnyRoom, Player, Fields>

type AnyShape = RoomShape<Fields, EventShapes, Fields>
type RoomOf<Sh extends AnyShape> = Room<Sh['state'], EventsOf<Sh>, TimersOf<Sh>>

/** Defines a room: its shape, which becomes the client's types, and its handlers. */
export function defineRoom<
  Sh extends AnyShape,
  C extends CommandTable<RoomOf<Sh>> = Record<never, never>,
>(
  shape: OnlyKnown<Sh, AnyShape>,
  handlers: RoomHandlers<Sh['state'], EventsOf<Sh>, OptionsOf<Sh>, C, TimersOf<Sh>> = {},
): RoomDefinition<Sh['state'], EventsOf<Sh>, OptionsOf<Sh>, C> {
  const plan = planOf(shape as never, handlers as never)
  return {
    kind: 'room',
    describe: () => describe(plan),
    inputs: plan.commands.map(({ command }) => command.type),
    joinOptions: plan.options,
    access: [],
    watch: 'anyone',
    behave: (context, scope) => roomBehaviour(plan, context, scope),
    matchmaker: (context, scope: GameScope) => matchmakerBehaviour(plan.maxPlayers, context, scope),
  }
}

function planOf(
  shape: RoomShape<Fields, EventShapes, Fields>,
  handlers: RoomHandlers<Fields, EventShapes, Fields, CommandTable<never>, EventShapes>,
): RoomPlan {
  return {
    state: record(shape.state),
    options: record(shape.options ?? {}),
    events: Object.entries(shape.events ?? {}).map(([name, fields]) => ({
      name,
      payload: record(fields),
    })),
    commands: Object.entries(handlers.commands ?? {}).map(([name, command]) => ({
      name,
      command: command as unknown as AnyCommand,
    })),
    timers: Object.entries(shape.timers ?? {}).map(([name, fields]) =>
      payloadPlan('timers', name, fields, handlers.timers?.[name]),
    ),
    handlers,
    maxPlayers: shape.maxPlayers ?? 64,
    tickHz: handlers.step === undefined ? 0 : (shape.tickHz ?? 20),
    syncHz: shape.syncHz ?? 20,
    reconnectMs: shape.reconnectMs ?? 30_000,
    emptyMs: shape.emptyMs ?? 0,
    persist: shape.persist ?? true,
    moves: shape.moves ?? true,
    version: shape.version ?? 1,
    migrate: shape.migrate ?? {},
  }
}

function describe(plan: RoomPlan): Omit<BlockDescriptor, 'name'> {
  return {
    kind: 'room',
    calls: [],
    commands: plan.commands.map(({ name, command }) => ({
      name,
      input: command.type.describe(),
      reliable: command.reliable,
    })),
    events: plan.events.map(({ name, payload }) => ({ name, payload: payload.describe() })),
    options: plan.options.describe(),
    state: publicDescriptor(plan.state.describe()),
  }
}
