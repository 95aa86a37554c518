import { gateDeliver, gateMissed, gateTiles } from '../actor/index.ts'
import type { ClusterNode } from '../cluster/index.ts'
import type { Channels } from './channels.ts'
import { fanOut } from './fanout.ts'
import type { Outboxes } from './outbox.ts'
import type { Sessions } from './resume.ts'
import { gateTaken } from './taken.ts'

export interface NodeParts {
  readonly node: ClusterNode
  readonly outboxes: Outboxes
  readonly sessions: Sessions
  readonly channels: Channels
  closing(): boolean
}

/**
 * Takes what other nodes, and this one's activations, send to the gate.
 * @returns what ends the watch on links and members
 */
export function serveNodes({ node, outboxes, sessions, channels, closing }: NodeParts): () => void {
  const parts = {
    outboxes,
    stay: channels.stay.bind(channels),
    orphan: channels.orphan.bind(channels),
    missed: channels.missed.bind(channels),
    channelLeft: channels.remove.bind(channels),
  }
  node.serve(gateDeliver, (from, said) => {
    if (!closing()) fanOut(parts, from, said)
    return undefined
  })
  node.serve(gateTiles, (from, said) => {
    if (!closing()) channels.tick(from, said)
    return undefined
  })
  node.serve(gateTaken, (_from, { session, epoch }) => {
    sessions.taken(session, epoch)
    return undefined
  })
  node.serve(gateMissed, (_from, { addresses }) => {
    channels.missedFrom(sessions.all(), new Set(addresses))
    return undefined
  })
  const unwatch = [
    node.watchLinks((broken) => channels.lostTouch(sessions.all(), broken)),
    node.watchMembers(({ kind }) => {
      if (kind === 'joined') channels.askForMissing()
    }),
  ]
  return () => {
    for (const end of unwatch) end()
  }
}
