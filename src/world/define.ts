import type { Block, EventShapes, EventsOf, OnlyKnown, OptionsOf, Player } from '../actor/index.ts'
import type { BlockDescriptor, Faced } from '../protocol/index.ts'
import { type Fields, record } from '../schema/index.ts'
import type { EntityIn, EntityKind, EntityKinds } from './entity.ts'
import { type AnyHandlers, type AnyShape, mainLine, planOf, type WorldPlan } from './plan.ts'
import type { CommandTable, World, WorldFaceOf, WorldHandlers } from './shape.ts'
import { WorldBehaviour } from './world.ts'

/** A world as `defineGame` takes it; clients infer their types from it. */
export interface WorldDefinition<
  E extends EntityKinds,
  A extends EntityKind,
  Ev extends EventShapes,
  O extends Fields,
  C,
> extends Block,
    Faced<WorldFaceOf<E, A, Ev, O, C>> {
  readonly kind: 'world'
  readonly behave: NonNullable<Block['behave']>
}

type WorldOf<Sh extends AnyShape> = World<Sh['entities'], AvatarOf<Sh>, EventsOf<Sh>>
type AvatarOf<Sh extends AnyShape> = EntityIn<Sh['entities'], Sh['avatar']>

/**
 * Defines a world: its shape, which becomes the client's types, and what it does.
 * @throws RealmError `GAME_INVALID`, `SCHEMA_INVALID` for a definition that cannot work
 */
export function defineWorld<
  Sh extends AnyShape,
  C extends CommandTable<WorldOf<Sh>, AvatarOf<Sh>> = Record<never, never>,
>(
  shape: OnlyKnown<Sh, AnyShape>,
  handlers: WorldHandlers<Sh['entities'], Sh['avatar'], EventsOf<Sh>, OptionsOf<Sh>, C>,
): WorldDefinition<Sh['entities'], Sh['avatar'], EventsOf<Sh>, OptionsOf<Sh>, C> {
  const plan = planOf(shape as AnyShape, handlers as unknown as AnyHandlers)
  return {
    kind: 'world',
    describe: () => describe(plan),
    inputs: plan.commands.map(({ command }) => command.type),
    joinOptions: plan.options,
    access: [],
    watch: 'anyone',
    behave: (context, scope) => new WorldBehaviour(plan, context, scope),
    // A world is one for all, unless the game has further lines.
    defaultKey: (_player: Player) => mainLine,
    // A world lives on and on: clients must not be able to make up any number of them.
    admitsKey: (key) => plan.lines.has(key),
  }
}

function describe(plan: WorldPlan): Omit<BlockDescriptor, 'name'> {
  return {
    kind: 'world',
    calls: [],
    commands: plan.commands.map(({ name, command }) => ({
      name,
      input: record(command.input).describe(),
      reliable: command.reliable,
    })),
    events: plan.events.map(({ name, payload }) => ({ name, payload: payload.describe() })),
    options: plan.options.describe(),
    world: plan.descriptor,
  }
}
