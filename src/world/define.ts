import type { Block, Player } from '../actor/index.ts'
import type { BlockDescriptor, Faced } from '../protocol/index.ts'
import { type Fields, record } from '../schema/index.ts'
import type { EntityIn, EntityKind, EntityKinds } from './entity.ts'
import { type AnyHandlers, type AnyShape, planOf, type WorldPlan } from './plan.ts'
import type {
  CommandTable,
  EventShapes,
  World,
  WorldFaceOf,
  WorldHandlers,
  WorldShape,
} from './shape.ts'
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

/**
 * Defines a world: its shape, which becomes the client's types, and what it does.
 * @throws RealmError `GAME_INVALID`, `SCHEMA_INVALID` for a definition that cannot work
 */
export function defineWorld<
  E extends EntityKinds,
  A extends E[keyof E & string],
  Ev extends EventShapes = Readonly<Record<never, never>>,
  O extends Fields = Readonly<Record<never, never>>,
  C extends CommandTable<World<E, EntityIn<E, A>, Ev>, EntityIn<E, A>> = Record<never, never>,
>(
  shape: WorldShape<E, A, Ev, O>,
  handlers: WorldHandlers<E, A, Ev, O, C>,
): WorldDefinition<E, A, Ev, O, C> {
  const plan = planOf(shape as unknown as AnyShape, handlers as unknown as AnyHandlers)
  return {
    kind: 'world',
    describe: () => describe(plan),
    inputs: plan.commands.map(({ command }) => command.type),
    joinOptions: plan.options,
    access: [],
    watch: 'anyone',
    behave: (context, scope) => new WorldBehaviour(plan, context, scope),
    // A world is one for all, until somebody asks for another line by its key.
    defaultKey: (_player: Player) => 'main',
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
