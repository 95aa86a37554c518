import type { Clock, Timer } from '../ports/index.ts'
import type { Peer } from './nats-peers.ts'

export interface LookupOptions {
  readonly clock: Clock
  /** Asks for the peer once. */
  readonly ask: (peer: Peer) => void
  /** Nobody has the name. */
  readonly giveUp: (peer: Peer) => void
  /** Whether this node may speak at all. */
  readonly present: () => boolean
}

/** A question for a node is repeated this often. */
const askAgainMs = 250
/** Who has not answered by then is given up. */
const askMs = 3000
/** So long after a reconnection, nodes that were there before are waited for. */
const returnMs = 3000

/** The questions for other nodes that are not yet answered. */
export class Lookup {
  readonly #options: LookupOptions
  /** Since when, on the monotonic clock. */
  readonly #asking = new Map<Peer, number>()
  #connectedMs: number
  #timer: Timer | undefined

  constructor(options: LookupOptions) {
    this.#options = options
    this.#connectedMs = options.clock.now()
  }

  /** The connection is back; others come back a little later than this node. */
  connected(): void {
    this.#connectedMs = this.#options.clock.now()
  }

  begin(peer: Peer): void {
    if (this.#asking.has(peer)) return
    const { clock, ask } = this.#options
    this.#asking.set(peer, clock.now())
    ask(peer)
    this.#timer ??= clock.every(askAgainMs, () => this.#again())
  }

  has(peer: Peer): boolean {
    return this.#asking.has(peer)
  }

  /** It was answered, or is not wanted any more. */
  end(peer: Peer): void {
    this.#asking.delete(peer)
  }

  /** The server says that nobody hears the question. */
  nobody(peer: Peer): void {
    const returning = this.#options.clock.now() - this.#connectedMs < returnMs
    if (peer.incarnation === undefined || !returning) this.#giveUp(peer)
  }

  close(): void {
    this.#timer?.cancel()
    this.#asking.clear()
  }

  #again(): void {
    const { clock, present, ask } = this.#options
    const nowMs = clock.now()
    for (const [peer, sinceMs] of this.#asking) {
      if (!present()) this.#asking.set(peer, nowMs)
      else if (nowMs - sinceMs > askMs) this.#giveUp(peer)
      else ask(peer)
    }
    if (this.#asking.size > 0) return
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #giveUp(peer: Peer): void {
    this.#asking.delete(peer)
    this.#options.giveUp(peer)
  }
}
