export type { BusCounters } from './counters.ts'
export { type MemoryBusOptions, memoryBus } from './memory.ts'
export { type NatsBus, type NatsBusOptions, natsBus } from './nats.ts'
export type { NatsLimits } from './nats-limits.ts'
export type { NatsAuth } from './nats-link.ts'
export {
  type NatsGrant,
  type NatsPermissions,
  type NatsUser,
  natsAuthorization,
  natsPermissions,
} from './nats-permissions.ts'
export { type BusRole, busRoles } from './nats-subjects.ts'
export {
  type ParentPortLike,
  type ThreadBus,
  type ThreadsBusOptions,
  type ThreadsHub,
  threadsBus,
  type WorkerLike,
  workerBus,
} from './threads.ts'
export type { ThreadLimits } from './threads-thread.ts'
