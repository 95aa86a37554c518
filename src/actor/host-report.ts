import type { Address } from '../cluster/index.ts'
import type { RealmError } from '../errors/index.ts'

type Counts = Pick<HostStats, 'activations' | 'actors' | 'rooms' | 'worlds' | 'tickP99Ms'>

/** What is active, by kind. */
export function countOf(activations: ReadonlyMap<Address, { readonly tickP99Ms: number }>): Counts {
  let [actors, rooms, worlds, tickP99Ms] = [0, 0, 0, 0]
  for (const [address, activation] of activations) {
    if (address.startsWith('actor/')) actors += 1
    else if (address.startsWith('room/')) rooms += 1
    else if (address.startsWith('world/')) {
      worlds += 1
      tickP99Ms = Math.max(tickP99Ms, activation.tickP99Ms)
    }
  }
  return { activations: activations.size, actors, rooms, worlds, tickP99Ms }
}

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
  /** Of them. */
  readonly actors: number
  readonly rooms: number
  readonly worlds: number
  /** Time of the slowest ticks lately of the slowest world, in ms. */
  readonly tickP99Ms: number
  /** In all mailboxes. */
  readonly messagesWaiting: number
  /** Messages taken since the start. */
  readonly messages: number
  /** Starts and handlers that failed by the fault of game code since the start. */
  readonly crashes: number
  /** Addresses left alone at present because they crashed again and again. */
  readonly parked: number
}
