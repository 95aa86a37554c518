import type { Transfer } from '../ports/index.ts'
import type { Delivery } from './behaviour.ts'
import type { Sent } from './scope.ts'

/** What a transaction gathers beside the state. */
export interface Gathered {
  transfers: Transfer[] | undefined
  /** Events that watchers are told once it is kept. */
  events: Delivery[] | undefined
  /** What leaves once it is kept. */
  outgoing: Sent[] | undefined
}
