import type { Address, ClusterNode } from '../cluster/index.ts'
import type { HostMessage, Member } from './behaviour.ts'
import { gateDeliver, noMark } from './delivery-message.ts'
import { begunNotice } from './notices.ts'

/** Who watches an actor may come back from a dead gate within this. */
const watchGraceMs = 60_000

/** What has members. */
export interface Attended {
  readonly address: Address
  /** 0 while it has none. */
  readonly epoch: number
  members(): Iterable<Member>
}

/**
 * When a gate has died, nobody else tells activations that its clients are gone: their seats are
 * kept for a while, as after any lost connection. And a gate to which the link broke, or whose
 * lease had ended, may not know who owns now what its clients are in: it is told.
 * @returns what ends it
 */
export function watchGates(
  node: ClusterNode,
  activations: () => Iterable<Attended>,
  tell: (address: Address, message: HostMessage) => void,
): () => void {
  const membersAt = (gate: string): [Attended, Member[]][] =>
    [...activations()].flatMap((attended): [Attended, Member[]][] => {
      const to = [...attended.members()].filter((member) => member.gate === gate)
      return to.length === 0 ? [] : [[attended, to]]
    })
  const isThere = (gate: string): boolean => node.members().includes(gate)
  const gone = ({ address, epoch }: Attended, gate: string, to: Member[]): void => {
    // Actors go on telling those who watch them, so that it is kept what they miss.
    if (!address.startsWith('actor/')) {
      for (const { session } of to) tell(address, { op: 'connection', session, connected: false })
    } else {
      node.clock.after(watchGraceMs, () => {
        if (isThere(gate)) begun(node, gate, { address, epoch }, to)
        else for (const { session } of to) tell(address, { op: 'leave', session })
      })
    }
  }
  /** It may not have heard of them lately: it asks, or tells of those it has not. */
  const toldAgain = (gate: string): void => {
    for (const [attended, to] of membersAt(gate)) begun(node, gate, attended, to)
  }
  const unwatch = [
    node.watchMembers(({ kind, member: { id } }) => {
      if (kind === 'joined') toldAgain(id)
      else if (kind === 'left' && !isThere(id)) {
        for (const [attended, to] of membersAt(id)) gone(attended, id, to)
      }
    }),
    node.watchLinks((id) => {
      if (isThere(id)) toldAgain(id)
    }),
  ]
  return () => {
    for (const end of unwatch) end()
  }
}

function begun(
  node: ClusterNode,
  gate: string,
  { address, epoch }: Pick<Attended, 'address' | 'epoch'>,
  to: Member[],
): void {
  try {
    node.post(gate, gateDeliver, { address, epoch, mark: noMark, delivery: begunNotice(to) })
  } catch (error) {
    node.log.warn({ error, address, gate }, 'A gate was not told of an owner.')
  }
}
