import type { Address, ClusterNode } from '../cluster/index.ts'
import { RealmError } from '../errors/index.ts'
import { hostProbe, type Probe } from './host-messages.ts'

/** What one activation waits for, and what waits for it. */
export interface Waits {
  /** Calls its turn has made and awaits: id → address. */
  readonly made: ReadonlyMap<string, Address>
  /** Id of the call that its turn answers. */
  readonly running: string | undefined
  /** Ids of calls in its mailbox that a handler elsewhere awaits. */
  waiting(): Iterable<string>
  isWaiting(callId: string): boolean
  /** Takes such a call out of the mailbox, unless it has begun. */
  refuse(callId: string, error: RealmError): void
}

export interface DeadlocksOptions {
  readonly node: ClusterNode
  readonly find: (address: Address) => { readonly waits: Waits } | undefined
}

/** Addresses on the way of one probe. */
const pathMax = 32
/** Calls in one mailbox for which probes are sent at a time. */
const probedMax = 16

/**
 * Handlers that call each other's actors at the same time wait for each other: no chain of callers
 * tells, since each is at the head of its own. A probe follows who waits for whom, from a call in a
 * mailbox through the call that the turn before it has made, and so on. If it comes to the handler
 * that made the call it set out for, it has gone round a cycle, and that call is refused. Of
 * several calls in a cycle only the one of the greatest id is, since all other probes end where
 * they meet a greater one.
 *
 * Source: Chandy, Misra, Haas: Distributed deadlock detection, 1983.
 */
export class Deadlocks {
  readonly #options: DeadlocksOptions

  constructor(options: DeadlocksOptions) {
    this.#options = options
    options.node.serve(hostProbe, (_from, probe) => {
      this.#receive(probe)
    })
  }

  /** Sets out for the calls that wait at an address. */
  look(address: Address, waits: Waits): void {
    const { made } = waits
    if (made.size === 0) return
    let probed = 0
    for (const callId of waits.waiting()) {
      probed += 1
      if (probed > probedMax) return
      for (const [via, at] of made) {
        this.#send(at, { victim: address, callId, at, via, path: [address], found: false })
      }
    }
  }

  #receive(probe: Probe): void {
    const { victim, callId, at, via, path, found } = probe
    const waits = this.#options.find(at)?.waits
    if (waits === undefined) return
    if (found) {
      waits.refuse(callId, new RealmError('CALL_CYCLE', `${path.join(' → ')}.`))
      return
    }
    const waiting = waits.isWaiting(via)
    // That call has not arrived yet, or has just been refused itself.
    if (!waiting && waits.running !== via) return
    if (waiting && via > callId) return
    for (const [id, target] of waits.made) {
      if (id === callId && target === victim) {
        const cycle = [...path, at, victim]
        this.#send(victim, { ...probe, at: victim, path: cycle, found: true })
      } else if (path.length < pathMax && !path.includes(target)) {
        this.#send(target, { victim, callId, at: target, via: id, path: [...path, at], found })
      }
    }
  }

  #send(to: Address, probe: Probe): void {
    const { node, find } = this.#options
    if (find(to) !== undefined) {
      this.#receive(probe)
      return
    }
    node
      .locate(to)
      .then((owner) => {
        if (owner !== node.id) node.post(owner, hostProbe, probe)
      })
      // It is sent again as long as the call waits.
      .catch(() => {})
  }
}
