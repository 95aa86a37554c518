import type { Address } from '../cluster/index.ts'
import type { RealmError } from '../errors/index.ts'

export interface ReplaceReport {
  /** Activations that run the new code. */
  readonly replaced: number
  /** Activations that the new game has no place for. */
  readonly ended: number
  /** Activations whose new code did not start, and why; they run the old code. */
  readonly failed: readonly { readonly address: Address; readonly error: RealmError }[]
}

export interface HostStats {
  readonly activations: number
  /** In all mailboxes. */
  readonly messagesWaiting: number
  /** Messages taken since the start. */
  readonly messages: number
  /** Starts and handlers that failed by the fault of game code since the start. */
  readonly crashes: number
  /** Addresses left alone at present because they crashed again and again. */
  readonly parked: number
}
