export { addressGroup } from './address.ts'
export type { Bus, BusPort } from './bus.ts'
export type { Clock, Timer } from './clock.ts'
export type { Fill } from './fill.ts'
export type {
  AuditFinding,
  AuditReport,
  AuditTotal,
  Balance,
  HistoryPage,
  Item,
  ItemMove,
  Ledger,
  LedgerEntry,
  LedgerPage,
  MoneyMove,
  Move,
  StoredTransfer,
  Transfer,
  TransferRefusal,
} from './ledger.ts'
export type {
  Connection,
  ConnectionHandlers,
  HttpRequest,
  HttpResponse,
  Listener,
  ListenerAddress,
  ListenerHandlers,
} from './listener.ts'
export { headroomBytes } from './listener.ts'
export type { Log } from './log.ts'
export type { Random } from './random.ts'
export type {
  Check,
  Store,
  StoredRecord,
  Transaction,
  TransactionResult,
  Write,
} from './store.ts'
export { silentLog, systemClock, systemRandom } from './system.ts'
export { processUnitsMax, type Witness } from './witness.ts'
