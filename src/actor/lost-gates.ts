import type { Address, ClusterNode } from '../cluster/index.ts'
import type { HostMessage, Member } from './behaviour.ts'
import { gateDeliver } from './delivery-message.ts'

/** Who watches an actor may come back from a dead gate within this. */
const watchGraceMs = 60_000

/** What has members. */
export interface Attended {
  readonly address: Address
  members(): Iterable<Member>
}

/**
 * When a gate has died, nobody else tells activations that its clients are gone: their seats are
 * kept for a while, as after any lost connection.
 * @returns what ends it
 */
export function watchGates(
  node: ClusterNode,
  activations: () => Iterable<Attended>,
  tell: (address: Address, message: HostMessage) => void,
): () => void {
  const gone = (address: Address, session: string): void => {
    // Actors go on telling those who watch them, so that it is kept what they miss.
    if (!address.startsWith('actor/'))
      tell(address, { op: 'connection', session, connected: false })
    else node.clock.after(watchGraceMs, () => tell(address, { op: 'leave', session }))
  }
  const lost = (gate: string): void => {
    const again = node.members().includes(gate)
    for (const attended of activations()) {
      const { address } = attended
      const to = [...attended.members()].filter((member) => member.gate === gate)
      if (to.length === 0) continue
      if (again) askFor(node, gate, address, to)
      else for (const { session } of to) gone(address, session)
    }
  }
  return node.watchMembers(({ kind, member }) => {
    if (kind === 'left') lost(member.id)
  })
}

/** A gate that is there again may have some of them already: it tells of those it has not. */
function askFor(node: ClusterNode, gate: string, address: Address, to: Member[]): void {
  const delivery = { kind: 'resumed', to, event: 0, payload: new Uint8Array(0) } as const
  try {
    node.post(gate, gateDeliver, { address, epoch: 0, number: 0, delivery })
  } catch (error) {
    node.log.warn({ error, address, gate }, 'A gate could not be asked for its members.')
  }
}
