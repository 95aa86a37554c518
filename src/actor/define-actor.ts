import type { BlockDescriptor, Faced } from '../protocol/index.ts'
import {
  type Fields,
  type InferFields,
  publicDescriptor,
  type RecordType,
  record,
  schemaHash,
  sealBlob,
  type TypeDescriptor,
  type VisibleFields,
} from '../schema/index.ts'
import { actorBehaviour } from './actor-behaviour.ts'
import type { ActorSelf } from './actor-self.ts'
import type { Access, Block } from './block.ts'
import type { Call } from './call.ts'
import { payloadPlan, type ReminderPlan } from './reminder-payload.ts'
import type { Firing } from './reminders.ts'
import type { Callable } from './scope.ts'
import type { EventShapes, EventsOf, OnlyKnown, RemindersOf } from './shape.ts'

type Migration = Readonly<Record<number, (old: never) => unknown>>

/** What an actor is: the state it keeps, and what its watchers see. */
export interface ActorShape<
  S extends Fields,
  E extends EventShapes,
  W extends Access,
  R extends EventShapes = EventShapes,
> {
  /** Durable state; hide fields from watchers with `serverOnly`. */
  readonly state: S
  /** What `self.emit` may send to watchers. */
  readonly events?: E
  /** What `self.remind` may be asked for, with the fields of its payload. */
  readonly reminders?: R
  /** Who may watch: `owner`, `anyone`, or `server` = nobody (default). */
  readonly watch?: W
  /** Version of `state`; raise it together with a step in `migrate`. Default 1. */
  readonly version?: number
  /** `migrate[n]` turns a state of version n into one of version n + 1. */
  readonly migrate?: Migration
}

type CallTable<Self> = Readonly<Record<string, Call<Self, Fields, Fields>>>

/** What an actor does. Handlers run one after another, also async ones. */
export interface ActorHandlers<S extends Fields, E extends EventShapes, R extends EventShapes, C> {
  /** At every activation: sets up what a fresh actor has; changes are kept. */
  readonly start?: (self: ActorSelf<S, E, R>) => void | Promise<void>
  readonly calls: C
  /**
   * What happens when a reminder of the shape is due: a transaction like a call, which also removes
   * the reminder or sets it for its next time. Where it throws, it is tried again later.
   */
  readonly reminders?: {
    readonly [K in keyof R]: (
      self: ActorSelf<S, E, R>,
      payload: InferFields<R[K]>,
      firing: Firing,
    ) => void | Promise<void>
  }
}

type Reachable<C> = {
  [K in keyof C as C[K] extends { readonly from: 'owner' | 'anyone' } ? K : never]: C[K] extends {
    readonly input: RecordType<infer I>
    readonly output: RecordType<infer O>
  }
    ? { input: InferFields<I>; output: InferFields<O> }
    : never
}

/** What a client sees of an actor, as types. */
export interface ActorFaceOf<S extends Fields, E extends EventShapes, W extends Access, C> {
  calls: Reachable<C>
  state: [W] extends ['server'] ? never : VisibleFields<S>
  events: { [K in keyof E]: InferFields<E[K]> }
}

export interface ActorDefinition<S extends Fields, E extends EventShapes, W extends Access, C>
  extends Block,
    Faced<ActorFaceOf<S, E, W, C>>,
    Callable<C> {
  readonly kind: 'actor'
}

/** A definition with everything defaulted, as the behaviour uses it. */
export interface ActorPlan {
  readonly state: RecordType
  readonly descriptor: TypeDescriptor
  /** `schemaHash` of the descriptor. */
  readonly hash: string
  readonly events: readonly { readonly name: string; readonly payload: RecordType }[]
  readonly reminders: readonly ReminderPlan[]
  readonly calls: readonly { readonly name: string; readonly call: Call<unknown, Fields, Fields> }[]
  readonly access: readonly Access[]
  readonly watch: Access
  readonly version: number
  /** What the state of this version begins with where it is stored. */
  readonly seal: Uint8Array
  readonly migrate: Migration
  readonly start: ((self: never) => void | Promise<void>) | undefined
}

type AnyShape = ActorShape<Fields, EventShapes, Access>
type WatchOf<Sh> = Sh extends { readonly watch: infer W extends Access } ? W : 'server'

/** Defines an actor: keyed, durable, active at most once in the whole cluster, on demand. */
export function defineActor<
  const Sh extends AnyShape,
  C extends CallTable<ActorSelf<Sh['state'], EventsOf<Sh>, RemindersOf<Sh>>>,
>(
  shape: OnlyKnown<Sh, AnyShape>,
  handlers: ActorHandlers<Sh['state'], EventsOf<Sh>, RemindersOf<Sh>, C>,
): ActorDefinition<Sh['state'], EventsOf<Sh>, WatchOf<Sh>, C> {
  const calls = Object.entries(handlers.calls).map(([name, call]) => ({
    name,
    call: call as unknown as Call<unknown, Fields, Fields>,
  }))
  const state = record(shape.state)
  const descriptor = state.describe()
  const { version = 1 } = shape
  const plan: ActorPlan = {
    state,
    descriptor,
    hash: schemaHash(descriptor),
    events: Object.entries(shape.events ?? {}).map(([name, fields]) => ({
      name,
      payload: record(fields),
    })),
    reminders: remindersOf(shape, handlers),
    calls,
    access: calls.map(({ call }) => call.from ?? 'server'),
    watch: shape.watch ?? 'server',
    version,
    seal: sealBlob(state, version, new Uint8Array(0)),
    migrate: shape.migrate ?? {},
    start: handlers.start as ActorPlan['start'],
  }
  const definition = {
    kind: 'actor',
    describe: () => describe(plan),
    inputs: calls.map(({ call }) => call.input),
    joinOptions: undefined,
    access: plan.access,
    watch: plan.watch,
    behave: (context, scope) => actorBehaviour(plan, context, scope),
    defaultKey: (player) => player.id,
  } as ActorDefinition<Sh['state'], EventsOf<Sh>, WatchOf<Sh>, C>
  plans.set(definition, plan)
  return definition
}

function remindersOf(
  shape: Pick<AnyShape, 'reminders'>,
  handlers: { readonly reminders?: Readonly<Record<string, unknown>> },
): ReminderPlan[] {
  return Object.entries(shape.reminders ?? {}).map(([name, fields]) => {
    return payloadPlan('reminders', name, fields, handlers.reminders?.[name])
  })
}

const plans = new WeakMap<object, ActorPlan>()

/** The plan behind an actor's definition; undefined for anything else. */
export function actorPlanOf(definition: object): ActorPlan | undefined {
  return plans.get(definition)
}

function describe(plan: ActorPlan): Omit<BlockDescriptor, 'name'> {
  return {
    kind: 'actor',
    calls: plan.calls.map(({ name, call }) => ({
      name,
      input: call.input.describe(),
      output: call.output.describe(),
    })),
    commands: [],
    events: plan.events.map(({ name, payload }) => ({ name, payload: payload.describe() })),
    ...(plan.watch === 'server' ? {} : { state: publicDescriptor(plan.descriptor) }),
  }
}
