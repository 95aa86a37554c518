import type { GateDelivery, Member } from '../actor/index.ts'
import type { Address } from '../cluster/index.ts'
import { RealmError } from '../errors/index.ts'
import { serverMessages } from '../protocol/index.ts'
import type { Stay } from './channels.ts'
import type { Outboxes } from './outbox.ts'
import type { Channel, Session } from './session.ts'
import { heard } from './told.ts'

/** What a delivery needs of the gate. */
export interface FanoutParts {
  readonly outboxes: Outboxes
  stay(name: string): Stay | undefined
  /** A delivery came for a stay that is not here any more. */
  orphan(address: Address, member: Member): void
  /** Something before this is missing, and must be told again. */
  missed(session: Session, channel: Channel): void
  /** The activation has ended the channel. */
  channelLeft(session: Session, channel: Channel): void
}

/**
 * Turns one delivery of an activation into a numbered message for each of its members. The message
 * is encoded once for each channel number in use: clients number their channels from 1, so that is
 * once or twice, not once per member.
 */
export function fanOut(parts: FanoutParts, from: string, said: GateDelivery): void {
  const { address, delivery } = said
  const encoded = new Map<number, Uint8Array>()
  let lastNumber = -1
  let lastBytes: Uint8Array | undefined
  for (const member of delivery.to) {
    const stay = parts.stay(member.session)
    // A delivery may cross the client's `leave`; then nobody waits for it any more.
    if (stay === undefined) {
      parts.orphan(address, member)
      continue
    }
    const { session, channel } = stay
    // Of a room that did not take it in.
    if (channel.address !== address) continue
    const verdict = heard(channel.told, from, said)
    if (verdict === 'gap') parts.missed(session, channel)
    if (verdict !== 'pass') continue
    if (channel.number !== lastNumber || lastBytes === undefined) {
      lastNumber = channel.number
      lastBytes = encoded.get(lastNumber)
      if (lastBytes === undefined) {
        lastBytes = encodeDelivery(lastNumber, said)
        encoded.set(lastNumber, lastBytes)
      }
    }
    parts.outboxes.sendNumbered(session, lastBytes)
    if (delivery.kind === 'left') parts.channelLeft(session, channel)
  }
}

const utf8 = new TextDecoder()
const detailCharactersMax = 512

function encodeDelivery(channel: number, said: GateDelivery): Uint8Array {
  const { mark, delivery } = said
  const { kind, event, payload } = delivery
  switch (kind) {
    case 'full':
      return serverMessages.encode('stateFull', { channel, state: payload })
    case 'delta':
      return serverMessages.encode('stateDelta', { channel, delta: payload })
    case 'event':
      return serverMessages.encode('event', { channel, event, ...mark, payload })
    case 'fail': {
      const [error, detail] = split(utf8.decode(payload))
      return serverMessages.encode('fail', { id: 0, channel, error, detail })
    }
    case 'left':
      return serverMessages.encode('left', { channel, error: utf8.decode(payload) })
    case 'begun':
    case 'resumed':
    case 'caughtUp':
      throw new RealmError('INTERNAL', 'It is not for clients.')
  }
}

/** What comes before the first space, and what after. */
function split(text: string): [string, string] {
  const space = text.indexOf(' ')
  return [text.slice(0, space), text.slice(space + 1, space + 1 + detailCharactersMax)]
}
