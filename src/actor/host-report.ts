import type { Address } from '../cluster/index.ts'
import type { RealmError } from '../errors/index.ts'
import type { Figures } from './behaviour.ts'

type Counts = Pick<
  HostStats,
  'activations' | 'actors' | 'rooms' | 'worlds' | 'tickP99Ms' | 'worldFigures'
>

/** What is active, by kind. */
export function countOf(activations: ReadonlyMap<Address, { readonly figures: Figures }>): Counts {
  let [actors, rooms, tickP99Ms] = [0, 0, 0]
  const worldFigures: WorldFigures[] = []
  for (const [address, activation] of activations) {
    if (address.startsWith('actor/')) actors += 1
    else if (address.startsWith('room/')) rooms += 1
    else if (address.startsWith('world/')) {
      const { figures } = activation
      worldFigures.push({ world: address.slice('world/'.length), figures })
      tickP99Ms = Math.max(tickP99Ms, figures['tickP99Ms'] ?? 0)
    }
  }
  const [all, worlds] = [activations.size, worldFigures.length]
  return { activations: all, actors, rooms, worlds, tickP99Ms, worldFigures }
}

export interface ReplaceReport {
  /** Activations that run the new code. */
  readonly replaced: number
  /** Activations that the new game has no place for. */
  readonly ended: number
  /** Activations whose new code did not start, and why; they run the old code. */
  readonly failed: readonly { readonly address: Address; readonly error: RealmError }[]
}

/** How a world that is active here is doing: the numbers of its `WorldStats`. */
export interface WorldFigures {
  /** The name of its definition and its key: `frontier/main`. */
  readonly world: string
  readonly figures: Figures
}

export interface HostStats {
  readonly activations: number
  /** Of them. */
  readonly actors: number
  readonly rooms: number
  readonly worlds: number
  /** Time of the slowest ticks lately of the slowest world, in ms. */
  readonly tickP99Ms: number
  readonly worldFigures: readonly WorldFigures[]
  /** In all mailboxes. */
  readonly messagesWaiting: number
  /** Messages taken since the start. */
  readonly messages: number
  /** Starts and handlers that failed by the fault of game code since the start. */
  readonly crashes: number
  /** Addresses left alone at present because they crashed again and again. */
  readonly parked: number
}
