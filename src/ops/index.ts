export {
  checkInventory,
  hasUnknownGates,
  type Inventory,
  type ProcessGroup,
  type ProcessPlan,
  plansOf,
} from './inventory.ts'
export { type Ending, Keeper, type KeeperEvent, type KeeperState, type Life } from './keeper.ts'
export { levelOf, sentenceOf } from './keeper-words.ts'
export { metricsOf } from './metrics.ts'
export type { NodeFigures, ProcessStatus, RunStatus } from './status.ts'
