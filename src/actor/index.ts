export type { ActorSelf } from './actor-self.ts'
export { firstSentMs } from './again.ts'
export type * from './behaviour.ts'
export type { Access, Block } from './block.ts'
export { type Call, call } from './call.ts'
export { callIdOf } from './call-id.ts'
export { type Command, type CommandOptions, command } from './command.ts'
export {
  type ActorDefinition,
  type ActorShape,
  defineActor,
} from './define-actor.ts'
export { defineService, type ServiceContext, type ServiceDefinition } from './define-service.ts'
export { type GateDelivery, gateDeliver } from './delivery-message.ts'
export type { EvacuateOptions, EvacuationReport } from './evacuation.ts'
export { isAfter } from './event-log.ts'
export {
  defineGame,
  type Game,
  type GameBlock,
  type GameDefinition,
  type GameSpec,
  type WebSpec,
} from './game.ts'
export { createHost } from './host.ts'
export type { Host } from './host-contract.ts'
export type { HostStats, ReplaceReport, WorldFigures } from './host-report.ts'
export {
  type ActorLedger,
  type DirectLedger,
  ledgerOf,
  type Purse,
  type PurseItemMove,
  type PurseMove,
  type TransferOptions,
} from './ledger-desk.ts'
export type { HostLimits } from './limits.ts'
export { loadGame } from './load-game.ts'
export { gateMissed } from './losses.ts'
export { type GateTiles, gateTiles } from './messages.ts'
export { failNotice, leftNotice } from './notices.ts'
export { bytesOf } from './passed.ts'
export { refuse } from './refuse.ts'
export { type PayloadPlan, payloadPlan, readPayload, sealPayload } from './reminder-payload.ts'
export type { Firing, ReminderTime } from './reminders.ts'
export type { ActorHandle, ActorSender, GameScope, Schemas } from './scope.ts'
export type { EventShapes, EventsOf, OnlyKnown, OptionsOf, TimersOf } from './shape.ts'
export { assertNoFormerGate, isSameSession, stayName } from './stay.ts'
export { emptyParts, noParts, noSums, type StreamParts, someParts } from './stream-parts.ts'
