export { defineWorld, type WorldDefinition } from './define.ts'
export {
  type AnyEntity,
  type Body,
  type Entity,
  type EntityIn,
  type EntityKind,
  type EntityKinds,
  type EntityOptions,
  entity,
  type Held,
  type Spawn,
} from './entity.ts'
export type { Past } from './rewind-past.ts'
export type { World, WorldFaceOf, WorldHandlers, WorldShape } from './shape.ts'
export type { WorldStats } from './stats.ts'
