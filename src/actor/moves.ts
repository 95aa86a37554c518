import type { Address, ClusterNode } from '../cluster/index.ts'
import { RealmError } from '../errors/index.ts'
import type { Activation } from './activation.ts'
import { hostMove, hostTake } from './host-messages.ts'
import type { HostLimits } from './limits.ts'
import type { Routes } from './routes.ts'

export interface MovesOptions {
  readonly node: ClusterNode
  readonly limits: Required<HostLimits>
  readonly routes: Routes
  readonly find: (address: Address) => Activation | undefined
  /** @throws RealmError where it cannot be active here */
  readonly activate: (address: Address) => Activation
}

/** Lets activations go on at other nodes: frozen here, committed, restored there. */
export class Moves {
  readonly #options: MovesOptions

  constructor(options: MovesOptions) {
    this.#options = options
    const { node, activate } = options
    node.serve(hostTake, async (_from, { address, sessions }) => {
      const taken = activate(address)
      // Before any other message.
      this.#vouch(address, sessions)
      await taken.started
      return {}
    })
    node.serve(hostMove, async (_from, { address, to }) => {
      await this.#move(address, to, true)
      return {}
    })
  }

  move(address: Address, to: string): Promise<void> {
    return this.#move(address, to, false)
  }

  /** @param asked whether another node takes this one for the owner: it is asked no further */
  async #move(address: Address, to: string, asked: boolean): Promise<void> {
    const { node, limits, routes, find } = this.#options
    if (!node.members().includes(to)) throw new RealmError('NODE_LOST', `Node: ${to}.`)
    const active = find(address)
    if (active === undefined) {
      const owner = await node.locate(address)
      if (asked || owner === node.id || owner === to) await this.#give(address, to, [])
      else await node.request(owner, hostMove, { address, to }, limits.turnMsMax)
    } else if (to !== node.id) {
      const release = routes.hold(address)
      let sessions: string[] = []
      try {
        const members = await active.sleep()
        // An actor tells all its watchers by itself when it starts.
        if (!address.startsWith('actor/')) sessions = members
        await active.gone
        await this.#give(address, to, sessions)
      } catch (error) {
        this.#vouch(address, sessions)
        throw error
      } finally {
        release()
      }
    }
  }

  /** Wherever it becomes active, who was there has not gone. */
  #vouch(address: Address, sessions: readonly string[]): void {
    const { node, routes } = this.#options
    for (const session of sessions) {
      routes.post(address, { op: 'resync', session }, node.clock.now(), () => {})
    }
  }

  /** Has a node take what nobody owns. */
  async #give(address: Address, to: string, sessions: string[]): Promise<void> {
    const { node, limits, activate } = this.#options
    const timeoutMs = limits.messageTimeoutMs
    if (to === node.id) await activate(address).started
    else await node.request(to, hostTake, { address, sessions }, timeoutMs)
    node.forget(address, new RealmError('NOT_OWNER', `Owner: ${to}.`))
  }
}
