import { type Address, type ClusterNode, defineMessage } from '../cluster/index.ts'
import { RealmError } from '../errors/index.ts'
import { list, record, text } from '../schema/index.ts'
import { type GateDelivery, gateDeliver } from './delivery-message.ts'

const addressesMax = 65_536

/** Served by the gate: what these addresses have told it is not all that they had to tell. */
export const gateMissed = defineMessage(
  'gate.missed',
  record({ addresses: list(text({ max: 256 }), { max: addressesMax }) }),
)

/**
 * Posts deliveries to gates. To one that is too far behind nothing more is told of an address, once
 * something got lost, until it can be told that: it then asks for everything again.
 */
export class Losses {
  readonly #node: ClusterNode
  readonly #lost = new Map<string, Set<Address>>()

  constructor(node: ClusterNode) {
    this.#node = node
  }

  post(gate: string, delivery: GateDelivery): void {
    const lost = this.#lost.get(gate)
    if (lost?.has(delivery.address)) return
    try {
      this.#node.post(gate, gateDeliver, delivery)
    } catch (error) {
      if (!(error instanceof RealmError) || error.code !== 'BUS_BUSY') throw error
      this.note(gate, delivery.address)
    }
  }

  /** What the address has told the gate so far may not be all. */
  note(gate: string, address: Address): void {
    const lost = this.#lost.get(gate)
    if (lost === undefined) this.#lost.set(gate, new Set([address]))
    else if (lost.size < addressesMax) lost.add(address)
  }

  /** Tells gates that have caught up what they missed. To be called a few times a second. */
  sweep(): void {
    for (const [gate, addresses] of this.#lost) {
      try {
        this.#node.post(gate, gateMissed, { addresses: [...addresses] })
      } catch {
        // It is still too far behind.
        if (this.#node.members().includes(gate)) continue
      }
      this.#lost.delete(gate)
    }
  }
}
